/* Whether the master that serves holds sockets that nobody reads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/run.h"

int generation_contested(const struct generation *new_one, const struct generation *old_one,
			 struct quic_contested *ret)
{
	size_t count;
	pid_t *workers;
	int r = generation_titled(old_one, TITLE_LEAVING, &workers, &count);

	if (r < 0)
		return r;
	r = count ? quic_contested_look(new_one->subject.process.pid, workers, count, ret)
		  : -ENOENT;
	free(workers);
	return r;
}

int generation_unread(const struct generation *g, struct quic_unread *ret)
{
	size_t count;
	pid_t *workers;
	int r = generation_titled(g, TITLE_WORKER, &workers, &count);

	if (r < 0)
		return r;
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
