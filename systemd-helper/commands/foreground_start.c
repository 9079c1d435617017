/*
 * How "run" starts nginx: without daemonising, but so that it can still be upgraded (see
 * door_foster()). And what "run" cannot do for an nginx that it did not start.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/foreground.h"
#include "commands/session.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/master.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/process.h"
#include "os/procfs.h"
#include "os/waker.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"
#include "ui/say.h"

/* prctl(2), Linux 3.4: to become the reaper of all that descends from us. */
enum { BECOME_SUBREAPER = 36 };

/*
 * Becomes the reaper of nginx's processes, so that a new master is our child when the old one has
 * ended. Not for an nginx before 1.13.8: its master accepts USR2 only while it is a child of pid 1;
 * newer ones accept it unless they are still a child of the process that started them. So an old
 * master becomes a child of pid 1, and how it ends is not known here.
 */
static void become_its_reaper(const struct program *program)
{
	struct actor ourselves = actor_ourselves();
	struct ask_failure why;
	struct build_info build;

	if (getpid() == 1)
		return;
	if (version_ask(program, &ourselves, &build, &why) == 0) {
		bool old = version_compare(build.nginx_version, "1.13.8") < 0;

		build_info_free(&build);
		if (old)
			return;
	}
	(void)prctl(BECOME_SUBREAPER, 1, 0, 0, 0);
}

/* Whether the master is in its event loop. It sets its title while its signals are still blocked,
 * so the title alone does not tell. */
static bool is_in_its_loop(pid_t pid)
{
	struct proc_signals now;

	return master_titled(pid) && procfs_signals(pid, &now) == 0 && now.blocked == 0;
}

/* 0; -ETIMEDOUT; -EINTR; or -ESRCH: it has ended. */
static int await_loop(struct session *s, pid_t pid)
{
	uint64_t began_us = clock_us();
	uint64_t until_us = began_us + s->run.ask.start_timeout_us;
	struct process p = PROCESS_NONE;
	int r = process_open(pid, &p);

	while (!r && !is_in_its_loop(pid)) {
		if (!process_alive(&p))
			r = -ESRCH;
		else if (waker_signalled())
			r = -EINTR;
		else if (clock_us() >= until_us)
			r = -ETIMEDOUT;
		else
			waker_wait(&s->run.waker, began_us, until_us);
	}
	process_close(&p);
	return r;
}

static int say_start(const struct session *s, int r, int status)
{
	char time[32];

	if (r == -ETIMEDOUT)
		say(SAY_ERROR,
		    "nginx was started, and was not ready after %s, so it was killed. What to do: give it more time with --start-timeout (START_TIMEOUT= in the settings)",
		    duration_text(s->run.ask.start_timeout_us, time, sizeof(time)));
	else if (r == -EINTR)
		say(SAY_NOTICE, "a signal came while nginx was being started, so it was killed");
	else if (WIFSIGNALED(status))
		say(SAY_ERROR,
		    "nginx could not be started: it was ended by signal %d. What to do: see its error log; put another build in its place",
		    WTERMSIG(status));
	else
		say(SAY_ERROR,
		    "nginx could not be started: it ended with exit code %d. What to do: see what it said itself, above or in its error log",
		    WEXITSTATUS(status));
	return EXIT_FAILED;
}

int foreground_execute(struct session *s, const struct config_arguments *arguments,
		       const struct program *program)
{
	char *argv[12] = {s->site.nginx, NULL};
	struct actor ourselves = actor_ourselves();
	struct door_spec spec = {.program = program,
				 .actor = &ourselves,
				 .argv = argv,
				 .own_streams = true,
				 .stays = true,
				 .wake_fd = -1};
	const char *step = "";
	struct foster f;
	int status = 0;
	int r;

	s->executed = true;
	become_its_reaper(program);
	config_arguments_add(arguments, argv, 1);
	r = door_foster(&spec, &f, &step);
	if (r < 0) {
		say(SAY_ERROR,
		    "nginx could not be started: could not %s (%s): %s. What to do: see the limits on processes, open files and memory, then start it again",
		    step, s->site.nginx, strerror(-r));
		return EXIT_FAILED;
	}
	r = await_loop(s, f.pid);
	if (door_foster_release(&f, &status) == 0 || r)
		return say_start(s, r, status);
	return 0;
}

/* Whether this stream of the master is a pipe or socket, and not the one that we have. (A file is
 * one that nginx has opened itself as its log.) */
static bool is_other_pipe(pid_t master, const char *name)
{
	char path[PATH_MAX];
	struct stat its;
	struct stat ours;

	return stat(procfs_path(path, master, name), &its) == 0 &&
	       (S_ISFIFO(its.st_mode) || S_ISSOCK(its.st_mode)) &&
	       stat(procfs_path(path, getpid(), name), &ours) == 0 &&
	       (its.st_dev != ours.st_dev || its.st_ino != ours.st_ino);
}

void foreground_say_adopted(pid_t master)
{
	struct proc_stat stat;
	bool streams = is_other_pipe(master, "fd/1") || is_other_pipe(master, "fd/2");
	bool child = procfs_stat(master, &stat) == 0 && stat.parent == getpid();

	say(SAY_NOTICE, "master %d is taken over", (int)master);
	if (!child)
		say(SAY_WARNING,
		    "master %d is not a child of this process: its end will be noticed, but not its exit code",
		    (int)master);
	if (streams)
		say(SAY_WARNING,
		    "what master %d writes to its standard streams (a log at /dev/stdout or /dev/stderr) goes where it went before, not to this supervisor. What to do: if that matters, stop it, so that it is started again",
		    (int)master);
}
