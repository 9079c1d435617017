/*
 * Where nginx listens, noted at the begin of a stop: at its end it is checked that nothing listens
 * there.
 */
#include <stdio.h>
#include <string.h>

#include "core/run.h"
#include "core/run_sockets.h"
#include "core/world.h"
#include "nginx/addresses.h"
#include "nginx/listeners.h"
#include "nginx/master.h"

/*
 * From the old master, or from a worker whose master is dead. A master that has had QUIT has closed
 * its sockets; then from the new master.
 */
void run_note_addresses(struct run *run)
{
	const struct world *w = &run->world;
	pid_t pid = w->old.subject.process.pid;

	if (!pid && w->old.count)
		pid = w->old.workers[0].pid;
	addresses_free(&run->listened);
	if (pid)
		(void)addresses_of(pid, &run->listened);
	if (!run->listened.count && w->new.subject.process.pid)
		(void)addresses_of(w->new.subject.process.pid, &run->listened);
}

/*
 * Read while a process still has them open, and as paths that we can reach: the mounts of a master
 * in a mount namespace of its own end with it.
 */
void run_note_sockets(struct run *run)
{
	const struct master *m = &run->world.old_master;
	struct socket_paths *paths = &run->sockets;
	char path[PATH_MAX];
	size_t i;

	addresses_free(&run->listened);
	socket_paths_free(paths);
	if (run->world.old.subject.process.pid > 0)
		listeners_unix_paths(run->world.old.subject.process.pid, paths);
	else /* workers whose master is dead */
		for (i = 0; i < run->world.old.count; i++)
			listeners_unix_paths(run->world.old.workers[i].pid, paths);
	if (run->world.new.subject.process.pid > 0)
		listeners_unix_paths(run->world.new.subject.process.pid, paths);
	for (i = 0; i < paths->count; i++) {
		char *text = paths->list[i].text;

		(void)snprintf(path, sizeof(path), "%s%s", m->subject.root, text);
		(void)master_our_view(m, path);
		if (strlen(path) < sizeof(paths->list[i].text))
			memcpy(text, path, strlen(path) + 1);
	}
}
