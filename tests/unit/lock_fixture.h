/*
 * For the tests of the lock: a lock folder of their own, and other processes that hold a lock.
 * open_home -> ...
 */
#ifndef LOCK_FIXTURE_H
#define LOCK_FIXTURE_H

#ifndef _GNU_SOURCE
#error "unshare() needs _GNU_SOURCE"
#endif

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "os/identity.h"
#include "os/lock.h"

static char home[64]; /* the lock folder */
static char holder[160];
static unsigned become; /* the user that a holder acts as; 0: ours */

/* Root's lock folder is in /run: this process gets a /run of its own. */
static inline void open_home(void)
{
	if (geteuid() == 0) {
		must(unshare(CLONE_NEWNS) == 0, "unshare");
		must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount /");
		must(mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0, "mount /run");
		(void)snprintf(home, sizeof(home), "/run/nginx-handover");
	} else {
		(void)snprintf(home, sizeof(home), "/tmp/nginx-handover-%u", (unsigned)geteuid());
	}
}

static inline const char *home_path(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static inline void home_file(const char *name, const char *text)
{
	int fd = open(home_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), home_path(name));
	(void)close(fd);
}

/* How many files of runs there are in the lock folder. */
static inline unsigned files(void)
{
	DIR *dir = opendir(home);
	struct dirent *entry;
	unsigned n = 0;

	must(dir != NULL, home);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, "run-", 4) == 0;
	(void)closedir(dir);
	return n;
}

static inline void on_pid_file(struct lock_subjects *s, const char *path)
{
	lock_subjects_init(s);
	must(lock_on_pid_file(s, "", path) == 0, path);
}

static inline int take_within(struct lock *lock, const char *path, uint64_t wait_us)
{
	struct lock_subjects s;

	on_pid_file(&s, path);
	return lock_take(lock, &s, "upgrade", wait_us, holder, sizeof(holder));
}

/* Tries to take the lock on a pid file, and releases it. */
static inline int try(const char *path)
{
	struct lock lock;
	int r = take_within(&lock, path, 0);

	lock_release(&lock);
	return r;
}

struct other {
	pid_t pid;
	int end; /* closed: it releases the lock and exits */
};

/* Starts a process that holds the lock until end_holder(). */
static inline struct other start_holder(const struct lock_subjects *s)
{
	struct other other;
	int ready[2];
	int end[2];
	char c;

	must(pipe(ready) == 0 && pipe(end) == 0, "pipe");
	other.pid = fork();
	must(other.pid >= 0, "fork");
	if (other.pid == 0) {
		struct lock lock;

		(void)close(end[1]);
		if (become && identity_become(become, become) < 0)
			_exit(1);
		if (lock_take(&lock, s, "upgrade", 0, holder, sizeof(holder)) < 0)
			_exit(1);
		(void)!write(ready[1], "y", 1);
		(void)!read(end[0], &c, 1);
		lock_release(&lock);
		_exit(0);
	}
	(void)close(ready[1]);
	(void)close(end[0]);
	must(read(ready[0], &c, 1) == 1, "the holder");
	(void)close(ready[0]);
	other.end = end[1];
	return other;
}

static inline struct other start_holder_on(const char *path)
{
	struct lock_subjects s;

	on_pid_file(&s, path);
	return start_holder(&s);
}

static inline void end_holder(struct other other)
{
	(void)close(other.end);
	(void)waitpid(other.pid, NULL, 0);
}

static inline void kill_holder(struct other other)
{
	(void)kill(other.pid, SIGKILL);
	end_holder(other);
}

static inline void make_folder(const char *name)
{
	must(mkdir(folder_path(name), 0755) == 0, name);
}

static inline void make_link(const char *target, const char *name)
{
	must(symlink(target, folder_path(name)) == 0, name);
}

#endif
