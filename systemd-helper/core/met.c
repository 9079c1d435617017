/* How long a new generation accepts before it has to go again, and how many clients that can be. */
#include <stdint.h>
#include "core/decide.h"
#include "core/met.h"
#include "core/run.h"
#include "os/tcp_opens.h"

/* It was told to leave, or has ended: it accepts no more clients. */
static bool has_to_go(const struct run *run)
{
	const struct history *h = &run->history;

	return !run->facts.new.accepting || h->acted_us[ACT_QUIT_NEW] ||
	       h->acted_us[ACT_TERM_NEW] || h->acted_us[ACT_KILL_NEW] ||
	       h->acted_us[ACT_QUIT_NEW_WORKERS];
}

void met_watch(struct run *run)
{
	struct met *m = &run->met;
	pid_t pid = run->world.old.subject.process.pid;
	uint64_t opens = 0;

	if (!m->began_us && run->facts.new.accepting && run->history.acted_us[ACT_USR2]) {
		m->began_us = run->history.now_us;
		m->counted = tcp_opens_of(pid, &m->opens) == 0;
	} else if (m->began_us && !m->took_us && run->ask.goal == GOAL_BACK && has_to_go(run)) {
		m->took_us = run->history.now_us - m->began_us + 1;
		m->counted = m->counted && tcp_opens_of(pid, &opens) == 0 && opens >= m->opens;
		m->opens = m->counted ? opens - m->opens : 0;
	}
}
