/* The files of the lock: whom they name as holder, and that strange files there do no harm. */
#define _GNU_SOURCE /* unshare */
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "lock_fixture.h"
#include "os/procfs.h"

/* A run that waits for a lock is not taken for its holder: the file of a dead holder is removed. */
static void waiters_are_no_holders(void)
{
	struct other other = start_holder_on(folder_path("real/nginx.pid"));
	DIR *dir = opendir(home);
	struct dirent *entry;
	int fd = -1;

	must(dir != NULL, home);
	while (fd < 0 && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "run-", 4) == 0)
			fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
	}
	(void)closedir(dir);
	must(fd >= 0, "the holder's file");
	kill_holder(other);
	must(flock(fd, LOCK_SH) == 0, "flock");
	same_number(try(folder_path("real/nginx.pid")), 0,
		    "a dead run that somebody else still waits for is not held");
	(void)close(fd);
}

/* Only one run at a time looks and writes: else two could find no other, and both take the lock. */
static void one_at_a_time(void)
{
	struct pollfd answer = {.events = POLLIN};
	int gate = open(home_path("lock"), O_RDWR | O_CLOEXEC);
	int done[2];
	pid_t pid;

	must(gate >= 0 && flock(gate, LOCK_EX) == 0, home_path("lock"));
	must(pipe(done) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		(void)close(gate);
		_exit(try(folder_path("real/nginx.pid")) == 0 && write(done[1], "y", 1) == 1);
	}
	(void)close(done[1]);
	answer.fd = done[0];
	same_number(poll(&answer, 1, 200), 0, "it waits while another run looks");
	(void)flock(gate, LOCK_UN);
	same_number(poll(&answer, 1, 20000) > 0 && (answer.revents & POLLIN), 1, "and no longer");
	(void)waitpid(pid, NULL, 0);
	(void)close(gate);
	(void)close(done[0]);
}

static void who_holds(void)
{
	struct lock_subjects s;
	struct process p;
	struct other other;
	char what[64] = "";

	on_pid_file(&s, folder_path("link/nginx.pid"));
	same_number(lock_holder(&s, &p, what, sizeof(what), NULL), -ESRCH, "nobody holds it");
	other = start_holder_on(folder_path("real/nginx.pid"));
	same_number(lock_holder(&s, &p, what, sizeof(what), NULL), 0, "somebody holds it");
	same_text(what, "upgrade", "and at what it is");
	same_number(p.pid, other.pid, "who");
	process_close(&p);
	kill_holder(other);
	same_number(lock_holder(&s, &p, what, sizeof(what), NULL), -ESRCH, "nobody who is dead");
}

/* What the holder does is told as it wrote it, also where it is about to end. */
static void whether_it_ends(void)
{
	struct lock_subjects s;
	struct process master = PROCESS_NONE;
	struct process p;
	struct lock lock;
	char what[64] = "";
	char busy[64];
	bool ends = true;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	must(process_open(pid, &master) == 0, "the child");
	on_pid_file(&s, folder_path("real/nginx.pid"));
	must(lock_on_process(&s, &master) == 0, "the master");
	process_close(&master);
	must(lock_take(&lock, &s, "restart", 0, busy, sizeof(busy)) == 0, "the lock");
	same_number(lock_holder(&s, &p, what, sizeof(what), &ends), 0,
		    "held while its master lives");
	same_number(ends, false, "and does not end");
	process_close(&p);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	same_number(lock_holder(&s, &p, what, sizeof(what), &ends), 0,
		    "held when its master has gone");
	same_text(what, "restart", "and at what it is");
	same_number(ends, true, "and may end soon");
	process_close(&p);
	lock_release(&lock);

	on_pid_file(&s, folder_path("real/nginx.pid"));
	must(lock_take(&lock, &s, "upgrade", 0, busy, sizeof(busy)) == 0, "the lock again");
	lock_ends(&lock);
	same_number(lock_holder(&s, &p, what, sizeof(what), &ends), 0,
		    "held when it says that it ends");
	same_text(what, "upgrade", "and at what it is");
	same_number(ends, true, "and ends");
	process_close(&p);
	lock_release(&lock);
}

/*
 * Holds a file of that content, as a run does, and tries to take the lock. Returns the result of
 * lock_holder().
 */
static int holder_of(const char *first, const char *note, int *ret_take)
{
	struct lock_subjects s;
	struct process p;
	char text[2048];
	char what[64];
	int fd;
	int r;

	on_pid_file(&s, folder_path("real/nginx.pid"));
	(void)snprintf(text, sizeof(text), "%s\n%s\n", first, note ? note : s.list[0]);
	home_file("run-1-0", text);
	fd = open(home_path("run-1-0"), O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && flock(fd, LOCK_EX) == 0, "flock");
	r = lock_holder(&s, &p, what, sizeof(what), NULL);
	if (!r)
		process_close(&p);
	*ret_take = try(folder_path("real/nginx.pid"));
	(void)close(fd);
	return r;
}

static void false_words(void)
{
	struct other stranger = start_holder_on(folder_path("other/nginx.pid"));
	struct proc_stat stat;
	char line[128];
	int take;

	must(procfs_stat(stranger.pid, &stat) == 0, "procfs_stat");
	(void)snprintf(line, sizeof(line), "%d %llu upgrade", (int)stranger.pid,
		       (unsigned long long)stat.start_ticks);
	same_number(holder_of(line, NULL, &take), -ESRCH,
		    "a stranger that a file names is not believed");
	must(procfs_stat(getpid(), &stat) == 0, "procfs_stat");
	(void)snprintf(line, sizeof(line), "%d %llu upgrade", (int)getpid(),
		       (unsigned long long)stat.start_ticks + 1);
	same_number(holder_of(line, NULL, &take), -ESRCH, "nor one that started at another time");
	(void)snprintf(line, sizeof(line), "%d %llu upgrade", (int)getpid(),
		       (unsigned long long)stat.start_ticks);
	same_number(holder_of(line, NULL, &take), 0, "who has it open is");
	same_number(holder_of("upgrade", NULL, &take), -ESRCH, "a file that says nothing of use");
	same_number(take, -EWOULDBLOCK, "but is held");
	same_text(holder, "another run", "by nobody that is known");
	same_number(holder_of("-1 0 upgrade", NULL, &take), -ESRCH, "a pid that is none");
	end_holder(stranger);
}

static void hostile_files(void)
{
	struct stat st;
	int take;

	(void)holder_of("1 1 x", "garbage", &take);
	same_number(take, 0, "garbage that is held is in nobody's way");
	same_number(try(folder_path("real/nginx.pid")), 0, "nor is what is not held");
	ok(lstat(home_path("run-1-0"), &st) < 0, "and is swept");
	(void)folder_file("precious", "x", 1, 0600);
	must(symlink(folder_path("precious"), home_path("run-2-0")) == 0, "symlink");
	must(mkfifo(home_path("run-3-0"), 0600) == 0, "mkfifo");
	must(mkdir(home_path("run-4-0"), 0700) == 0, "mkdir");
	home_file("other", "not ours to remove");
	same_number(try(folder_path("real/nginx.pid")), 0, "links, pipes and folders are, neither");
	ok(stat(folder_path("precious"), &st) == 0, "what a link names is left");
	ok(lstat(home_path("other"), &st) == 0, "and so is what is no run's");
	(void)unlink(home_path("run-2-0"));
	(void)unlink(home_path("run-3-0"));
	(void)rmdir(home_path("run-4-0"));
	(void)unlink(home_path("other"));
}

/* A run whose file cannot be opened may act on the same nginx. One more descriptor each time. */
static void without_descriptors(void)
{
	enum { ENOUGH = 64 };
	struct other other = start_holder_on(folder_path("real/nginx.pid"));
	struct rlimit limit;
	unsigned taken = 0;
	unsigned refused = 0;
	int r = 0;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	for (limit.rlim_cur = 3; limit.rlim_cur < ENOUGH && r != -EWOULDBLOCK; limit.rlim_cur++) {
		must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
		r = try(folder_path("real/nginx.pid"));
		taken += r == 0;
		refused += r == -EMFILE;
	}
	limit.rlim_cur = ENOUGH;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	same_number(taken, 0, "the lock of another is not taken for want of descriptors");
	ok(refused > 2, "that is refused at each place where one is missing");
	same_number(r, -EWOULDBLOCK, "and with enough the other is found");
	end_holder(other);
}

static void hostile_folder(void)
{
	struct lock lock;

	must(chmod(home, 0777) == 0, "chmod");
	same_number(try(folder_path("real/nginx.pid")), -EPERM, "a folder that others can write");
	must(chmod(home, 0700) == 0, "chmod");
	must(unlink(home_path("lock")) == 0 && mkfifo(home_path("lock"), 0600) == 0, "mkfifo");
	same_number(take_within(&lock, folder_path("real/nginx.pid"), 0), -EPERM,
		    "a pipe in the place of the lock");
	same_text(lock.path, home_path("lock"), "which is named");
	must(unlink(home_path("lock")) == 0, "unlink");
	must(symlink(folder_path("precious"), home_path("lock")) == 0, "symlink");
	same_number(try(folder_path("real/nginx.pid")), -ELOOP, "a link in its place");
	must(unlink(home_path("lock")) == 0 && rmdir(home) == 0, "rmdir");
	must(symlink(folder, home) == 0, "symlink");
	same_number(try(folder_path("real/nginx.pid")), -EPERM, "a link in the folder's place");
	must(unlink(home) == 0, "unlink");
	same_number(try(folder_path("real/nginx.pid")), 0,
		    "the folder is made where it is missing");
}

/* A run of root that acts as another user still uses root's folder. */
static void acting_as_another(void)
{
	struct lock_subjects s;
	struct process p;
	struct other other;
	struct stat st;
	char what[64] = "";
	char name[32];
	pid_t pid;
	int status = -1;

	if (geteuid() != 0)
		return;
	must(chmod(folder, 0755) == 0, folder);
	on_pid_file(&s, folder_path("real/nginx.pid"));
	become = 54321;
	other = start_holder(&s);
	become = 0;
	(void)snprintf(name, sizeof(name), "run-%d-0", (int)other.pid);
	ok(stat(home_path(name), &st) == 0 && st.st_uid == 0, "its file is root's");
	same_number(try(folder_path("real/nginx.pid")), -EWOULDBLOCK, "root is refused");
	same_number(lock_holder(&s, &p, what, sizeof(what), NULL), 0, "and is told by whom");
	process_close(&p);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		must(identity_become(54322, 54322) == 0, "identity_become");
		_exit(try(folder_path("real/nginx.pid")) == -EWOULDBLOCK &&
		      lock_holder(&s, &p, what, sizeof(what), NULL) == 0 && geteuid() == 54322);
	}
	(void)waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	   "and so is one that acts as a third user");
	end_holder(other);
	same_number(files(), 0, "nothing is left");
}

int main(void)
{
	open_home();
	folder_open();
	make_folder("real");
	make_folder("other");
	make_link("real", "link");
	waiters_are_no_holders();
	one_at_a_time();
	who_holds();
	whether_it_ends();
	false_words();
	hostile_files();
	without_descriptors();
	acting_as_another();
	hostile_folder();
	folder_close();
	return tap_end();
}
