/*
 * fork() and exec(), where the child reports what failed through a close-on-exec pipe. The child
 * has ended when it has exited, not at the end of its output: a daemon that it started may keep the
 * pipes open. A pid is signalled only while it is a child that was not waited for, so it cannot be
 * another process's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/compat.h"
#include "os/identity.h"
#include "os/waker.h"
#include "trust/door.h"
#include "trust/door_private.h"

/*
 * Without pidfds: how often we look whether the child has exited. The end of its output wakes us,
 * but the exit comes a little later.
 */
#define EXIT_LOOK_US 20000u

/*
 * With held_until: after this time its output is read, even if it has not written that text. It may
 * be blocked by our not reading, in a way that we do not see. And how often we look until then.
 */
#define HELD_US      30000000u
#define HELD_LOOK_US 100000u

/* How long to wait after SIGKILL. Only a process that waits for a dead disk takes longer. */
#define KILLED_US 2000000u

static const char *const step_texts[STEP_COUNT] = {
	[STEP_DONE] = "run",
	[STEP_RUN] = "run",
	[STEP_START] = "start a process for",
	[STEP_SESSION] = "leave the terminal's session",
	[STEP_TRUST] = "trust the program",
	[STEP_WAIT] = "learn how it ended (SIGCHLD is ignored)",
	[STEP_STREAMS] = "set up the standard streams",
	[STEP_IDENTITY] = "become the user that this run acts as",
	[STEP_LOOK] = "read the status of the master",
	[STEP_CWD] = "open the working folder of the master",
	[STEP_NETWORK_NAMESPACE] = "enter the network namespace of the master",
	[STEP_MOUNT_NAMESPACE] = "enter the mount namespace of the master",
	[STEP_ROOT] = "enter the root folder of the master",
	[STEP_ENTER_CWD] = "enter the working folder of the master",
	[STEP_SAME] = "find the master as it was",
	[STEP_GROUPS] = "take the groups of the master",
	[STEP_USER] = "become the user that the master runs as",
	[STEP_CAPABILITIES] = "take the capabilities of the master",
	[STEP_ROOT_LEFT] = "leave root for good",
	[STEP_MEMORY] = "get memory",
	[STEP_PROCESSES] = "execute (the user has as many processes as RLIMIT_NPROC allows)",
	[STEP_EXECUTE] = "execute",
};

const char *door_step_text(enum door_step step)
{
	return (unsigned)step < STEP_COUNT ? step_texts[step] : step_texts[STEP_RUN];
}

void door_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void door_close_pair(int pair[2])
{
	door_close(&pair[0]);
	door_close(&pair[1]);
}

int door_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int door_open(void)
{
	sigset_t set;
	int fd;

	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -errno;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_UNBLOCK, &set, NULL) < 0)
		return -errno;
	for (fd = 0; fd <= 2; fd++) {
		/* open() returns the lowest free descriptor, and all below fd are in use. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -errno;
	}
	return 0;
}

static int open_pipes(const struct door_spec *spec, struct door_pipes *p)
{
	bool captured = !spec->own_streams;

	memset(p, -1, sizeof(*p));
	if ((captured && spec->on_output && pipe2(p->out, O_CLOEXEC) < 0) ||
	    (captured && pipe2(p->err, O_CLOEXEC) < 0) || pipe2(p->failure, O_CLOEXEC) < 0 ||
	    (spec->guard_us && pipe2(p->guard, O_CLOEXEC) < 0))
		return -errno;
	return 0;
}

int door_start(const struct door_spec *spec, struct running *ret)
{
	struct door_pipes p;
	size_t filler = 0;
	pid_t pid;
	int r;

	if (!door_may_execute(spec))
		return -EPERM;
	r = open_pipes(spec, &p);
	if (r < 0)
		goto out;
	if (p.out[1] >= 0 && spec->held_until)
		(void)door_fill(p.out[1], &filler);
	/* Forked as root, so that RLIMIT_NPROC counts root's processes and not the user's. */
	identity_lift();
	pid = fork();
	if (pid == 0)
		door_child(spec, &p);
	identity_lower();
	if (pid < 0) {
		r = -errno;
		goto out;
	}
	if (p.err[0] >= 0)
		(void)fcntl(p.err[0], F_SETFL, O_NONBLOCK);
	if (p.out[0] >= 0)
		(void)fcntl(p.out[0], F_SETFL, O_NONBLOCK);
	ret->pid = pid;
	ret->pidfd = compat_pidfd_open(pid);
	ret->out = door_take(&p.out[0]);
	ret->err = door_take(&p.err[0]);
	ret->failure = door_take(&p.failure[0]);
	ret->guard = door_take(&p.guard[1]);
	ret->spec = *spec;
	ret->filler = filler;
	ret->held = filler > 0;
	ret->looked = false;
out:
	door_close_pair(p.out);
	door_close_pair(p.err);
	door_close_pair(p.failure);
	door_close_pair(p.guard);
	return r;
}

/* 1: it has exited, see ret->status; 0: not yet; -ECHILD: its status is lost. */
static int look_for_exit(struct running *c, struct door_result *ret)
{
	pid_t pid = waitpid(c->pid, &ret->status, WNOHANG);

	if (pid == c->pid)
		return 1;
	return pid < 0 && errno == ECHILD ? -ECHILD : 0;
}

/* Waits for its exit, and reads its output. 0; -ECHILD; -ETIMEDOUT; -EINTR: wake_fd is readable. */
static int await_exit(struct running *c, uint64_t deadline_us, int wake_fd, struct door_result *ret)
{
	uint64_t began_us = clock_us();

	for (;;) {
		struct pollfd fds[] = {{c->err, POLLIN, 0},
				       {c->held ? -1 : c->out, POLLIN, 0},
				       {c->pidfd < 0 ? -1 : c->pidfd, POLLIN, 0},
				       {wake_fd, POLLIN, 0}};
		int r = look_for_exit(c, ret);
		uint64_t now_us = clock_us();
		struct timespec timeout;
		uint64_t wait_us;
		uint64_t look_us;

		if (r != 0 || now_us - began_us >= HELD_US)
			c->held = false;
		if (r != 0) {
			door_read(c, ret);
			return r < 0 ? r : 0;
		}
		if (now_us >= deadline_us)
			return -ETIMEDOUT;
		wait_us = deadline_us - now_us;
		if (c->held && wait_us > HELD_LOOK_US)
			wait_us = HELD_LOOK_US;
		look_us = look_interval_us(now_us - began_us, 0);
		if (look_us > EXIT_LOOK_US)
			look_us = EXIT_LOOK_US;
		timeout = clock_timespec(c->pidfd < 0 && look_us < wait_us ? look_us : wait_us);
		if (ppoll(fds, 4, &timeout, NULL) > 0 && fds[3].revents)
			return -EINTR;
		if (c->spec.held_until && !c->held)
			door_look_at_image(c, ret);
		door_read(c, ret);
	}
}

/*
 * Its pid and process group are not reused before it is waited for. The child itself may still be
 * root, before it becomes the user that we are: so it is killed as root. Its group may contain
 * anything that it started: that is killed with our own rights.
 */
static void kill_it(struct running *c, struct door_result *ret)
{
	int r = look_for_exit(c, ret);

	if (r != 0)
		return;
	/* When this is closed, the guard kills the program. */
	door_close(&c->guard);
	if (c->spec.guard_us && await_exit(c, clock_us() + 2 * KILLED_US, -1, ret) != -ETIMEDOUT)
		return;
	if (!c->spec.own_streams)
		(void)kill(-c->pid, SIGKILL);
	identity_lift();
	if (c->pidfd < 0 || compat_pidfd_send_signal(c->pidfd, SIGKILL) < 0)
		(void)kill(c->pid, SIGKILL);
	identity_lower();
	(void)await_exit(c, clock_us() + KILLED_US, -1, ret);
}

static void free_running(struct running *c)
{
	door_close(&c->out);
	door_close(&c->err);
	door_close(&c->failure);
	door_close(&c->guard);
	door_close(&c->pidfd);
	c->pid = 0;
}

static void begin_result(struct door_result *ret)
{
	ret->length = 0;
	ret->text[0] = '\0';
	ret->status = 0;
	ret->step = door_step_text(STEP_RUN);
	ret->image.inode = 0;
	ret->image_path[0] = '\0';
	ret->image_is_last = ret->has_children = false;
}

/* The result of a child that has ended. r: 0, or -ECHILD if its status is lost. */
static int conclude(const struct running *c, int r, struct door_result *ret)
{
	struct door_failure f;

	if (r < 0)
		ret->step = door_step_text(STEP_WAIT);
	if (read(c->failure, &f, sizeof(f)) != (ssize_t)sizeof(f))
		return r;
	if (f.step == STEP_DONE) {
		ret->status = f.error;
		return r;
	}
	ret->step = door_step_text((enum door_step)f.step);
	return -f.error;
}

int door_look(struct running *c, struct door_result *ret)
{
	int r;

	if (!c->looked)
		begin_result(ret);
	c->looked = true;
	r = look_for_exit(c, ret);
	/* Read after the look: a child that has exited writes no more, so nothing is missed. */
	door_read(c, ret);
	if (r == 0)
		return 1;
	r = conclude(c, r < 0 ? r : 0, ret);
	free_running(c);
	return r;
}

int door_finish(struct running *c, uint64_t timeout_us, struct door_result *ret)
{
	int r;

	begin_result(ret);
	r = await_exit(c, clock_us() + timeout_us, c->spec.wake_fd, ret);
	if (r == -ETIMEDOUT && c->spec.on_expiry)
		c->spec.on_expiry(c->spec.on_expiry_arg, c->pid);
	if (r == -ETIMEDOUT || r == -EINTR)
		kill_it(c, ret);
	else
		r = conclude(c, r, ret);
	free_running(c);
	return r;
}

void door_abandon(struct running *c)
{
	struct door_result unread = {.length = 0};

	if (!c->pid)
		return;
	kill_it(c, &unread);
	free_running(c);
}

int door_run(const struct door_spec *spec, uint64_t timeout_us, struct door_result *ret)
{
	struct running c;
	int r = door_start(spec, &c);

	if (r < 0) {
		memset(ret, 0, sizeof(*ret));
		ret->step = door_step_text(r == -EPERM ? STEP_TRUST : STEP_START);
		return r;
	}
	return door_finish(&c, timeout_us, ret);
}

int door_run_code(const struct door_spec *spec, uint64_t timeout_us)
{
	struct door_result *result = malloc(sizeof(*result)); /* too large for the stack */
	int r = result ? door_run(spec, timeout_us, result) : -ENOMEM;

	if (!r)
		r = WIFEXITED(result->status) ? WEXITSTATUS(result->status) : 128;
	free(result);
	return r;
}
