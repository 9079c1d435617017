/*
 * For the tests of trust/usr2_fresh.h, a master that acts like nginx: it listens, and at USR2
 * executes a new master, passes its sockets by number, and the new one reports which it got.
 *
 *	fresh_begin -> usr2_fresh() -> fresh_list -> fresh_end
 */
#ifndef FRESH_FIXTURE_H
#define FRESH_FIXTURE_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "subject_fixture.h"
#include "trust/usr2_fresh.h"

enum { TCP_FD = 30, QUIC_FD = 31, MORE_QUIC_FD = 32, BARE_FD = 33, ABSENT_FD = 40 };
#define ALL_OF_THEM     "30;31;32;"
#define WITHOUT_QUIC    "00000030;"
#define WITHOUT_ONE     "00030;32;"
#define FRESH_PATIENT_S 10

static struct player fresh_master;
static struct subject fresh_subject;

static inline void fresh_begin(const char *role)
{
	static struct distrust why;

	fresh_master = started(folder_path("plain"), role, NULL);
	must(subject_look(fresh_master.pid, &(const struct believed){0, NO_USER, NO_GROUP},
			  &fresh_subject, &why) == 0,
	     "a master");
}

static inline void fresh_end(void)
{
	subject_close(&fresh_subject);
	finish(&fresh_master);
}

/* The list that the new master got; "": none was started within that time. */
static inline const char *fresh_list(int seconds)
{
	static char list[256];
	struct timeval limit = {seconds, 0};
	fd_set set;

	memset(list, 0, sizeof(list));
	FD_ZERO(&set);
	FD_SET(fresh_master.ready, &set);
	if (select(fresh_master.ready + 1, &set, NULL, NULL, &limit) > 0)
		(void)!read(fresh_master.ready, list, sizeof(list) - 1);
	return list;
}

/* ---- in the master and in what it executes ---- */

static volatile sig_atomic_t fresh_asked;

static inline void fresh_end_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() == 1)
		_exit(0);
}

static inline void fresh_on_signal(int sig)
{
	fresh_asked = sig;
}

static inline void fresh_listen(int type, bool shared, int as)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int on = 1;
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || dup2(fd, as) < 0)
		_exit(124);
	(void)close(fd);
}

static inline void __attribute__((noreturn))
fresh_execute(const char *program, const char *role, const char *list)
{
	char *argv[] = {(char *)"nginx: master process", (char *)role, NULL};
	char *environment[] = {(char *)"TZ=UTC", (char *)list, (char *)"SPARE=XXXXXXXX", NULL};

	(void)execve(beside(program), argv, environment);
	_exit(2);
}

/* What the master's child does. */
static inline void __attribute__((noreturn)) fresh_child(const char *role)
{
	const char *list = "NGINX=" ALL_OF_THEM;

	if (strcmp(role, "master-stays") == 0) {
		fresh_end_with_parent();
		for (;;)
			(void)pause();
	}
	if (strcmp(role, "master-none") == 0)
		fresh_execute("plain", "new", "NGINX=31;32;");
	if (strcmp(role, "master-without") == 0)
		fresh_execute("plain", "new", "NGINX=30;");
	if (strcmp(role, "master-bare") == 0)
		fresh_execute("plain", "new", "OTHER=1");
	if (strcmp(role, "master-lost") == 0)
		fresh_execute("nowhere", "new", list);
	if (strcmp(role, "master-other") == 0)
		fresh_execute("other", "new", list);
	if (strcmp(role, "master-script") == 0)
		fresh_execute("script", "new", list);
	if (strcmp(role, "master-user") == 0) {
		as_some_user();
		fresh_execute("plain", "new", list);
	}
	if (strcmp(role, "master-deep") == 0 && fork() == 0)
		fresh_execute("plain", "silent", "NGINX=31;30;32;");
	fresh_execute("plain", "new", list);
	_exit(2);
}

static inline void __attribute__((noreturn)) fresh_play_master(const char *role)
{
	struct sigaction sa = {.sa_handler = fresh_on_signal};
	sigset_t blocked, none;

	fresh_end_with_parent();
	(void)signal(SIGCHLD, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGUSR2);
	(void)sigaddset(&blocked, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &blocked, NULL) < 0 || sigaction(SIGUSR2, &sa, NULL) < 0 ||
	    sigaction(SIGUSR1, &sa, NULL) < 0)
		_exit(124);
	fresh_listen(SOCK_STREAM, false, TCP_FD);
	fresh_listen(SOCK_DGRAM, true, QUIC_FD);
	fresh_listen(SOCK_DGRAM, true, MORE_QUIC_FD);
	fresh_listen(SOCK_DGRAM, false, BARE_FD);
	say_number(getpid());
	for (;;) {
		(void)sigsuspend(&none);
		if (fresh_asked != SIGUSR2)
			continue;
		fresh_asked = 0;
		if (strcmp(role, "master-deaf") == 0)
			continue;
		/* as if the master restarted a worker in that moment */
		if (strcmp(role, "master-worker") == 0 && fork() == 0) {
			fresh_end_with_parent();
			for (;;)
				(void)pause();
		}
		if (fork() == 0)
			fresh_child(role);
	}
}

static inline void fresh_play(const char *role)
{
	const char *list = getenv("NGINX");

	if (strncmp(role, "master", 6) == 0)
		fresh_play_master(role);
	if (strcmp(role, "silent") == 0)
		_exit(0);
	if (strcmp(role, "new") != 0)
		return;
	list = list ? list : "none";
	(void)!write(READY_FD, list, strlen(list));
	_exit(0);
}

#endif
