/*
 * A master that is a child of the test and does nothing, with workers that are the test itself,
 * executed under their title: what they read is in their epoll sets. A test's main calls
 * play_worker() where its name is such a title.
 *
 *	begin -> master -> end
 */
#ifndef WORKERS_FIXTURE_H
#define WORKERS_FIXTURE_H

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "os/procfs.h"
#include "trust/subject.h"
#include "waiting_child.h"

enum { READS_MOST = 4 };

#define WORKER  "nginx: worker process"
#define LEAVING "nginx: worker process is shutting down"
#define STARTS  "nginx: master process nginx"

struct worker {
	const char *title; /* NULL: none more */
	int reads[READS_MOST];
	size_t count;
};

/* ---- a worker ---- */

static inline void __attribute__((noreturn)) play_worker(int argc, char **argv)
{
	int set = epoll_create1(EPOLL_CLOEXEC);
	int i;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 2; i < argc; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		if (epoll_ctl(set, EPOLL_CTL_ADD, atoi(argv[i]), &event) < 0)
			_exit(1);
	}
	(void)!write(atoi(argv[1]), "", 1);
	for (;;)
		(void)pause();
}

static inline bool start_worker(const struct worker *w)
{
	char numbers[READS_MOST + 1][16];
	char *argv[READS_MOST + 3] = {(char *)(uintptr_t)w->title, numbers[0]};
	int ready[2];
	char byte;
	size_t i;

	if (pipe(ready) < 0)
		return false;
	(void)snprintf(numbers[0], sizeof(numbers[0]), "%d", ready[1]);
	for (i = 0; i < w->count; i++) {
		(void)snprintf(numbers[i + 1], sizeof(numbers[0]), "%d", w->reads[i]);
		argv[i + 2] = numbers[i + 1];
	}
	if (fork() == 0) {
		for (i = 0; i < w->count; i++)
			(void)fcntl(w->reads[i], F_SETFD, 0);
		(void)execv("/proc/self/exe", argv);
		_exit(126);
	}
	(void)close(ready[1]);
	i = (size_t)read(ready[0], &byte, 1);
	(void)close(ready[0]);
	return i == 1;
}

static inline bool start_workers(const void *arg)
{
	const struct worker *w = arg;

	for (; w->title; w++) {
		if (!start_worker(w))
			return false;
	}
	return true;
}

static inline bool be_busy(const void *arg)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	return start_workers(arg) && sigprocmask(SIG_BLOCK, &set, NULL) == 0;
}

/* Nobody has asked for its end yet. */
static inline bool with_dead_worker(const void *arg)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0 && start_workers(arg);
}

/* ---- a master ---- */

static struct subject master;

static inline void begin_as(child_first *first, const struct worker *workers)
{
	struct believed caller = believed_caller();
	struct proc_signals signals;
	struct distrust why;
	pid_t pid = start_waiting(first, workers);

	/* It has said that it is ready a moment before it sleeps. */
	do
		must(procfs_signals(pid, &signals) == 0, "its state");
	while (signals.state != 'S');
	must(subject_look(pid, &caller, &master, &why) == 0, "a master");
}

static inline void begin(const struct worker *workers)
{
	begin_as(start_workers, workers);
}

static inline void end(void)
{
	pid_t pid = master.process.pid;

	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	subject_close(&master);
}

#endif
