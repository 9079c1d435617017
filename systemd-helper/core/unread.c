/* Whether the master that serves holds sockets that nobody reads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/run.h"

int generation_unread(const struct generation *g, struct quic_unread *ret)
{
	pid_t *workers = calloc(g->count + 1, sizeof(*workers));
	size_t count = 0;
	size_t i;
	int r;

	if (!workers)
		return -ENOMEM;
	for (i = 0; i < g->count; i++) {
		if (g->workers[i].title == TITLE_WORKER)
			workers[count++] = g->workers[i].pid;
	}
	/* Where nobody accepts there is more to say than this. */
	r = count ? quic_unread_look(g->subject.process.pid, workers, count, ret) : -ENOENT;
	free(workers);
	return r;
}

void run_note_unread(struct run *run)
{
	bool took_over = run->outcome == OUTCOME_DONE || run->outcome == OUTCOME_DRAINING;

	memset(&run->unread, 0, sizeof(run->unread));
	/* Where that cannot be told, nothing is said. */
	if (took_over && run->facts.new.alive)
		(void)generation_unread(&run->world.new, &run->unread);
}
