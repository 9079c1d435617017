/*
 * A program of an ordinary user that poses as nginx. Its title is what it is given as argv[0]
 * ("exec -a"). It answers -V, -v, -t and -T as an nginx does, so that whoever asks believes what
 * the user wants. Whoever executes it is written down.
 *
 *	POSER_WORKERS   so many children that pose as workers
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "witness.h"

static void make_workers(void)
{
	const char *text = getenv("POSER_WORKERS");
	int count = text ? atoi(text) : 0;
	static char title[] = "nginx: worker process";
	char *argv[] = {title, NULL};
	pid_t parent = getpid();

	(void)unsetenv("POSER_WORKERS");
	(void)unsetenv("ATTACKER_PID_FILE");
	for (; count > 0; count--) {
		if (fork() != 0)
			continue;
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			(void)execv("/proc/self/exe", argv);
		_exit(1);
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	witness_exec("poser", argv);
	if (witness_answers(argv))
		return 0;
	/* Somebody starts it as he would start nginx. */
	if (strncmp(argv[0], "nginx: ", 7) != 0) {
		if (fork() != 0)
			return 0;
		(void)freopen("/dev/null", "r+", stdin);
		(void)dup2(STDIN_FILENO, STDOUT_FILENO);
		(void)dup2(STDIN_FILENO, STDERR_FILENO);
	}
	witness_signals("poser");
	witness_pid_file();
	make_workers();
	for (;;)
		(void)pause();
}
