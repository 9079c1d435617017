/*
 * Processes of several users, for the tests of vetting. Each executes a copy of the test itself,
 * which then plays a role: it reports that it is ready, and waits for a word or for our end.
 *
 *	copy -> start, started -> (tell, heard) -> finish
 */
#ifndef SUBJECT_FIXTURE_H
#define SUBJECT_FIXTURE_H

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "folder.h"
#include "other_user.h"
#include "trust/subject.h"

#define THIRD_USER ((uid_t)54399)

enum { READY_FD = 20, WORD_FD = 21 };

struct player {
	pid_t pid;
	int ready; /* pipe from the player */
	int word;  /* pipe to the player */
};

/* The path of a copy of the test with that owner and mode. Valid until the end of the test. */
static inline const char *copy(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	const char *path = folder_path(name);
	char command[PATH_MAX + 64];

	(void)snprintf(command, sizeof(command), "cp --remove-destination /proc/%d/exe '%s'",
		       (int)getpid(), path);
	must(system(command) == 0, command);
	must(chown(path, uid, gid) == 0 && chmod(path, mode) == 0, path);
	return path;
}

static inline void be(uid_t real, uid_t effective, uid_t saved)
{
	if (setgroups(0, NULL) < 0 || setresgid(real, real, real) < 0 ||
	    setresuid(real, effective, saved) < 0)
		_exit(126);
}

/* Called in the child before the exec; must exit if it fails. */
typedef void before_fn(void);

static inline struct player start(const char *path, const char *role, before_fn *before)
{
	struct player p;
	int ready[2];
	int word[2];

	must(fflush(stdout) == 0 && pipe(ready) == 0 && pipe(word) == 0, "pipe");
	p.pid = fork();
	must(p.pid >= 0, "fork");
	if (p.pid == 0) {
		if (dup2(ready[1], READY_FD) < 0 || dup2(word[0], WORD_FD) < 0)
			_exit(126);
		(void)close(ready[0]);
		(void)close(ready[1]);
		(void)close(word[0]);
		(void)close(word[1]);
		if (before)
			before();
		(void)execl(path, "nginx: master process /usr/sbin/nginx", role, (char *)NULL);
		_exit(126);
	}
	(void)close(ready[1]);
	(void)close(word[0]);
	must(fcntl(word[1], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ready[0], F_SETFD, FD_CLOEXEC) == 0,
	     "fcntl");
	p.ready = ready[0];
	p.word = word[1];
	return p;
}

/* The number that the player reports; 0: it ended without one. */
static inline pid_t heard(const struct player *p)
{
	pid_t said = 0;

	return read(p->ready, &said, sizeof(said)) == (ssize_t)sizeof(said) ? said : 0;
}

static inline void tell(const struct player *p)
{
	must(write(p->word, "x", 1) == 1, "a word");
}

static inline struct player started(const char *path, const char *role, before_fn *before)
{
	struct player p = start(path, role, before);

	must(heard(&p) > 0, role);
	return p;
}

static inline bool runs(const struct player *p)
{
	return waitpid(p->pid, NULL, WNOHANG) == 0;
}

static inline void finish(struct player *p)
{
	(void)kill(p->pid, SIGKILL);
	(void)waitpid(p->pid, NULL, 0);
	(void)close(p->ready);
	(void)close(p->word);
}

/* ---- in the player ---- */

static inline void say_number(pid_t number)
{
	if (write(READY_FD, &number, sizeof(number)) != (ssize_t)sizeof(number))
		_exit(125);
}

/* False: the test has ended. */
static inline bool wait_word(void)
{
	char byte;

	return read(WORD_FD, &byte, 1) == 1;
}

static inline void __attribute__((noreturn)) say_and_wait(void)
{
	say_number(getpid());
	while (wait_word())
		;
	_exit(0);
}

static inline void as_some_user(void)
{
	be(SOME_USER, SOME_USER, SOME_USER);
}

/* A path beside our own executable; not to be called after a chroot. */
static inline const char *beside(const char *name)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - NAME_MAX - 2);
	char *slash;

	if (n < 0)
		_exit(124);
	path[n] = '\0';
	slash = strrchr(path, '/');
	(void)strcpy(slash + 1, name);
	return path;
}

static inline void __attribute__((noreturn)) play_child(const char *role)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (strcmp(role, "parent-other") == 0)
			(void)execl(beside("other"), "nginx: worker process", "wait", (char *)NULL);
		say_and_wait();
	}
	for (;;)
		(void)pause();
}

static inline void __attribute__((noreturn)) play_new_pids(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		_exit(0);
	pid = fork();
	if (pid == 0) {
		while (wait_word())
			;
		_exit(0);
	}
	say_number(pid);
	for (;;)
		(void)pause();
}

/* What the player does at a word. */
static inline void play_change(const char *role)
{
	say_number(getpid());
	if (!wait_word())
		_exit(0);
	if (strcmp(role, "become") == 0)
		as_some_user();
	else
		(void)execl(beside(strcmp(role, "exec-same") == 0 ? "plain" : "other"),
			    "nginx: master process /usr/sbin/nginx", "wait", (char *)NULL);
}

static inline void __attribute__((noreturn)) play(const char *role)
{
	if (strcmp(role, "zero") == 0)
		be(0, 0, 0);
	else if (strcmp(role, "saved") == 0)
		be(SOME_USER, SOME_USER, 0);
	else if (strcmp(role, "drop") == 0)
		as_some_user();
	else if (strcmp(role, "userns") == 0 && unshare(CLONE_NEWUSER) < 0)
		_exit(0);
	else if (strcmp(role, "pidns") == 0)
		play_new_pids();
	else if (strcmp(role, "chroot") == 0 && (chroot(beside("")) < 0 || chdir("/") < 0))
		_exit(0);
	else if (strncmp(role, "parent", 6) == 0)
		play_child(role);
	else if (strncmp(role, "exec", 4) == 0 || strcmp(role, "become") == 0)
		play_change(role);
	say_and_wait();
}

#endif
