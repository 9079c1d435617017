/*
 * The child's side of the door, from fork to exec. First it resets what was inherited from our own
 * caller.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/compat.h"
#include "os/descriptors.h"
#include "os/identity.h"
#include "os/waker.h"
#include "trust/door.h"
#include "trust/door_private.h"
#include "trust/program.h"
#include "trust/subject.h"

/* How long to try again while the file is still open for writing (ETXTBSY). */
#define BUSY_US 200000u

/* How many descriptors are closed one by one, without close_range(2) and /proc. */
enum { DESCRIPTORS_MOST = 65536 };

static void reset_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig <= 64; sig++)
		(void)compat_default_signal(sig);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Our caller may have limited the size of his own files: that must not apply to the program. */
static void reset_file_size(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_FSIZE, &limit);
}

static bool is_kept(const int *keep, size_t count, int fd)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (keep[i] == fd)
			return true;
	}
	return false;
}

/* Closes the descriptors that /proc lists, or if it is missing, tries them one by one. */
static void close_listed(const int *keep, size_t count)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	struct rlimit limit;
	int most = DESCRIPTORS_MOST;
	int fd;

	while (dir && (entry = readdir(dir))) {
		fd = atoi(entry->d_name);
		if (fd > 2 && fd != dirfd(dir) && !is_kept(keep, count, fd))
			(void)close(fd);
	}
	if (dir) {
		(void)closedir(dir);
		return;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)most)
		most = (int)limit.rlim_cur;
	for (fd = 3; fd < most; fd++) {
		if (!is_kept(keep, count, fd))
			(void)close(fd);
	}
}

static int ascending(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return (*x > *y) - (*x < *y);
}

void door_close_others(int *keep, size_t count)
{
	unsigned from = 3;
	size_t i;

	qsort(keep, count, sizeof(*keep), ascending);
	for (i = 0; i < count; i++) {
		unsigned fd = (unsigned)keep[i];

		if (keep[i] < (int)from)
			continue;
		if (fd > from && compat_close_range(from, fd - 1) < 0) {
			close_listed(keep, count);
			return;
		}
		from = fd + 1;
	}
	if (compat_close_range(from, ~0u) < 0)
		close_listed(keep, count);
}

static int set_streams(const struct door_spec *spec, int out, int err)
{
	int null;

	if (spec->own_streams)
		return 0;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (err < 0)
		err = null;
	if (out < 0)
		out = spec->one_stream ? err : null;
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		return -1;
	return 0;
}

/* The interpreter of a script opens it again by its descriptor, so that must stay open. */
static bool is_script(int fd)
{
	char magic[2];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) && magic[0] == '#' &&
	       magic[1] == '!';
}

/* Whether the vetted folder still has the same file under its name. */
static bool is_in_folder(const struct program *p)
{
	struct stat st;

	return p->folder >= 0 && p->name[0] &&
	       fstatat(p->folder, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == p->id.device && st.st_ino == p->id.inode;
}

/*
 * Executes the file by its name in the vetted folder, where nobody else can replace it. Then the
 * process is called "nginx" for pgrep and killall; executed by its descriptor it would be called
 * "7" (before Linux 6.14).
 */
int door_execute(const struct program *p, char *const *argv, char *const *environment)
{
	char path[NAME_MAX + 64];
	bool script = is_script(p->fd);
	int r;

	if (!script && is_in_folder(p)) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", p->folder, p->name);
		r = compat_execveat(p->folder, p->name, argv, environment, COMPAT_NO_FOLLOW);
	} else {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", p->fd);
		if (script && fcntl(p->fd, F_SETFD, 0) < 0)
			return -errno;
		r = compat_execveat(p->fd, "", argv, environment, COMPAT_EMPTY_PATH);
	}
	/* A system call filter may answer EPERM to a call that it does not know: try execve(2). */
	if (r != -ENOSYS && r != -EINVAL && r != -EPERM)
		return r;
	(void)execve(path, argv, environment);
	return -errno;
}

static enum door_step execute(const struct door_spec *spec, char *const *environment)
{
	uint64_t began_us = clock_us();
	uint64_t now_us = began_us;
	int r = door_execute(spec->program, spec->argv, environment);

	while (r == -ETXTBSY && now_us - began_us < BUSY_US) {
		struct timespec look = clock_timespec(look_interval_us(now_us - began_us, 0));

		(void)ppoll(NULL, 0, &look, NULL);
		r = door_execute(spec->program, spec->argv, environment);
		now_us = clock_us();
	}
	errno = -r;
	return r == -EAGAIN ? STEP_PROCESSES : STEP_EXECUTE;
}

static char **environment_for(const struct door_spec *spec)
{
	static char path_variable[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	static char *usual[] = {path_variable, locale, NULL};

	if (spec->actor->environment)
		return spec->actor->environment;
	return spec->own_streams ? door_own_environment(spec->stays) : usual;
}

/*
 * A user's program in the session of our terminal could type into it (TIOCSTI). setsid() cannot
 * fail: a child that was just forked leads no process group.
 */
static enum door_step leave_terminal(const struct door_spec *spec)
{
	return (spec->own_streams && !spec->stays) || setsid() >= 0 ? STEP_DONE : STEP_SESSION;
}

/*
 * Makes the kernel kill the program if its guard is killed. Must be called after the change of ids,
 * which resets it.
 */
static bool dies_with_guard(const struct door_spec *spec, pid_t guard)
{
	return !spec->guard_us ||
	       (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == guard);
}

static enum door_step become_and_execute(const struct door_spec *spec,
					 const struct door_pipes *pipes)
{
	pid_t parent = getppid();
	const struct subject *subject = spec->actor->subject;
	char **environment = environment_for(spec);
	int keep[] = {pipes->failure[1], spec->program->fd, spec->program->folder, -1, -1, -1};
	enum door_step step;
	int r;

	reset_signals();
	step = leave_terminal(spec);
	if (step != STEP_DONE)
		return step;
	if (set_streams(spec, pipes->out[1], pipes->err[1]) < 0)
		return STEP_STREAMS;
	if (subject) {
		keep[3] = subject->image;
		keep[4] = subject->root_fd;
		keep[5] = subject->process.pidfd;
	}
	door_close_others(keep, sizeof(keep) / sizeof(keep[0]));
	reset_file_size();
	if (!environment) {
		errno = ENOMEM;
		return STEP_MEMORY;
	}
	/* To enter namespaces it must be root again. Else it becomes the user for good. */
	r = subject || spec->as_started ? identity_forget() : identity_drop();
	if (r < 0) {
		errno = -r;
		return STEP_IDENTITY;
	}
	/* door_become() takes the limits of a subject. */
	if (!subject)
		descriptors_restore_limit();
	step = subject ? door_become(spec->actor) : STEP_DONE;
	if (step != STEP_DONE)
		return step;
	if (!dies_with_guard(spec, parent))
		_exit(127);
	return execute(spec, environment);
}

void door_child(const struct door_spec *spec, const struct door_pipes *pipes)
{
	enum door_step step = spec->guard_us ? door_guard(spec, pipes) : STEP_DONE;
	struct door_failure f;

	if (step == STEP_DONE)
		step = become_and_execute(spec, pipes);
	f.error = errno;
	f.step = (int)step;
	(void)!write(pipes->failure[1], &f, sizeof(f));
	_exit(127);
}
