/*
 * Starts a program whose first parent ends once it is running. nginx then behaves as if it had
 * daemonised, but keeps our standard streams, which it closes if it daemonises itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/identity.h"
#include "trust/door.h"
#include "trust/door_private.h"

struct keeper_pipes {
	int failure[2];
	int told[2];    /* the program's pid; at the release its status, if it has ended */
	int release[2]; /* when our end is closed, also by our end, the keeper ends; after a byte,
			 * it first waits for its child */
};

static void be_keeper(const struct door_spec *spec, const struct keeper_pipes *l)
	__attribute__((noreturn));

/* Closes what it does not need: else it would hold our lock as long as it lives. */
static void be_keeper(const struct door_spec *spec, const struct keeper_pipes *l)
{
	int open[] = {l->failure[1], l->told[1], l->release[0], spec->program->fd,
		      spec->program->folder};
	struct door_pipes pipes;
	char nothing;
	int status;
	ssize_t n;
	pid_t pid;

	(void)setsid();
	memset(&pipes, -1, sizeof(pipes));
	pipes.failure[1] = l->failure[1];
	door_close_others(open, sizeof(open) / sizeof(open[0]));
	pid = fork();
	if (pid == 0)
		door_child(spec, &pipes);
	if (pid < 0) {
		struct door_failure f = {errno, STEP_START};

		(void)!write(l->failure[1], &f, sizeof(f));
		_exit(1);
	}
	(void)close(l->failure[1]);
	(void)!write(l->told[1], &pid, sizeof(pid));
	while ((n = read(l->release[0], &nothing, 1)) < 0 && errno == EINTR)
		;
	if (waitpid(pid, &status, n == 1 ? 0 : WNOHANG) == pid)
		(void)!write(l->told[1], &status, sizeof(status));
	_exit(0);
}

int door_foster(const struct door_spec *spec, struct foster *ret, const char **ret_step)
{
	struct keeper_pipes l;
	struct foster f = {0, 0, -1, -1};
	int status;
	int r = 0;

	*ret_step = door_step_text(STEP_TRUST);
	if (!door_may_execute(spec))
		return -EPERM;
	*ret_step = door_step_text(STEP_START);
	memset(&l, -1, sizeof(l));
	if (pipe2(l.failure, O_CLOEXEC) < 0 || pipe2(l.told, O_CLOEXEC) < 0 ||
	    pipe2(l.release, O_CLOEXEC) < 0) {
		r = -errno;
		goto out;
	}
	identity_lift();
	f.keeper = fork();
	if (f.keeper == 0)
		be_keeper(spec, &l);
	identity_lower();
	if (f.keeper < 0) {
		r = -errno;
		goto out;
	}
	door_close(&l.failure[1]);
	door_close(&l.told[1]);
	door_close(&l.release[0]);
	f.release = door_take(&l.release[1]);
	f.told = door_take(&l.told[0]);
	r = door_await_exec(l.failure[0], ret_step);
	if (!r && read(f.told, &f.pid, sizeof(f.pid)) != (ssize_t)sizeof(f.pid))
		r = -ECHILD;
	if (r < 0) {
		if (r != -ETIMEDOUT) /* it was not executed, so it will end: wait for that */
			(void)!write(f.release, "", 1);
		(void)door_foster_release(&f, &status);
	} else {
		*ret = f;
	}
out:
	door_close_pair(l.failure);
	door_close_pair(l.told);
	door_close_pair(l.release);
	return r;
}

int door_foster_release(struct foster *f, int *ret_status)
{
	int status;
	int r = 1;

	door_close(&f->release);
	while (waitpid(f->keeper, &status, 0) < 0) {
		if (errno != EINTR) {
			r = -errno;
			break;
		}
	}
	if (read(f->told, &status, sizeof(status)) == (ssize_t)sizeof(status)) {
		*ret_status = status;
		r = 0;
	}
	door_close(&f->told);
	f->keeper = 0;
	return r;
}

int door_replace(const struct program *p, char *const *argv)
{
	return door_execute(p, argv, environ);
}
