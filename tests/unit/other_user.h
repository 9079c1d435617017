/* For tests that need to be root and then another user: one that nobody on this machine has. */
#ifndef OTHER_USER_H
#define OTHER_USER_H

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define SOME_USER  ((uid_t)54321)
#define SOME_GROUP ((gid_t)54322)

/* True: we are not root, so nothing can be tested, which is reported. */
static inline bool must_be_root(void)
{
	if (geteuid() == 0)
		return false;
	printf("ok %u - all of it # skip cannot exist here: only root becomes somebody else\n",
	       ++tap_count);
	return true;
}

/*
 * A process that has become another user cannot return: so each such test runs in a process of its
 * own. Its results are added to ours.
 */
static inline void apart(void (*fn)(void))
{
	unsigned counts[2] = {tap_count, tap_failures};
	int pipe_fds[2];
	int status;
	pid_t pid;

	must(fflush(stdout) == 0 && pipe(pipe_fds) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		(void)close(pipe_fds[0]);
		fn();
		counts[0] = tap_count;
		counts[1] = tap_failures;
		(void)fflush(stdout);
		_exit(write(pipe_fds[1], counts, sizeof(counts)) != sizeof(counts));
	}
	(void)close(pipe_fds[1]);
	must(read(pipe_fds[0], counts, sizeof(counts)) == sizeof(counts), "a test apart has ended");
	(void)close(pipe_fds[0]);
	must(waitpid(pid, &status, 0) == pid && status == 0, "a test apart ends well");
	tap_count = counts[0];
	tap_failures = counts[1];
}

#endif
