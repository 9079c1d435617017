/*
 * What systemd says over D-Bus, and what follows from it: a bus that goes down in the same moment
 * as the unit, and the ways of 219, which no test has as pid 1.
 */
#include <signal.h>
#include <unistd.h>

#include "init/systemd.h"
#include "manager_fixture.h"
#include "os/clock.h"
#include "os/duration.h"

#define SOON (clock_us() + USEC_PER_SEC)

static struct systemd state;
static struct systemd *const s = &state;
static struct init init = {.adapter = &init_systemd, .state = &state};

/* As a command of nginx.service, whose master is this process. */
static void begin(void)
{
	play_errors = false;
	play_text("Version", "219");
	play_text("ActiveState", "reloading");
	play_text("Result", "success");
	play_number("MainPID", (uint64_t)getpid());
	play_number("Job", 7);
	play_text("JobType", "stop");
	play_number("TimeoutStartUSec", 90 * USEC_PER_SEC);
	memset(s, 0, sizeof(*s));
	s->opened_us = clock_us();
	s->control = s->loaded = true;
	s->attached = s->round.old_master = getpid();
	(void)snprintf(s->unit, sizeof(s->unit), "nginx.service");
	play_open(&s->manager);
}

static void is_asked(void)
{
	begin();
	ok(manager_knows(&s->manager), "it is known");
	same_text(s->manager.view.active_state, "reloading", "a state");
	same_number(s->manager.view.main_pid, getpid(), "a main process");
	same_number(s->manager.view.job, 7, "a job");
	same_number((long long)s->manager.view.timeout_start_us, 90000000, "a time");
	same_number(manager_version(&s->manager), 219, "a version");
	play_text("Version", "252.22-1~deb12u1");
	play_open(&s->manager);
	same_number(manager_version(&s->manager), 252, "Debian's way to write one");
	play_text("Version", "v257");
	play_open(&s->manager);
	same_number(manager_version(&s->manager), 257, "and another");
}

static void errors_are_no_answers(void)
{
	begin();
	play_errors = true;
	ok(!manager_ask(&s->manager, SOON), "errors answer nothing");
	ok(!manager_knows(&s->manager), "what was known may be true no more");
	play_errors = false;
	ok(manager_ask(&s->manager, SOON), "answers do");
	ok(manager_knows(&s->manager), "it is known again");
}

static bool stops(bool signalled)
{
	struct init_round round = {.old_master = getpid(), .signalled = signalled};
	struct init_verdict verdict;

	init_systemd.follow(&init, &round, &verdict);
	return verdict.stop_asked;
}

static void a_signal_is_a_stop(void)
{
	begin();
	ok(!stops(true), "a signal, and the unit reloads on: no stop");
	play_text("ActiveState", "active");
	ok(!stops(true), "the same while it is active");
	play_text("ActiveState", "deactivating");
	ok(stops(true), "a signal, and the unit is being stopped");
	begin();
	play_text("ActiveState", "failed");
	ok(stops(true), "a signal, and the unit is over");
	begin();
	play_errors = true;
	ok(stops(true), "a signal, and the bus goes down: a shutdown");
	ok(!stops(false), "no signal: nobody asks for anything");
	s->control = false;
	ok(!stops(true), "who is no part of the unit was just interrupted");
}

static void a_failed_mark(void)
{
	begin();
	init_systemd.note(&init, INIT_STOPPED, 0, NULL);
	ok(!strstr(play_called, "ResetFailed"), "a unit without a mark is left alone");
	begin();
	play_text("Result", "exit-code");
	play_open(&s->manager);
	init_systemd.note(&init, INIT_STOPPED, 0, NULL);
	same_text(play_called, "ResetFailedUnit(nginx.service) ",
		  "the mark of a failed reload goes");
	play_text("JobType", "restart");
	play_open(&s->manager);
	init_systemd.note(&init, INIT_STOPPED, 0, NULL);
	same_text(play_called, "ResetFailedUnit(nginx.service) ", "in a restart, too");
	play_number("Job", 0);
	play_open(&s->manager);
	init_systemd.note(&init, INIT_STOPPED, 0, NULL);
	same_text(play_called, "", "that of an nginx that ended by itself is true");
	play_number("Job", 7);
	play_text("JobType", "stop");
	play_open(&s->manager);
	s->control = false;
	init_systemd.note(&init, INIT_STOPPED, 0, NULL);
	same_text(play_called, "", "who is no part of the unit leaves it alone");
	s->control = true;
	play_errors = true;
	init_systemd.note(&init, INIT_STOPPED, 0, NULL);
	same_text(play_called, "", "nothing is known, nothing is done");
}

/* Within a second: a machine may be slow. */
static void seconds_left(long long want, const char *name)
{
	struct init_limit limit = {.left_us = 0};

	ok(init_systemd.time_left(&init, &limit), name);
	ok(limit.left_us > (uint64_t)(want - 1) * USEC_PER_SEC &&
		   limit.left_us <= (uint64_t)want * USEC_PER_SEC,
	   "and how much");
}

static void a_limit(void)
{
	struct init_limit limit = {.left_us = 0};

	begin();
	seconds_left(85, "219 has a limit");
	s->opened_us -= 80 * USEC_PER_SEC;
	seconds_left(5, "what was used up counts");
	s->opened_us -= 80 * USEC_PER_SEC;
	ok(init_systemd.time_left(&init, &limit) && limit.left_us == 0, "there is none left");
	play_text("Version", "235");
	play_open(&s->manager);
	ok(init_systemd.time_left(&init, &limit), "235 cannot be asked for more");
	play_text("Version", "236");
	play_open(&s->manager);
	ok(!init_systemd.time_left(&init, &limit), "236 can");
	play_text("Version", "219");
	play_number("TimeoutStartUSec", 0);
	play_open(&s->manager);
	ok(!init_systemd.time_left(&init, &limit), "219 writes no limit as 0");
	play_number("TimeoutStartUSec", UINT64_MAX);
	play_open(&s->manager);
	ok(!init_systemd.time_left(&init, &limit), "newer ones as infinity");
	begin();
	s->control = false;
	ok(!init_systemd.time_left(&init, &limit), "a shell has none");
}

static unsigned found_count;
static char found_change[1024];

static void on_found(void *arg, const struct init_finding *f)
{
	if (strcmp(f->id, arg) != 0)
		return;
	found_count++;
	(void)snprintf(found_change, sizeof(found_change), "%s", f->change);
}

static unsigned examined(const char *id, uint64_t handover_us)
{
	const struct init_plan plan = {.master = getpid(),
				       .pid_path = "/run/nginx.pid",
				       .handover_us = handover_us,
				       .stop_us = USEC_PER_SEC};

	found_count = 0;
	play_open(&s->manager);
	systemd_examine(&init, &plan, on_found, (void *)id);
	return found_count;
}

/* doctor, where a reload is ours and may take longer than the unit has it. */
static void a_short_limit(void)
{
	begin();
	play_text("ExecReload", "/usr/sbin/nginx-handover");
	same_number(examined("unit-start-timeout", 120 * USEC_PER_SEC), 1,
		    "219 cannot be asked for more: TimeoutStartSec= is advised");
	ok(strncmp(found_change, "\"TimeoutStartSec=130\"", 21) == 0, "of more than it takes");
	same_number(examined("unit-start-timeout", 80 * USEC_PER_SEC), 0, "that is enough");
	play_number("TimeoutStartUSec", 0);
	same_number(examined("unit-start-timeout", 120 * USEC_PER_SEC), 0, "no limit");
	play_number("TimeoutStartUSec", 90 * USEC_PER_SEC);
	play_text("Version", "236");
	same_number(examined("unit-start-timeout", 120 * USEC_PER_SEC), 0, "236 can be asked");
	play_text("Version", "219");
	play_text("ExecReload", "/bin/kill");
	same_number(examined("unit-start-timeout", 120 * USEC_PER_SEC), 0,
		    "the vendor's reload is no handover");
	ok(examined("unit-reload", USEC_PER_SEC) == 1, "and is found");
}

int main(void)
{
	is_asked();
	errors_are_no_answers();
	a_signal_is_a_stop();
	a_failed_mark();
	a_limit();
	a_short_limit();
	return tap_end();
}
