/* The lock between runs: what counts as the same nginx, who gets the lock, and when it is free. */
#define _GNU_SOURCE /* unshare */
#include <poll.h>

#include "lock_fixture.h"
#include "os/clock.h"

static const struct {
	const char *path; /* in the test's folder */
	bool same;        /* it is the same file as real/nginx.pid */
} spellings[] = {
	{"real/nginx.pid", true},
	{"link/nginx.pid", true},
	{"link-to-link/nginx.pid", true},
	{"real//nginx.pid", true},
	{"real/nginx.pid/", true},
	{"./real/./nginx.pid", true},
	{"other/../real/nginx.pid", true},
	{"absolute/nginx.pid", true},
	{"real/other.pid", false},
	{"other/nginx.pid", false},
	{"nginx.pid", false},
	{"real/nginx.pid.oldbin", false},
};

static void same_spellings(void)
{
	struct other other;
	size_t i;

	make_folder("real");
	make_folder("other");
	make_link("real", "link");
	make_link("link/../link", "link-to-link");
	make_link(folder, "top");
	make_link("top/real", "absolute");
	other = start_holder_on(folder_path("real/nginx.pid"));
	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		same_number(try(folder_path(spellings[i].path)),
			    spellings[i].same ? -EWOULDBLOCK : 0, spellings[i].path);
	(void)try(folder_path("real/nginx.pid"));
	{
		char want[64];

		(void)snprintf(want, sizeof(want), "upgrade (pid %d)", (int)other.pid);
		same_text(holder, want, "the refused run is told who holds it");
	}
	end_holder(other);
	same_number(try(folder_path("link/nginx.pid")), 0, "when it has ended, it can be had");
	same_number(files(), 0, "and nothing is left");
}

/* A folder that does not exist yet, with a link on the way; then it is created. */
static void before_the_folder_exists(void)
{
	struct other other;

	make_link("not/yet", "later");
	other = start_holder_on(folder_path("later/nginx.pid"));
	same_number(try(folder_path("not/yet/nginx.pid")), -EWOULDBLOCK,
		    "a folder that is missing: the same by a link");
	same_number(try(folder_path("link/../not//yet/./nginx.pid")), -EWOULDBLOCK, "and by P//");
	same_number(try(folder_path("not/yet/other.pid")), 0, "not another file");
	same_number(try(folder_path("not/nginx.pid")), 0, "nor one in another folder");
	make_folder("not");
	make_folder("not/yet");
	same_number(try(folder_path("not/yet/nginx.pid")), -EWOULDBLOCK,
		    "still the same when the folder is made");
	end_holder(other);
	other = start_holder_on(folder_path("not/yet/nginx.pid"));
	must(rmdir(folder_path("not/yet")) == 0, "rmdir");
	make_folder("takes its inode");
	make_folder("not/yet");
	same_number(try(folder_path("later/nginx.pid")), -EWOULDBLOCK,
		    "or when it is removed and made anew");
	end_holder(other);
}

static void processes(void)
{
	struct process self;
	struct process same_pid;
	struct lock_subjects ours;
	struct lock_subjects s;
	struct other other;
	struct lock lock;

	must(process_open(getpid(), &self) == 0, "process_open");
	on_pid_file(&ours, folder_path("real/nginx.pid"));
	must(lock_on_process(&ours, &self) == 0, "lock_on_process");
	other = start_holder(&ours);
	on_pid_file(&s, folder_path("other/second.pid"));
	must(lock_on_process(&s, &self) == 0, "lock_on_process");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), -EWOULDBLOCK,
		    "another pid file of the same master");
	same_pid = self;
	same_pid.start_ticks++;
	on_pid_file(&s, folder_path("other/second.pid"));
	must(lock_on_process(&s, &same_pid) == 0, "lock_on_process");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), 0,
		    "not one that has got its number later");
	lock_release(&lock);
	end_holder(other);
	process_close(&self);
}

static void other_kinds(void)
{
	struct lock_subjects ours;
	struct lock_subjects s;
	struct other other;
	struct lock lock;

	(void)folder_file("nginx.conf", "", 0, 0644);
	make_link("nginx.conf", "also.conf");
	lock_subjects_init(&ours);
	same_number(lock_on_file(&ours, "conf", folder_path("none.conf")), -ENOENT,
		    "a configuration that is missing");
	same_number((long long)ours.count, 0, "is not noted");
	must(lock_on_file(&ours, "conf", folder_path("nginx.conf")) == 0, "lock_on_file");
	must(lock_on_text(&ours, "unit", "a\nunit b") == 0, "lock_on_text");
	other = start_holder(&ours);
	lock_subjects_init(&s);
	must(lock_on_file(&s, "conf", folder_path("also.conf")) == 0, "lock_on_file");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), -EWOULDBLOCK,
		    "the same configuration by a link");
	lock_subjects_init(&s);
	must(lock_on_file(&s, "binary", folder_path("nginx.conf")) == 0, "lock_on_file");
	must(lock_on_text(&s, "unit", "b") == 0, "lock_on_text");
	must(lock_on_text(&s, "unit", "a") == 0, "lock_on_text");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), 0,
		    "not the same file as something else, nor a text with a newline in it");
	lock_release(&lock);
	lock_subjects_init(&s);
	must(lock_on_text(&s, "unit", "a\nunit b") == 0, "lock_on_text");
	same_number(lock_take(&lock, &s, "stop", 0, holder, sizeof(holder)), -EWOULDBLOCK,
		    "the same unit");
	end_holder(other);
}

static void limits(void)
{
	struct lock_subjects s;
	char name[NAME_MAX + 1];
	unsigned i;

	lock_subjects_init(&s);
	memset(name, '\n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	same_number(lock_on_text(&s, "unit", name), -ENAMETOOLONG, "a line that is too long");
	same_number(lock_on_pid_file(&s, "", "nginx.pid"), -EINVAL, "a relative path");
	same_number((long long)s.count, 0, "neither is noted");
	for (i = 0; i < LOCK_LINES_MAX; i++)
		must(lock_on_text(&s, "unit", "x") == 0, "lock_on_text");
	same_number(lock_on_text(&s, "unit", "x"), -E2BIG, "too many lines");
}

static void killed(void)
{
	struct other other = start_holder_on(folder_path("real/nginx.pid"));

	kill_holder(other);
	same_number(files(), 1, "a run that was killed leaves its file");
	same_number(try(folder_path("other/nginx.pid")), 0, "a run on something else");
	same_number(files(), 0, "sweeps it");
	other = start_holder_on(folder_path("real/nginx.pid"));
	kill_holder(other);
	same_number(try(folder_path("real/nginx.pid")), 0, "it is in nobody's way");
}

/* Many processes try to take the lock at the same moment. */
static void many_at_once(void)
{
	enum { MANY = 50 };
	unsigned got = 0;
	unsigned busy = 0;
	unsigned i;
	pid_t pids[MANY];
	int go[2];
	int done[2];
	int status;

	must(pipe(go) == 0 && pipe(done) == 0, "pipe");
	for (i = 0; i < MANY; i++) {
		pids[i] = fork();
		must(pids[i] >= 0, "fork");
		if (pids[i] == 0) {
			struct lock lock;
			char c;
			int r;

			(void)close(go[1]);
			(void)close(done[1]);
			(void)!read(go[0], &c, 1);
			r = take_within(&lock,
					folder_path(i % 2 ? "link/nginx.pid" : "real//nginx.pid"),
					0);
			(void)close(go[0]);
			if (r == 0)
				(void)!read(done[0], &c, 1);
			_exit(r == 0 ? 0 : r == -EWOULDBLOCK ? 1 : 2);
		}
	}
	(void)close(go[1]);
	/* All but the one that holds it exit. */
	for (i = 0; i < MANY - 1; i++) {
		must(waitpid(-1, &status, 0) > 0, "waitpid");
		busy += WIFEXITED(status) && WEXITSTATUS(status) == 1;
	}
	(void)close(done[1]);
	must(waitpid(-1, &status, 0) > 0, "waitpid");
	got = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	(void)close(go[0]);
	(void)close(done[0]);
	same_number(got, 1, "of 50 at once one gets it");
	same_number(busy, MANY - 1, "and 49 are told that it is held");
	same_number(try(folder_path("real/nginx.pid")), 0, "then it can be had");
	same_number(files(), 0, "with nothing left of any");
}

static void waiting(void)
{
	struct other other = start_holder_on(folder_path("real/nginx.pid"));
	uint64_t began_us = clock_us();
	struct lock lock;
	sigset_t alarm_alone;
	pid_t killer;

	(void)sigemptyset(&alarm_alone);
	(void)sigaddset(&alarm_alone, SIGALRM);
	(void)sigprocmask(SIG_BLOCK, &alarm_alone, NULL);
	same_number(take_within(&lock, folder_path("link/nginx.pid"), 200000), -EWOULDBLOCK,
		    "a wait ends at its deadline, also with SIGALRM blocked");
	ok(clock_us() - began_us >= 200000, "not before");
	ok(clock_us() - began_us < 20000000, "nor much later");
	(void)sigprocmask(SIG_UNBLOCK, &alarm_alone, NULL);
	killer = fork();
	must(killer >= 0, "fork");
	if (killer == 0) {
		(void)poll(NULL, 0, 100);
		(void)kill(other.pid, SIGKILL);
		_exit(0);
	}
	(void)close(other.end);
	same_number(take_within(&lock, folder_path("link/nginx.pid"), 60000000), 0,
		    "a wait ends when the holder is killed");
	(void)waitpid(other.pid, NULL, 0);
	(void)waitpid(killer, NULL, 0);
	same_number(files(), 1, "only our own file is there");
	lock_release(&lock);
}

int main(void)
{
	open_home();
	folder_open();
	same_spellings();
	before_the_folder_exists();
	processes();
	other_kinds();
	limits();
	killed();
	many_at_once();
	waiting();
	folder_close();
	return tap_end();
}
