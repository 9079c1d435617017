/* The common begin and end of commands. */
#include <errno.h>
#include <string.h>

#include "commands/report.h"
#include "commands/session.h"
#include "ui/say.h"

int session_lock(struct lock *lock, const char *pid_path, const char *verb)
{
	char holder[160];
	int r = lock_take(lock, pid_path, verb, holder, sizeof(holder));

	if (r == -EWOULDBLOCK) {
		say(SAY_ERROR,
		    "another run is at work on this nginx: %s. Nothing was done; wait for it, or "
		    "look "
		    "with \"nginx-handover status\"",
		    holder);
		return EXIT_LOCKED;
	}
	if (r < 0) {
		say(SAY_ERROR, "the lock %s cannot be taken: %s. Nothing was done", lock->path,
		    strerror(-r));
		return 1;
	}
	return 0;
}

static void fill_ask(struct session *s)
{
	struct ask *ask = &s->run.ask;

	ask->start_timeout_us = s->settings->start_timeout_us;
	ask->settle_us = s->settings->settle_us;
	ask->drain_timeout_us = s->settings->drain_timeout_us;
	ask->drain_term = strcmp(s->settings->drain_expired, "term") == 0;
}

int session_begin_stopped(struct session *s, const struct settings *settings, const char *verb)
{
	struct problems problems = {.count = 0};
	int r;

	memset(s, 0, sizeof(*s));
	s->settings = settings;
	s->lock.fd = -1;
	s->run.log.fd = -1;
	world_init(&s->run.world);
	s->run.events = &report_events;
	if (!site_find(settings, &s->site, &problems))
		return problems_say(&problems);
	r = session_lock(&s->lock, s->site.pid_path, verb);
	if (r)
		return r;
	r = waker_open(&s->run.waker);
	if (r < 0) {
		say(SAY_ERROR, "no signal can be caught: %s. Nothing was done", strerror(-r));
		session_end(s);
		return 1;
	}
	s->waker_open = true;
	fill_ask(s);
	return 0;
}

int session_open_world(struct session *s, struct problems *problems)
{
	int r;

	if (!site_open_world(&s->site, &s->run.world, problems))
		return -1;
	s->run.world.resumed = true;
	error_log_mark(s->run.world.old.process.pid, &s->run.log);
	r = observe(&s->run.world, &s->run.facts);
	if (r < 0)
		problem_advise(problem_add(problems, 1, "/proc cannot be read: %s", strerror(-r)),
			       "see what \"ls /proc/self\" says");
	return r;
}

int session_begin(struct session *s, const struct settings *settings, const char *verb)
{
	struct problems problems = {.count = 0};
	int r = session_begin_stopped(s, settings, verb);

	if (r)
		return r;
	if (session_open_world(s, &problems) < 0) {
		r = problems_say(&problems);
		session_end(s);
	}
	return r;
}

int session_drive(struct session *s)
{
	int r = drive(&s->run);

	if (r < 0) {
		say(SAY_ERROR,
		    "/proc cannot be read any more (%s). Nothing more was signalled; look with "
		    "\"nginx-handover status\", then finish or rollback",
		    strerror(-r));
		return 155;
	}
	report_end(&s->run);
	return run_exit_code(&s->run);
}

void session_end(struct session *s)
{
	error_log_close(&s->run.log);
	world_close(&s->run.world);
	if (s->waker_open)
		waker_close(&s->run.waker);
	s->waker_open = false;
	lock_release(&s->lock);
}
