/*
 * Stands where nginx is looked for, and executes nginx itself, /usr/local/src/launched/nginx. What
 * it does before that stand in files beside it: wait-test and wait-start, how many milliseconds it
 * waits before a test and before a start by USR2; forks: nginx becomes a child of it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "/usr/local/src/launched/"

static int number_in(const char *path)
{
	FILE *f = fopen(path, "r");
	int n = 0;

	if (f && fscanf(f, "%d", &n) != 1)
		n = 0;
	if (f)
		(void)fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (getenv("NGINX"))
		(void)poll(NULL, 0, number_in(FOLDER "wait-start"));
	else if (argc > 1 && (argv[1][1] == 't' || argv[1][1] == 'T'))
		(void)poll(NULL, 0, number_in(FOLDER "wait-test"));
	if (access(FOLDER "forks", F_OK) == 0) {
		pid_t pid = fork();

		if (pid > 0) {
			(void)waitpid(pid, &status, 0);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		}
	}
	(void)execv(FOLDER "nginx", argv);
	return 1;
}
