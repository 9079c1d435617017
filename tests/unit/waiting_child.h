/* A child that gets itself into some state and then waits for a signal. */
#ifndef WAITING_CHILD_H
#define WAITING_CHILD_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "tap.h"

/* What it does first, before start_waiting returns; NULL: nothing. False ends the test. */
typedef bool child_first(const void *arg);

static inline pid_t start_waiting(child_first *first, const void *arg)
{
	int ready[2];
	char byte;
	pid_t pid;

	must(pipe(ready) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		if (first && !first(arg))
			_exit(1);
		/* Last: a change of the user takes it back. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	must(pid > 0 && read(ready[0], &byte, 1) == 1, "a child that waits");
	(void)close(ready[0]);
	return pid;
}

#endif
