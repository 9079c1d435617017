/* Each action at the desk: who gets which signal, who gets none, and what becomes of the files. */
#define _GNU_SOURCE
#include "core/act.h"
#include "core/observe.h"
#include "core/run.h"
#include "desk_fixture.h"

static struct run run;
static struct facts facts;

/* The world as a run has it after a look. */
static void begin(void)
{
	struct world_found found;

	memset(&run, 0, sizeof(run));
	run.staged = NULL;
	must(desk_world(&run.world, &found), "the desk's world");
	must(observe(&run.world, &facts) == 0, "a look");
	run.facts = facts;
}

static void done(void)
{
	world_close(&run.world);
	desk_empty();
}

static const char *who(pid_t pid)
{
	const struct desk_process *p = desk_find(pid);

	if (old && pid == old->pid)
		return "old";
	if (new && pid == new->pid)
		return "new";
	return p && new && p->parent == new->pid ? "new worker" : "old worker";
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "old: Quit; old worker: Quit": so many signals, sorted. */
static const char *heard(size_t count)
{
	static char text[512];
	char lines[DESK_MAX][64];
	char *sorted[DESK_MAX] = {NULL};
	size_t i;

	text[0] = '\0';
	for (i = 0; i < count; i++) {
		struct desk_signal s;

		if (!desk_next_signal(5000, &s))
			return "less than that";
		(void)snprintf(lines[i], sizeof(lines[i]), "%s: %s", who(s.pid), strsignal(s.sig));
		sorted[i] = lines[i];
	}
	qsort(sorted, count, sizeof(sorted[0]), compare);
	for (i = 0; i < count; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			       i ? "; " : "", sorted[i]);
	return text;
}

static bool nothing_heard(void)
{
	struct desk_signal s;

	return !desk_next_signal(0, &s);
}

static void sends(enum action action, size_t count, const char *want)
{
	same_number(act(&run, action), 0, action_text(action));
	same_text(heard(count), want, "these get it");
}

static void to_masters(void)
{
	two_generations();
	begin();
	sends(ACT_WINCH, 1, "old: Window changed");
	sends(ACT_HUP_OLD, 1, "old: Hangup");
	sends(ACT_HUP, 1, "old: Hangup");
	ok(run.world.old.had_hup, "whose workers of before are known");
	sends(ACT_QUIT_OLD, 1, "old: Quit");
	sends(ACT_TERM_OLD, 1, "old: Terminated");
	sends(ACT_QUIT_NEW, 1, "new: Quit");
	sends(ACT_TERM_NEW, 1, "new: Terminated");
	sends(ACT_QUIT_NEW_WORKERS, 1, "new worker: Quit");
	same_number(act(&run, ACT_QUIT_ORPHANS), 0, "no orphans");
	same_number(act(&run, ACT_COUNT), -EINVAL, "no action");
	same_number(act_reopen(&run), 0, "reopen");
	same_text(heard(2), "new: User defined signal 1; old: User defined signal 1",
		  "both masters");
	same_number(act_reopen_draining(&run), 0, "reopen of old workers");
	same_text(heard(2), "old worker: User defined signal 1; old worker: User defined signal 1",
		  "themselves");
	run.facts.closing = true;
	same_number(act_reopen(&run), 0, "reopen");
	same_text(heard(1), "new: User defined signal 1", "not one that has had QUIT");
	ok(nothing_heard(), "and nobody else");
	done();
}

static void usr2(void)
{
	one_generation();
	begin();
	sends(ACT_USR2, 1, "old: User defined signal 2");
	desk_pid_file("nginx.pid", 1);
	same_number(act(&run, ACT_USR2), -ESTALE, "USR2 with another pid file");
	(void)unlink(desk.pid_path);
	same_number(act(&run, ACT_USR2), -ESTALE, "USR2 without a pid file");
	ok(nothing_heard(), "is not sent");
	done();
}

/* Asked right before the signal. */
static void not_what_they_were(void)
{
	two_generations();
	begin();
	old->title = "/usr/bin/other";
	desk_write();
	same_number(act(&run, ACT_QUIT_OLD), -ESRCH, "a master that has become something else");
	old->title = MASTER_TITLE;
	old->image = "nginx.new";
	desk_write();
	same_number(act(&run, ACT_QUIT_OLD), -ESRCH, "one that executes another file");
	old->image = "nginx";
	new->uid = geteuid() + 1;
	desk_write();
	same_number(act(&run, ACT_QUIT_NEW), -ESRCH, "one of another user");
	same_number(act(&run, ACT_WINCH), -ESRCH, "WINCH while the new master is none");
	new->uid = geteuid();
	desk_write();
	desk_text(desk.list[4].pid, "stat",
		  "1 (other) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 "
		  "1000 10 18446744073709551615 1 1 9 0 0 0 0 0 0\n");
	same_number(act(&run, ACT_QUIT_NEW_WORKERS), 0, "a worker's number is another's now");
	ok(nothing_heard(), "nothing is sent");
	desk_write();
	desk_end(&desk.list[4]);
	same_number(act(&run, ACT_QUIT_NEW_WORKERS), 0, "a worker that is gone is no failure");
	ok(nothing_heard(), "nor anything to be sent");
	done();
}

/* A master may have to stand still first, which takes it a moment. */
static void kills_all_of(enum action action)
{
	unsigned tries = 0;
	int r;

	do {
		r = act(&run, action);
		desk_show_stopped();
		desk_write();
	} while (r == -EAGAIN && ++tries < 100000);
	same_number(r, 0, action_text(action));
}

static void kills(void)
{
	struct desk_process *late;

	two_generations();
	begin();
	late = desk_start(new, MASTER_TITLE); /* forked since the look */
	desk_write();
	kills_all_of(ACT_KILL_NEW);
	ok(desk_is_killed(new), "its master");
	ok(desk_is_killed(&desk.list[4]), "its worker");
	ok(desk_is_killed(late), "and one that has just been forked");
	sends(ACT_QUIT_OLD, 1, "old: Quit");
	kills_all_of(ACT_KILL_OLD);
	ok(desk_is_killed(old) && desk_is_killed(&desk.list[1]) && desk_is_killed(&desk.list[2]),
	   "all three");
	done();
}

static void orphans(void)
{
	one_generation();
	begin();
	desk.list[1].parent = desk.list[2].parent = 1;
	desk_end(old);
	desk_write();
	must(observe(&run.world, &run.facts) == 0 && run.facts.old.orphans == 2, "orphans");
	sends(ACT_QUIT_ORPHANS, 2, "old worker: Quit; old worker: Quit");
	same_number(act(&run, ACT_KILL_ORPHANS), 0, "KILL to them");
	ok(desk_is_killed(&desk.list[1]) && desk_is_killed(&desk.list[2]), "both");
	done();
}

static pid_t written(const char *name)
{
	char text[32] = "";
	int fd = open(folder_path(name), O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return (pid_t)atoi(text);
}

static void pid_files(void)
{
	two_generations();
	begin();
	same_number(act(&run, ACT_RESTORE_PID_FILE), 0, "the pid file is put back");
	ok(written("nginx.pid") == old->pid && access(folder_path("nginx.pid.oldbin"), F_OK) < 0,
	   "by moving what was there");
	(void)unlink(desk.pid_path);
	same_number(act(&run, ACT_RESTORE_PID_FILE), 0, "once more");
	same_number(written("nginx.pid"), old->pid, "by writing it");
	done();
}

static const char *at_target(void)
{
	static char text[16];
	int fd = open(folder_path("nginx"), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void binaries(void)
{
	struct install_error failed;
	struct believed b = {geteuid(), NO_USER, NO_GROUP};
	static struct staged staged;

	one_generation();
	begin();
	same_number(install_stage(&b, "", folder_path("nginx.new"), run.world.target,
				  run.world.old_master.subject.image, &staged, &failed),
		    0, "the new binary is staged");
	run.staged = &staged;
	(void)snprintf(run.old_version, sizeof(run.old_version), "1.18.0");
	same_number(act(&run, ACT_INSTALL), 0, "installed");
	ok(strcmp(at_target(), "new") == 0 && run.ask.restore_binary, "and to be put back");
	ok(file_id_equal(&run.world.wanted, &staged.id), "what is wanted is what was staged");
	ok(strstr(run.backup, "nginx.1.18.0") != NULL, "with a backup");
	install_unstage(&staged);
	same_number(act(&run, ACT_RESTORE_BINARY), 0, "put back");
	same_text(at_target(), "old", "the old one");
	same_number(act(&run, ACT_INSTALL), -ESTALE, "a copy that is not there any more");
	ok(run.failed.step != NULL && strcmp(at_target(), "old") == 0,
	   "is told, and changes nothing");
	(void)unlink(run.backup);
	done();
}

int main(void)
{
	desk_open();
	to_masters();
	usr2();
	not_what_they_were();
	kills();
	orphans();
	pid_files();
	binaries();
	desk_close();
	return tap_end();
}
