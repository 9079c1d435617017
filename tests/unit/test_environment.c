/*
 * The environment of another process: as it was started; overwritten as nginx does it; with false
 * addresses; and unreadable. Real nginxes are in tests/environment.bats.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "os/environment.h"
#include "other_user.h"

enum trick { NOTHING, TITLE, TITLE_WITHOUT_COPIES, ENDLESS, NOWHERE, LONG_ONE, PAGE_END };

/* As nginx: copies the variables, then writes a title over the arguments and all of them. */
static void write_title(char **argv, bool copies)
{
	char *end = argv[0] + strlen(argv[0]) + 1;
	size_t i;

	for (i = 1; argv[i]; i++)
		end = argv[i] + strlen(argv[i]) + 1;
	for (i = 0; environ[i]; i++) {
		end = environ[i] + strlen(environ[i]) + 1;
		if (copies)
			environ[i] = strdup(environ[i]);
	}
	memset(argv[0], 0, (size_t)(end - argv[0]));
	(void)snprintf(argv[0], (size_t)(end - argv[0]), "%s",
		       "nginx: master process /usr/sbin/nginx -c /etc/nginx/nginx.conf");
}

/* A string that ends with the last byte of a page, after which nothing is mapped. */
static char *at_page_end(const char *text)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED && munmap(p + page, page) == 0, "a page");
	return strcpy(p + page - strlen(text) - 1, text);
}

/* This program itself is executed as the process that is read. */
static void __attribute__((noreturn)) be_looked_at(char **argv)
{
	static char endless[ENVIRONMENT_BYTES + 4096];
	int trick = atoi(argv[1]);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (trick == TITLE || trick == TITLE_WITHOUT_COPIES)
		write_title(argv, trick == TITLE);
	memset(endless, 'x', sizeof(endless));
	if (trick == ENDLESS)
		environ[0] = endless;
	if (trick == NOWHERE)
		environ[0] = (char *)(uintptr_t)1;
	if (trick == LONG_ONE) {
		endless[100000] = '\0';
		memcpy(endless, "LONG=", 5);
		environ[0] = endless;
	}
	if (trick == PAGE_END)
		environ[0] = at_page_end("LAST=1");
	(void)!write(1, "", 1);
	for (;;)
		(void)pause();
}

static pid_t start(enum trick trick, char **environment)
{
	char number[] = {(char)('0' + trick), '\0'};
	char name[] = "/proc/self/exe";
	char *argv[] = {name, number, NULL};
	int ready[2];
	char byte;
	pid_t pid;

	must(pipe(ready) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		(void)dup2(ready[1], 1);
		(void)close(ready[0]);
		(void)close(ready[1]);
		(void)execve(name, argv, environment);
		_exit(1);
	}
	(void)close(ready[1]);
	must(pid > 0 && read(ready[0], &byte, 1) == 1, "somebody to look at");
	(void)close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static char first[] = "LD_LIBRARY_PATH=/opt/lib";
static char second[] = "EMPTY=";
static char third[] = "TZ=Europe/Berlin";
static char *usual[] = {first, second, third, NULL};

static char **of(enum trick trick, char **environment)
{
	pid_t pid = start(trick, environment);
	char **got = NULL;

	same_number(environment_of(pid, &got), 0, "it is looked at");
	end(pid);
	must(got != NULL, "an environment");
	return got;
}

static void same_environment(char **got, char **want, const char *name)
{
	size_t i;

	for (i = 0; got[i] && want[i] && strcmp(got[i], want[i]) == 0; i++)
		;
	ok(!got[i] && !want[i], name);
	if (got[i] || want[i])
		tap_line("# differs: ", got[i] ? got[i] : want[i]);
	environment_free(got);
}

static void what_it_was_started_with(void)
{
	static char *none[] = {NULL};
	static char last[] = "LAST=1";
	char *replaced[] = {last, second, third, NULL};
	char **got;

	same_environment(of(NOTHING, usual), usual, "what it was started with");
	same_environment(of(NOTHING, none), none, "nothing");
	same_environment(of(TITLE, usual), usual, "a title does not hide it");
	same_environment(of(PAGE_END, usual), replaced, "up to the end of the memory");
	got = of(LONG_ONE, usual);
	ok(got[0] && strlen(got[0]) == 100000, "a long one is whole");
	environment_free(got);
}

/* Then /proc/PID/environ is read, which these processes have not overwritten. */
static void lies(void)
{
	static char *none[] = {NULL};

	same_environment(of(ENDLESS, usual), usual, "a string without an end is none");
	same_environment(of(NOWHERE, usual), usual, "nor is one at no address");
	same_environment(of(TITLE_WITHOUT_COPIES, usual), none, "a title is no environment");
}

static void too_many(void)
{
	static char text[] = "A=1";
	static char *many[ENVIRONMENT_ENTRIES + 2];
	static char *none[] = {NULL};
	size_t i;

	for (i = 0; i < ENVIRONMENT_ENTRIES; i++)
		many[i] = text;
	same_environment(of(NOTHING, many), many, "as many as are taken");
	many[ENVIRONMENT_ENTRIES] = text;
	same_environment(of(NOTHING, many), none, "one more, and none is");
}

static void of_nobody(void)
{
	char **got = NULL;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	must(pid > 0 && waitpid(pid, NULL, 0) == pid, "fork");
	same_number(environment_of(pid, &got), -ESRCH, "nobody has none");
	ok(got == NULL, "and nothing is given");
}

static pid_t of_root;

static void not_allowed(void)
{
	static char *none[] = {NULL};
	char **got = NULL;

	must(setresgid(SOME_GROUP, SOME_GROUP, SOME_GROUP) == 0 &&
		     setresuid(SOME_USER, SOME_USER, SOME_USER) == 0,
	     "a user");
	same_number(environment_of(of_root, &got), 0, "who may not look is told so little");
	must(got != NULL, "an environment");
	same_environment(got, none, "as nothing");
}

/* For tests/environment.bats: prints the environment of a process, one variable on a line. */
static int print_of(pid_t pid)
{
	char **got;
	size_t i;

	if (environment_of(pid, &got) < 0)
		return 1;
	for (i = 0; got[i]; i++)
		(void)puts(got[i]);
	environment_free(got);
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc > 2)
		return print_of((pid_t)atoi(argv[2]));
	if (argc > 1)
		be_looked_at(argv);
	what_it_was_started_with();
	lies();
	too_many();
	of_nobody();
	if (!must_be_root()) {
		of_root = start(NOTHING, usual);
		apart(not_allowed);
		end(of_root);
	}
	return tap_end();
}
