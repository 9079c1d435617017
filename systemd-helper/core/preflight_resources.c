/* Room for a second generation in memory, and for the binary on the disk. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/preflight.h"
#include "core/problems.h"
#include "core/strays.h"
#include "core/world.h"
#include "init/init.h"
#include "os/exit_code.h"
#include "os/memory.h"
#include "os/rooted.h"

void preflight_measure(struct preflight *p)
{
	const struct generation *g = &p->world->old;
	pid_t *workers = calloc(g->count + 1, sizeof(*workers));
	size_t i;

	for (i = 0; workers && i < g->count; i++)
		workers[i] = g->workers[i].pid;
	p->memory_needed =
		memory_of_family(g->subject.process.pid, workers, workers ? g->count : 0);
	p->memory_measured = true;
	free(workers);
}

static void check_memory(struct preflight *p)
{
	pid_t master = p->world->old_master.subject.process.pid;
	uint64_t needed = p->memory_needed;
	uint64_t machine = memory_available();
	struct memory_left cgroup;
	struct problem *problem;
	char text[PATH_MAX + 200];
	char command[UNIT_TEXT + 64];
	bool in_cgroup;
	bool raises;
	uint64_t left;

	memory_cgroup_left(master, &cgroup);
	in_cgroup = cgroup.bytes <= machine;
	left = in_cgroup ? cgroup.bytes : machine;
	if (needed <= left)
		return;
	(void)snprintf(
		text, sizeof(text),
		"two generations seem not to fit in memory: the running one holds %llu MiB, and %llu MiB are left %s%s",
		(unsigned long long)(needed >> 20), (unsigned long long)(left >> 20),
		in_cgroup ? "in the cgroup " : "on this machine", in_cgroup ? cgroup.folder : "");
	if (p->memory_warns) {
		(void)snprintf(p->low_memory, sizeof(p->low_memory), "%.511s", text);
		return;
	}
	problem = problem_add(&p->problems, EXIT_REFUSED, "%s", text);
	raises = p->init->ops.raise_memory(p->init, cgroup.is_v2, command, sizeof(command));
	if (in_cgroup)
		problem_advise(
			problem,
			"raise its limit for the time of the upgrade (%s/%s%s%s%s), or go on all the same with --memory-check warn",
			cgroup.folder, cgroup.is_v2 ? "memory.max" : "memory.limit_in_bytes",
			raises ? ": \"" : "", raises ? command : "", raises ? "\"" : "");
	else
		problem_advise(
			problem,
			"free memory or add swap for the time of the upgrade, or go on all the same with --memory-check warn");
}

void preflight_disk(struct preflight *p, const char *binary)
{
	char folder[PATH_MAX];
	struct statvfs fs;
	struct stat st;

	if (!p->world->target[0] || stat(binary, &st) < 0)
		return;
	if (path_folder(p->world->target, folder) < 0 || statvfs(folder, &fs) < 0)
		return;
	/*
	 * A file system without a size (ramfs, some network file systems) does not say how full it
	 * is.
	 */
	if (!fs.f_blocks)
		return;
	if ((uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)st.st_size)
		problem_advise(
			problem_add(
				&p->problems, EXIT_REFUSED,
				"no room in %s for the new binary: it has %llu KiB, %llu KiB are free",
				folder, (unsigned long long)(st.st_size >> 10),
				(unsigned long long)(fs.f_bavail * fs.f_frsize >> 10)),
			"make room on that file system");
}

static bool is_in_the_way(const struct stray *stray)
{
	return stray->in_the_way;
}

/* Strays would keep a part of the clients, and so the old binary, for ever. */
static void check_strays(struct preflight *p)
{
	const struct world *w = p->world;
	struct strays strays;
	char text[512];

	if (!w->neighbours || strays_find(w, 0, "", &strays) < 0)
		return;
	strays_keep(&strays, is_in_the_way);
	if (!strays.count)
		return;
	problem_advise(
		problem_add(
			&p->problems, EXIT_REFUSED,
			"more of nginx serves beside master %d, and would go on with the old binary: %s",
			(int)w->old.subject.process.pid, strays_text(&strays, text, sizeof(text))),
		"end those with \"kill -QUIT PID\"; a second master removes the pid file when it ends, so write it again: echo %d > %s",
		(int)w->old.subject.process.pid, w->pid_file.path);
}

void preflight_resources(struct preflight *p)
{
	check_strays(p);
	if (!p->memory_measured)
		preflight_measure(p);
	check_memory(p);
	if (p->new_binary)
		preflight_disk(p, p->new_binary);
}
