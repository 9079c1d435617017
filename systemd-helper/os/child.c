/*
 * fork and exec with everything that can fail told through a close-on-exec pipe. The end of the
 * child is its exit, not the end of its output: a daemon that it leaves behind may keep the pipes
 * open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/child.h"
#include "os/clock.h"
#include "os/compat.h"
#include "os/procfs.h"
#include "os/waker.h"

/*
 * Where there are no pidfds: no later than this after the look before. Mostly the exit comes right
 * after the end of the output, which wakes; but it comes after it.
 */
#define EXIT_LOOK_US 20000u

struct failure {
	int error;
	char step[32];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int open_of(pid_t pid, const char *name, int flags)
{
	char path[PATH_MAX];

	return open(procfs_path(path, pid, name), flags | O_CLOEXEC);
}

/* The supplementary groups of a process, from its status; returns how many. */
static size_t groups_of(pid_t pid, gid_t *groups, size_t max)
{
	char buf[PROC_STATUS_MAX];
	size_t n = 0;
	char *p;
	char *end;

	if (procfs_read(pid, "status", buf, sizeof(buf)) < 0)
		return 0;
	p = strstr(buf, "\nGroups:\t");
	for (p = p ? p + strlen("\nGroups:\t") : NULL; p && n < max; p = end) {
		unsigned long gid = strtoul(p, &end, 10);

		if (end == p || memchr(p, '\n', (size_t)(end - p)))
			break;
		groups[n++] = (gid_t)gid;
	}
	return n;
}

static const char *become_user(const struct surroundings *as, const gid_t *groups, size_t count)
{
	if (geteuid() == 0 && as->uid != 0 &&
	    (setgroups(count, groups) < 0 || setgid(as->gid) < 0 || setuid(as->uid) < 0))
		return "become the user that it runs as";
	return NULL;
}

/* Everything of the other process is opened before its namespace and user are entered. */
static const char *take_surroundings(const struct surroundings *as)
{
	enum { GROUPS = 256 };
	gid_t groups[GROUPS];
	size_t count = groups_of(as->pid, groups, GROUPS);
	int cwd = open_of(as->pid, "cwd", O_RDONLY | O_DIRECTORY);
	int root = open_of(as->pid, "root", O_RDONLY | O_DIRECTORY);
	int mount_ns = as->other_root ? open_of(as->pid, "ns/mnt", O_RDONLY) : -1;
	int network_ns = as->other_root ? open_of(as->pid, "ns/net", O_RDONLY) : -1;

	if (cwd < 0)
		return "open the working folder of the master";
	if (as->other_root) {
		if (network_ns >= 0 && compat_setns(network_ns, CLONE_NEWNET) < 0)
			return "enter the network namespace";
		if (mount_ns >= 0 && compat_setns(mount_ns, CLONE_NEWNS) < 0)
			return "enter the mount namespace";
		if (root < 0 || fchdir(root) < 0 || chroot(".") < 0)
			return "enter the root folder";
	}
	if (fchdir(cwd) < 0)
		return "enter the working folder";
	return become_user(as, groups, count);
}

static void reset_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Returns only on failure: the step, with errno set. */
static const char *become(const struct child_spec *spec, int out, int err)
{
	static char path_variable[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	char *environment[] = {path_variable, locale, NULL};
	char by_fd[64];
	const char *path = spec->path;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *step;

	(void)setpgid(0, 0);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out >= 0 ? out : null, 1) < 0 || dup2(err, 2) < 0)
		return "set up the standard streams";
	if (spec->as.pid > 0) {
		/* The path is ours; inside the other root only a descriptor still means it. */
		if (spec->as.other_root) {
			int fd = open(path, O_RDONLY);

			if (fd < 0)
				return "open the program";
			(void)snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", fd);
			path = by_fd;
		}
		step = take_surroundings(&spec->as);
	} else {
		step = become_user(&spec->as, &spec->as.gid, 1);
	}
	if (step)
		return step;
	reset_signals();
	(void)execve(path, spec->argv, environment);
	return "execute";
}

static void __attribute__((noreturn))
run_in_child(const struct child_spec *spec, int out, int err, int failure)
{
	struct failure f = {0, ""};
	const char *step = become(spec, out, err);

	f.error = errno;
	(void)snprintf(f.step, sizeof(f.step), "%s", step);
	(void)!write(failure, &f, sizeof(f));
	_exit(127);
}

int child_start(const struct child_spec *spec, struct child *ret)
{
	int out[2] = {-1, -1};
	int err[2] = {-1, -1};
	int failure[2] = {-1, -1};
	pid_t pid = -1;
	int r = 0;

	if ((spec->on_output && pipe2(out, O_CLOEXEC) < 0) || pipe2(err, O_CLOEXEC) < 0 ||
	    pipe2(failure, O_CLOEXEC) < 0) {
		r = -errno;
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		r = -errno;
		goto out;
	}
	if (pid == 0)
		run_in_child(spec, out[1], err[1], failure[1]);
	(void)fcntl(err[0], F_SETFL, O_NONBLOCK);
	if (out[0] >= 0)
		(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	ret->pid = pid;
	ret->pidfd = compat_pidfd_open(pid);
	ret->out = out[0];
	ret->err = err[0];
	ret->failure = failure[0];
	ret->spec = *spec;
	out[0] = err[0] = failure[0] = -1;
out:
	close_fd(&out[0]);
	close_fd(&out[1]);
	close_fd(&err[0]);
	close_fd(&err[1]);
	close_fd(&failure[0]);
	close_fd(&failure[1]);
	return r;
}

/* Of a long text the end is kept: there stands what failed. */
static void keep_error(struct child_result *ret, const char *text, size_t length)
{
	size_t room = sizeof(ret->text) - 1;
	size_t drop;

	if (length > room) {
		text += length - room;
		length = room;
	}
	drop = ret->length + length > room ? ret->length + length - room : 0;
	memmove(ret->text, ret->text + drop, ret->length - drop);
	ret->length -= drop;
	memcpy(ret->text + ret->length, text, length);
	ret->length += length;
	ret->text[ret->length] = '\0';
}

static void read_streams(struct child *c, struct child_result *ret)
{
	char buf[8192];
	ssize_t n;

	while (c->err >= 0 && (n = read(c->err, buf, sizeof(buf))) >= 0) {
		if (n == 0)
			close_fd(&c->err);
		keep_error(ret, buf, (size_t)n);
	}
	while (c->out >= 0 && (n = read(c->out, buf, sizeof(buf))) >= 0) {
		if (n == 0)
			close_fd(&c->out);
		else
			c->spec.on_output(c->spec.on_output_arg, buf, (size_t)n);
	}
}

/* Waits for its exit, or -ETIMEDOUT, -EINTR. */
static int await_exit(struct child *c, uint64_t deadline_us, struct child_result *ret)
{
	uint64_t began_us = clock_us();

	for (;;) {
		struct pollfd fds[] = {{c->err, POLLIN, 0},
				       {c->out, POLLIN, 0},
				       {c->pidfd < 0 ? -1 : c->pidfd, POLLIN, 0},
				       {c->spec.wake_fd, POLLIN, 0}};
		uint64_t now_us = clock_us();
		struct timespec timeout;
		uint64_t wait_us;
		uint64_t look_us;

		if (waitpid(c->pid, &ret->status, WNOHANG) == c->pid) {
			read_streams(c, ret);
			return 0;
		}
		if (now_us >= deadline_us)
			return -ETIMEDOUT;
		wait_us = deadline_us - now_us;
		look_us = look_interval_us(now_us - began_us, 0);
		if (look_us > EXIT_LOOK_US)
			look_us = EXIT_LOOK_US;
		timeout = clock_timespec(c->pidfd < 0 && look_us < wait_us ? look_us : wait_us);
		if (ppoll(fds, 4, &timeout, NULL) > 0 && fds[3].revents)
			return -EINTR;
		read_streams(c, ret);
	}
}

int child_finish(struct child *c, uint64_t timeout_us, struct child_result *ret)
{
	static char step[32];
	struct failure f;
	int r;

	ret->length = 0;
	ret->text[0] = '\0';
	ret->status = 0;
	ret->step = "run";
	r = await_exit(c, clock_us() + timeout_us, ret);
	if (r < 0) {
		(void)kill(-c->pid, SIGKILL);
		(void)kill(c->pid, SIGKILL);
		(void)waitpid(c->pid, &ret->status, 0);
	} else if (read(c->failure, &f, sizeof(f)) == (ssize_t)sizeof(f)) {
		r = -f.error;
		(void)snprintf(step, sizeof(step), "%s", f.step);
		ret->step = step;
	}
	close_fd(&c->out);
	close_fd(&c->err);
	close_fd(&c->failure);
	if (c->pidfd >= 0)
		(void)close(c->pidfd);
	c->pidfd = -1;
	c->pid = 0;
	return r;
}

int child_run(const struct child_spec *spec, uint64_t timeout_us, struct child_result *ret)
{
	struct child c;
	int r = child_start(spec, &c);

	if (r < 0) {
		ret->step = "fork";
		return r;
	}
	return child_finish(&c, timeout_us, ret);
}
