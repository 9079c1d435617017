/*
 * Starts a program that outlives this run, its terminal and its session. The process that starts it
 * exits, so that the program becomes a child of init.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/duration.h"
#include "os/identity.h"
#include "trust/door.h"
#include "trust/door_private.h"

#define EXEC_US (5u * USEC_PER_SEC)

static void fork_and_leave(const struct door_spec *spec, int failure) __attribute__((noreturn));

/* Forks again, because a session leader that opens a terminal would get it as its own. */
static void fork_and_leave(const struct door_spec *spec, int failure)
{
	struct door_pipes pipes;
	struct door_failure f = {0, STEP_START};
	pid_t pid;

	memset(&pipes, -1, sizeof(pipes));
	pipes.failure[1] = failure;
	if (setsid() < 0 || chdir("/") < 0)
		f.error = errno;
	pid = f.error ? -1 : fork();
	if (pid == 0)
		door_child(spec, &pipes);
	if (pid < 0) {
		f.error = f.error ? f.error : errno;
		(void)!write(failure, &f, sizeof(f));
	}
	_exit(pid < 0);
}

int door_await_exec(int fd, const char **ret_step)
{
	struct timespec timeout = clock_timespec(EXEC_US);
	struct pollfd end = {fd, POLLIN, 0};
	struct door_failure f;

	if (ppoll(&end, 1, &timeout, NULL) <= 0)
		return -ETIMEDOUT;
	if (read(fd, &f, sizeof(f)) != (ssize_t)sizeof(f))
		return 0;
	*ret_step = door_step_text((enum door_step)f.step);
	return -f.error;
}

int door_leave(const struct door_spec *spec, const char **ret_step)
{
	int failure[2];
	pid_t pid;
	int r = 0;

	*ret_step = door_step_text(STEP_TRUST);
	if (!door_may_execute(spec))
		return -EPERM;
	*ret_step = door_step_text(STEP_START);
	if (pipe2(failure, O_CLOEXEC) < 0)
		return -errno;
	identity_lift();
	pid = fork();
	if (pid == 0)
		fork_and_leave(spec, failure[1]);
	identity_lower();
	if (pid < 0)
		r = -errno;
	(void)close(failure[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (!r)
		r = door_await_exec(failure[0], ret_step);
	(void)close(failure[0]);
	return r;
}
