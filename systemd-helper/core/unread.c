/* Whether the master that serves holds sockets that nobody reads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/run.h"

/* NULL: no memory. */
static pid_t *workers_of(const struct generation *g, enum title title, size_t *ret_count)
{
	pid_t *workers = calloc(g->count + 1, sizeof(*workers));
	size_t count = 0;
	size_t i;

	for (i = 0; workers && i < g->count; i++) {
		if (g->workers[i].title == title)
			workers[count++] = g->workers[i].pid;
	}
	*ret_count = count;
	return workers;
}

int generation_contested(const struct generation *new_one, const struct generation *old_one,
			 struct quic_contested *ret)
{
	size_t count;
	pid_t *workers = workers_of(old_one, TITLE_LEAVING, &count);
	int r = workers ? -ENOENT : -ENOMEM;

	if (count)
		r = quic_contested_look(new_one->subject.process.pid, workers, count, ret);
	free(workers);
	return r;
}

int generation_unread(const struct generation *g, struct quic_unread *ret)
{
	size_t count;
	pid_t *workers = workers_of(g, TITLE_WORKER, &count);
	int r;

	if (!workers)
		return -ENOMEM;
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
