/* How watchers, which outlive the command that needs them, are started, found and ended. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/watcher.h"
#include "core/world.h"
#include "init/init.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/own_path.h"
#include "os/process.h"
#include "os/waker.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

/* How long a watcher may take on a busy machine until it watches. */
#define UP_US (10u * USEC_PER_SEC)

/* How long one call waits for the end of another run. */
#define STANDS_BACK_US USEC_PER_SEC

enum { ARGUMENTS_MAX = 80, ROOM = 32768 };

static int subjects_for(const char *purpose, const struct settings *settings,
			const struct site *site, struct lock_subjects *ret)
{
	int r = session_subjects(settings, site, ret);

	return r < 0 ? r : lock_for(ret, purpose);
}

int watcher_begin(struct session *s, const struct watcher *w, const char *advice, struct lock *lock)
{
	struct lock_subjects subjects;
	char holder[160];
	int r = subjects_for(w->purpose, s->settings, &s->site, &subjects);

	if (!r)
		r = lock_take(lock, &subjects, w->what, UP_US / 2, holder, sizeof(holder));
	if (r < 0) {
		say(SAY_ERROR, "this %s cannot be watched: %s. What to do: %s", w->purpose,
		    r == -EWOULDBLOCK ? holder : strerror(-r), advice);
		session_end(s);
		return r == -EWOULDBLOCK ? EXIT_LOCKED : EXIT_FAILED;
	}
	s->looks_only = true;
	return session_take_no_lock(s, w->verb);
}

bool watcher_find(const char *purpose, const struct settings *settings, const struct site *site,
		  struct process *ret, char ret_what[WATCHER_WHAT_SIZE])
{
	struct lock_subjects subjects;

	return subjects_for(purpose, settings, site, &subjects) == 0 &&
	       lock_holder(&subjects, ret, ret_what, WATCHER_WHAT_SIZE, NULL) == 0;
}

void watcher_dismiss(const char *purpose, const struct session *s)
{
	struct process watcher = PROCESS_NONE;
	char what[WATCHER_WHAT_SIZE];

	if (!watcher_find(purpose, s->settings, &s->site, &watcher, what))
		return;
	/* It can do nothing while we have the lock, and will have ended when we release it. */
	(void)process_signal(&watcher, SIGTERM);
	process_close(&watcher);
}

bool watcher_stands_back(const struct session *s)
{
	struct process holder = PROCESS_NONE;
	char what[WATCHER_WHAT_SIZE];

	if (!session_holder(s->settings, &s->site, &holder, what, sizeof(what)))
		return false;
	process_wait(&holder, STANDS_BACK_US);
	process_close(&holder);
	return true;
}

/*
 * Opens the file of this program. -EPERM: others can change it, so root must not execute it, nor
 * have the init system execute it as root.
 */
static int own_program(const struct session *s, char ret_path[PATH_MAX], struct program *ret,
		       struct distrust *why)
{
	const struct believed caller = {s->site.believed.user && getuid() ? getuid() : 0, NO_USER,
					NO_GROUP};
	int r = own_path(ret_path);

	return r < 0 ? r : program_at(&caller, "", ret_path, ret, why);
}

int watcher_can_start(const struct session *s, struct distrust *why)
{
	struct program program = PROGRAM_NONE;
	char path[PATH_MAX];
	int r;

	memset(why, 0, sizeof(*why));
	r = own_program(s, path, &program, why);
	program_close(&program);
	return r;
}

/* The command line of a watcher, with room for its strings. */
struct command_line {
	char path[PATH_MAX];
	char pid_file[PATH_MAX + 16];
	char room[ROOM];
	const char *argv[ARGUMENTS_MAX + 1];
};

/* The pid file that this run has found comes after the options that it was given: where an option
 * is there twice, the last one counts. 0 or -E2BIG. */
static int write_command(const struct session *s, const struct watcher *w, struct command_line *c)
{
	enum { FIRST = 3, LAST = 1 };
	int n;

	(void)snprintf(c->pid_file, sizeof(c->pid_file), "--pid-file=%s", s->site.pid_path);
	c->argv[0] = c->path;
	c->argv[1] = w->verb;
	c->argv[2] = w->option;
	n = settings_options(s->settings, w->verb_bit, c->argv + FIRST,
			     ARGUMENTS_MAX - FIRST - LAST, c->room, sizeof(c->room));
	if (n < 0)
		return n;
	c->argv[FIRST + n] = c->pid_file;
	c->argv[FIRST + n + 1] = NULL;
	return 0;
}

/* Starts it as a process of its own, where the init system did not take it over. */
static int in_background(const struct program *program, struct command_line *c,
			 const char **ret_step)
{
	struct actor ourselves = actor_ourselves();
	struct door_spec spec = {.program = program,
				 .actor = &ourselves,
				 .argv = (char *const *)c->argv,
				 .as_started = true,
				 .wake_fd = -1};

	return door_leave(&spec, ret_step);
}

static pid_t serving(const struct session *s)
{
	const struct world *w = &s->run.world;

	return w->new.subject.process.pid > 0 ? w->new.subject.process.pid
					      : w->old.subject.process.pid;
}

static int execute(struct session *s, const struct watcher *w, struct command_line *c,
		   struct distrust *why, const char **ret_step)
{
	struct program program = PROGRAM_NONE;
	char name[64];
	struct init_background what = {name, w->description, c->argv};
	int r = own_program(s, c->path, &program, why);

	*ret_step = "find this program";
	if (!r)
		r = write_command(s, w, c);
	if (r < 0) {
		program_close(&program);
		return r;
	}
	(void)snprintf(name, sizeof(name), "nginx-handover-%s-%d", w->purpose, (int)serving(s));
	if (s->init->ops.background(s->init, &what) != INIT_JOB_DONE)
		r = in_background(&program, c, ret_step);
	program_close(&program);
	return r;
}

/* Waits until the watcher has its lock, by which it is known to watch. No event tells of that. */
static int await_watcher(struct session *s, const struct watcher *w)
{
	uint64_t began_us = clock_us();

	while (clock_us() - began_us <= UP_US) {
		struct process watcher = PROCESS_NONE;
		char what[WATCHER_WHAT_SIZE];
		bool found = watcher_find(w->purpose, s->settings, &s->site, &watcher, what);

		process_close(&watcher);
		if (found && strcmp(what, w->what) == 0)
			return 0;
		waker_wait(&s->run.waker, began_us, began_us + UP_US);
	}
	return -ETIMEDOUT;
}

int watcher_start(struct session *s, const struct watcher *w, char *ret_why, size_t size)
{
	struct command_line *c = malloc(sizeof(*c));
	struct distrust why = {.kind = DISTRUST_NONE};
	const char *step = "start a process";
	int r = c ? execute(s, w, c, &why, &step) : -ENOMEM;

	free(c);
	if (why.kind != DISTRUST_NONE && why.kind != DISTRUST_ERROR)
		(void)distrust_text(&why, ret_why, size);
	else
		(void)snprintf(ret_why, size, "could not %s: %s", step, strerror(-r));
	if (r)
		return r;
	r = await_watcher(s, w);
	(void)snprintf(ret_why, size, "the process that was started for it does not");
	return r;
}
