/* The watcher over a hold, as others see it: started, found, told to go. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/hold.h"
#include "commands/hold_private.h"
#include "init/init.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/moment.h"
#include "trust/door.h"
#include "ui/say.h"

/* Until it watches; on a busy machine. */
#define UP_US (10u * USEC_PER_SEC)

enum { ARGUMENTS_MAX = 80, ROOM = 32768 };

static const char watches[] = "hold until ";

int hold_subjects(const struct settings *settings, const struct site *site,
		  struct lock_subjects *ret)
{
	int r = session_subjects(settings, site, ret);

	return r < 0 ? r : lock_for(ret, "hold");
}

int hold_lock(struct lock *lock, const struct settings *settings, const struct site *site,
	      uint64_t until_s, char *ret_holder, size_t size)
{
	struct lock_subjects subjects;
	char what[64];
	char text[MOMENT_SIZE];
	int r = hold_subjects(settings, site, &subjects);

	(void)snprintf(what, sizeof(what), "%s%s", watches, moment_text(until_s, text));
	return r < 0 ? r : lock_take(lock, &subjects, what, UP_US / 2, ret_holder, size);
}

/* The process has to be closed. */
static bool find(const struct settings *settings, const struct site *site, struct process *ret,
		 uint64_t *ret_until_s)
{
	struct lock_subjects subjects;
	size_t length = sizeof(watches) - 1;
	char what[64];

	if (hold_subjects(settings, site, &subjects) < 0 ||
	    lock_holder(&subjects, ret, what, sizeof(what)) < 0)
		return false;
	if (strncmp(what, watches, length) == 0 && moment_parse(what + length, ret_until_s) == 0)
		return true;
	process_close(ret);
	return false;
}

bool hold_find(const struct settings *settings, const struct site *site, struct hold_seen *ret)
{
	struct process watcher = PROCESS_NONE;

	if (!find(settings, site, &watcher, &ret->until_s))
		return false;
	ret->watcher = watcher.pid;
	process_close(&watcher);
	return true;
}

bool hold_is_on(const struct session *s, struct hold_seen *ret)
{
	const struct facts *f = &s->run.facts;

	return f->old.alive && f->new.alive && !f->closing && !f->old.accepting &&
	       f->new.accepting &&hold_find(s->settings, &s->site, ret);
}

void hold_dismiss(const struct session *s)
{
	struct process watcher = PROCESS_NONE;
	uint64_t until_s;

	if (s->settings->held_until || !find(s->settings, &s->site, &watcher, &until_s))
		return;
	/* It can do nothing before we let go of the lock, and then it is not there any more. */
	(void)process_signal(&watcher, SIGTERM);
	process_close(&watcher);
}

const char *hold_text(uint64_t until_s, char *ret, size_t size)
{
	uint64_t now = moment_now();
	uint64_t left_s = until_s > now ? until_s - now : 0;
	char at[32];
	char left[32];

	(void)snprintf(ret, size, "until %s (%s from now)",
		       moment_shown(until_s, now, at, sizeof(at)),
		       duration_text(left_s * USEC_PER_SEC, left, sizeof(left)));
	return ret;
}

const char *hold_old_text(pid_t old, const struct hold_seen *held, char ret[HOLD_OLD_SIZE])
{
	char until[80];

	if (held)
		(void)snprintf(ret, HOLD_OLD_SIZE, "old master %d is held as the way back %s",
			       (int)old, hold_text(held->until_s, until, sizeof(until)));
	else
		(void)snprintf(ret, HOLD_OLD_SIZE, "old master %d still drains", (int)old);
	return ret;
}

/* The file that this program was started from; a newer one may stand there by now. */
static int own_path(char ret[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);
	size_t tail = sizeof(gone) - 1;

	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	ret[n] = '\0';
	if ((size_t)n > tail && strcmp(ret + n - tail, gone) == 0)
		ret[(size_t)n - tail] = '\0';
	return 0;
}

struct command_line {
	char path[PATH_MAX];
	char until[64];
	char pid_file[PATH_MAX + 16];
	char room[ROOM];
	const char *argv[ARGUMENTS_MAX + 1];
};

/* The last of several counts: what this run has found is the last. */
static int write_command(const struct session *s, uint64_t until_s, struct command_line *c)
{
	enum { FIRST = 3, LAST = 1 };
	char text[MOMENT_SIZE];
	int n;

	(void)snprintf(c->until, sizeof(c->until), "--held-until=%s", moment_text(until_s, text));
	(void)snprintf(c->pid_file, sizeof(c->pid_file), "--pid-file=%s", s->site.pid_path);
	c->argv[0] = c->path;
	c->argv[1] = "finish";
	c->argv[2] = c->until;
	n = settings_options(s->settings, VERB_FINISH, c->argv + FIRST,
			     ARGUMENTS_MAX - FIRST - LAST, c->room, sizeof(c->room));
	if (n < 0)
		return n;
	c->argv[FIRST + n] = c->pid_file;
	c->argv[FIRST + n + 1] = NULL;
	return 0;
}

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

/* Root executes nothing in its own name that others can change, and neither has systemd do so. */
static int execute(struct session *s, uint64_t until_s, struct command_line *c,
		   struct distrust *why, const char **ret_step)
{
	const struct believed caller = {s->site.believed.user && getuid() ? getuid() : 0, NO_USER,
					NO_GROUP};
	struct program program = PROGRAM_NONE;
	char name[64];
	char description[128];
	char at[32];
	struct init_background what = {name, description, c->argv};
	int r = own_path(c->path);

	*ret_step = "find this program";
	if (!r)
		r = write_command(s, until_s, c);
	if (!r)
		r = program_at(&caller, "", c->path, &program, why);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "nginx-handover-hold-%d",
		       (int)s->run.world.new.subject.process.pid);
	(void)snprintf(description, sizeof(description),
		       "nginx-handover: holds nginx master %d as the way back until %s",
		       (int)s->run.world.old.subject.process.pid,
		       moment_shown(until_s, 0, at, sizeof(at)));
	if (init_background(&what) != INIT_JOB_DONE)
		r = in_background(&program, c, ret_step);
	program_close(&program);
	return r;
}

/* Whether it watches: it holds its lock. There is no event to be had for that. */
static bool await_watcher(struct session *s, uint64_t until_s)
{
	uint64_t began_us = clock_us();
	struct hold_seen seen = {.until_s = 0};

	while (!hold_find(s->settings, &s->site, &seen) || seen.until_s != until_s) {
		if (clock_us() - began_us > UP_US)
			return false;
		waker_wait(&s->run.waker, began_us, began_us + UP_US);
	}
	return true;
}

static void say_unwatched(int r, const char *step, const struct distrust *why)
{
	char text[PATH_MAX + 256];

	if (why->kind != DISTRUST_NONE && why->kind != DISTRUST_ERROR)
		(void)distrust_text(why, text, sizeof(text));
	else if (r < 0)
		(void)snprintf(text, sizeof(text), "could not %s: %s", step, strerror(-r));
	else
		(void)snprintf(text, sizeof(text), "the process that was started for it does not");
	say(SAY_ERROR,
	    "nobody watches over this hold, and nobody ends it when its time is up: %s. What to do: run \"nginx-handover finish\" or \"nginx-handover rollback\" yourself",
	    text);
}

static void say_watched(const struct session *s, uint64_t until_s)
{
	struct hold_seen seen = {.watcher = 0};
	char until[80];

	(void)hold_find(s->settings, &s->site, &seen);
	{
		struct say_field fields[] = {{"until", NULL, until_s},
					     {"watcher", NULL, (uint64_t)seen.watcher},
					     {NULL, NULL, 0}};

		say_event(
			SAY_NOTICE, "held_until", fields,
			"it is held %s; process %d watches over it meanwhile, goes back where the new generation dies, and finishes it then",
			hold_text(until_s, until, sizeof(until)), (int)seen.watcher);
	}
}

void hold_watch_over(struct session *s)
{
	static struct command_line c;
	uint64_t until_s = moment_now() + s->run.ask.hold_us / USEC_PER_SEC;
	struct distrust why = {.kind = DISTRUST_NONE};
	const char *step = "";
	int r;

	/* A moment is a whole second; nobody is to wait for less than was asked for. */
	until_s += s->run.ask.hold_us % USEC_PER_SEC ? 2 : 1;
	r = execute(s, until_s, &c, &why, &step);
	if (r == 0 && await_watcher(s, until_s))
		say_watched(s, until_s);
	else
		say_unwatched(r, step, &why);
}
