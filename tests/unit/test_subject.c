/*
 * Vetting of processes: real processes of several users, with every forgery that a user has the
 * rights for.
 */
#define _GNU_SOURCE
#include "subject_fixture.h"

static const struct believed root_alone = {0, NO_USER, NO_GROUP};
static struct distrust why;

static void is(pid_t pid, int want, const char *name)
{
	struct subject s;
	int got = subject_look(pid, &root_alone, &s, &why);

	same_number(got, want, name);
	if (got == 0)
		subject_close(&s);
}

/* DISTRUST_NONE: it is trusted. */
static void is_distrusted(pid_t pid, enum distrust_kind want, const char *name)
{
	is(pid, want == DISTRUST_NONE ? 0 : -EPERM, name);
	ok(why.kind == want, "for that reason");
}

static struct subject look(const struct player *p, const char *name)
{
	struct subject s;
	int got = subject_look(p->pid, &root_alone, &s, &why);

	same_number(got, 0, name);
	must(got == 0, name);
	return s;
}

static void as_mixed_root(void)
{
	be(SOME_USER, 0, 0);
}

/* ---- users ---- */

static void users(void)
{
	const char *path = copy("plain", 0, 0, 0755);
	struct player p = started(path, "wait", NULL);
	struct subject s = look(&p, "root's");

	same_number(s.uid, 0, "is root's");
	ok(!s.other_root && s.root_fd < 0 && s.root[0] == '\0', "and in our own root");
	same_text(s.image_path, path, "and executes that file");
	ok(subject_same(&s) == 0, "it is the same as itself");
	ok(subject_has_user(p.pid, 0) && !subject_has_user(p.pid, SOME_USER), "by its user, too");
	subject_close(&s);
	subject_close(&s);
	finish(&p);

	p = started(path, "wait", as_some_user);
	s = look(&p, "a user's");
	same_number(s.uid, SOME_USER, "is the user's");
	same_number(s.gid, SOME_USER, "with his group");
	ok(subject_has_user(p.pid, SOME_USER) && !subject_has_user(p.pid, 0), "and not root's");
	subject_close(&s);
	finish(&p);

	p = started(path, "wait", as_mixed_root);
	is_distrusted(p.pid, DISTRUST_USER_MIXED, "root but for the real user");
	ok(!subject_has_user(p.pid, 0), "is not root's");
	finish(&p);
	p = started(path, "saved", NULL);
	is_distrusted(p.pid, DISTRUST_USER_MIXED, "a user's with root as the saved one");
	finish(&p);
	/* As nginx's workers: executed by root, then become a user. */
	p = started(path, "drop", NULL);
	s = look(&p, "one that became a user's");
	same_number(s.uid, SOME_USER, "is the user's");
	subject_close(&s);
	finish(&p);
}

static void set_uid(void)
{
	const char *path = copy("set-uid", 0, 0, 04755);
	struct player p = start(path, "zero", as_some_user);

	if (heard(&p) == 0) {
		printf("ok %u - set-uid # skip cannot exist here: mounted nosuid\n", ++tap_count);
		finish(&p);
		return;
	}
	is_distrusted(p.pid, DISTRUST_USER_MIXED, "a set-uid program that set all four to root");
	ok(!subject_has_user(p.pid, 0), "is not root's");
	/* An accomplice may have removed the set-uid bit since, so the mode proves nothing. */
	must(chmod(path, 0755) == 0, path);
	is_distrusted(p.pid, DISTRUST_USER_MIXED, "whatever the mode of the file is now");
	finish(&p);
	p = started(copy("set-gid", 0, SOME_GROUP, 02755), "wait", NULL);
	is_distrusted(p.pid, DISTRUST_SET_ID, "a set-gid file");
	finish(&p);
}

static void dead(void)
{
	struct player p = started(copy("plain", 0, 0, 0755), "wait", NULL);
	struct subject s = look(&p, "one that lives");
	siginfo_t info;

	must(kill(p.pid, SIGKILL) == 0, "kill");
	must(waitid(P_PID, (id_t)p.pid, &info, WEXITED | WNOWAIT) == 0, "waitid");
	is(p.pid, -ESRCH, "a zombie");
	ok(subject_same(&s) == -ESRCH, "is not the same");
	same_number(subject_signal(&s, SIGTERM), -ESRCH, "nor signalled");
	ok(!subject_has_user(p.pid, 0), "nor anybody's");
	finish(&p);
	is(p.pid, -ESRCH, "who is gone");
	ok(subject_same(&s) == -ESRCH, "is not the same");
	same_number(subject_signal(&s, SIGTERM), -ESRCH, "nor signalled");
	subject_close(&s);
	s = subject_none();
	ok(subject_same(&s) == -ESRCH, "nobody is nobody");
	same_number(subject_signal(&s, SIGTERM), -ESRCH, "to whom nothing is sent");
	subject_close(&s);
}

/* ---- namespaces ---- */

static void namespace(const char *role, before_fn *before, enum distrust_kind want,
		      const char *name)
{
	struct player p = start(copy("plain", 0, 0, 0755), role, before);
	pid_t pid = heard(&p);

	if (pid == 0)
		printf("ok %u - %s # skip cannot exist here: no such namespace\n", ++tap_count,
		       name);
	else
		is_distrusted(pid, want, name);
	finish(&p);
}

/* ---- what it executes ---- */

static void executes(uid_t uid, gid_t gid, mode_t mode, before_fn *as, enum distrust_kind want,
		     const char *name)
{
	const char *path = copy("image", 0, 0, 0755);
	struct player p = started(path, "wait", as);

	must(chown(path, uid, gid) == 0 && chmod(path, mode) == 0, path);
	is_distrusted(p.pid, want, name);
	if (want != DISTRUST_NONE) {
		same_text(why.path, path, "it names the file");
		same_number(why.uid, uid, "and its owner");
	}
	finish(&p);
	must(unlink(path) == 0, path);
}

static void images(void)
{
	struct player p;
	struct subject s;
	char text[PATH_MAX + 16];

	executes(0, 0, 0755, NULL, DISTRUST_NONE, "root's file");
	executes(SOME_USER, 0, 0755, NULL, DISTRUST_OWNER, "a user's file, executed by root");
	executes(0, SOME_GROUP, 0775, NULL, DISTRUST_WRITABLE, "a group may write it");
	executes(0, 0, 0757, NULL, DISTRUST_WRITABLE, "everybody may write it");
	executes(SOME_USER, 0, 0755, as_some_user, DISTRUST_NONE, "his own, executed by a user");
	executes(THIRD_USER, 0, 0755, as_some_user, DISTRUST_OWNER, "another user's");
	p = started(copy("image", 0, 0, 0755), "wait", NULL);
	must(unlink(folder_path("image")) == 0, "unlink");
	s = look(&p, "a file that was deleted");
	(void)snprintf(text, sizeof(text), "%s (deleted)", folder_path("image"));
	same_text(s.image_path, text, "the kernel says so");
	ok(read(s.image, text, 4) == 4 && memcmp(text, "\177ELF", 4) == 0, "it can be read");
	ok(subject_same(&s) == 0, "it is the same");
	subject_close(&s);
	finish(&p);
}

static void roots(void)
{
	char path[PATH_MAX];
	struct player p;
	struct subject s;

	(void)copy("plain", 0, 0, 0755);
	(void)folder_file("marker", "x", 1, 0644);
	p = started(folder_path("plain"), "chroot", NULL);
	s = look(&p, "in another root");
	ok(s.other_root && s.root[0] != '\0', "is told so");
	(void)snprintf(path, sizeof(path), "%s/marker", s.root);
	ok(access(path, F_OK) == 0, "its files can be reached");
	finish(&p);
	ok(access(path, F_OK) == 0, "also when it is gone");
	subject_close(&s);
}

/* ---- between the look and the signal ---- */

static void changes(const char *role, before_fn *before, bool want_same, const char *name)
{
	struct player p = started(copy("plain", 0, 0, 0755), role, before);
	struct subject s = look(&p, name);

	tell(&p);
	must(heard(&p) > 0, name);
	ok((subject_same(&s) == 0) == want_same, name);
	same_number(subject_signal(&s, want_same ? 0 : SIGKILL), want_same ? 0 : -ESRCH,
		    want_same ? "it may be signalled" : "it is not signalled");
	ok(runs(&p), "and has got nothing");
	subject_close(&s);
	finish(&p);
}

static void signals(void)
{
	struct player p = started(copy("plain", 0, 0, 0755), "wait", NULL);
	struct subject s = look(&p, "one that stays");
	int status;

	same_number(subject_signal(&s, SIGTERM), 0, "is signalled");
	ok(waitpid(p.pid, &status, 0) == p.pid && WIFSIGNALED(status) &&
		   WTERMSIG(status) == SIGTERM,
	   "by that signal");
	subject_close(&s);
	finish(&p);
	(void)copy("other", 0, 0, 0755);
	changes("exec-same", NULL, true, "it executed the same file again");
	changes("exec-other", NULL, false, "it executed another file");
	changes("become", NULL, false, "it became a user's");
	changes("exec-other", as_some_user, false, "a user's that executed another file");
}

/* ---- members ---- */

static void orphan(const char *role, int want, const char *name)
{
	struct player p = start(copy("plain", 0, 0, 0755), role, NULL);
	pid_t child = heard(&p);
	struct subject master = look(&p, "a master");
	struct process member = PROCESS_NONE;

	must(child > 0 && process_open(child, &member) == 0, "its child");
	same_number(subject_signal_member(&master, &member, 0), 0, "its child is a member");
	must(kill(p.pid, SIGKILL) == 0 && waitpid(p.pid, NULL, 0) == p.pid, "its master's end");
	same_number(subject_signal_member(&master, &member, 0), want, name);
	ok(process_alive(&member), "which has got nothing");
	(void)kill(child, SIGKILL);
	process_close(&member);
	subject_close(&master);
	finish(&p);
}

static void members(void)
{
	struct player p = started(copy("plain", 0, 0, 0755), "wait", NULL);
	struct player other = started(folder_path("plain"), "wait", NULL);
	struct subject master = look(&p, "a master");
	struct process member = PROCESS_NONE;

	must(process_open(other.pid, &member) == 0, "another process");
	same_number(subject_signal_member(&master, &member, SIGKILL), -ESRCH,
		    "what is no child of a master that lives is no member");
	ok(runs(&other), "and has got nothing");
	finish(&other);
	same_number(subject_signal_member(&master, &member, SIGKILL), -ESRCH, "nor who is dead");
	process_close(&member);
	subject_close(&master);
	finish(&p);
	(void)copy("other", 0, 0, 0755);
	orphan("parent", 0, "an orphan that executes the master's file");
	orphan("parent-other", -ESRCH, "an orphan that executes another file");
}

/* ---- reading that fails ---- */

static pid_t roots_own;

static void without_permission(void)
{
	be(SOME_USER, SOME_USER, SOME_USER);
	is(roots_own, -EACCES, "a user looks at root's");
	is(1, -EACCES, "and at the first of all");
}

/* With one more descriptor each time. */
static void without_descriptors(void)
{
	enum { ENOUGH = 64 };
	int got = -EMFILE;
	struct rlimit limit;
	unsigned wrong = 0;
	unsigned failed = 0;
	struct subject s;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	for (limit.rlim_cur = 3; limit.rlim_cur < ENOUGH; limit.rlim_cur++) {
		must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
		got = subject_look(roots_own, &root_alone, &s, &why);
		if (got == 0)
			break;
		failed++;
		wrong += got != -EMFILE || why.error != EMFILE;
	}
	same_number(wrong, 0, "no failed look is anything but a failed look, with its reason");
	ok(failed > 1, "it failed at several places");
	ok(got == 0, "and did not with enough");
}

static void failing_looks(void)
{
	struct player p = started(copy("plain", 0, 0, 0755), "wait", NULL);

	roots_own = p.pid;
	apart(without_permission);
	apart(without_descriptors);
	finish(&p);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		play(argv[1]);
	if (must_be_root())
		return tap_end();
	folder_open();
	must(chmod(folder, 0755) == 0, folder);
	users();
	set_uid();
	dead();
	namespace("pidns", NULL, DISTRUST_NAMESPACE, "another pid namespace");
	namespace("userns", as_some_user, DISTRUST_NAMESPACE, "a user namespace that a user made");
	namespace("userns", NULL, DISTRUST_NONE, "a user namespace that root made");
	images();
	roots();
	signals();
	members();
	failing_looks();
	folder_close();
	return tap_end();
}
