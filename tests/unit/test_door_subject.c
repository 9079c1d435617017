/*
 * The door, as another process: the program has the user, groups, capabilities, limits, folders and
 * namespaces of that process and none of ours, or it is not executed. The program prints what the
 * kernel says about it, which is compared.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "os/identity.h"
#include "door_subject_fixture.h"

static void a_user(void)
{
	same_number(pass_as(&usual, "/bin/cat", "/proc/self/status", NULL), 0, "as a user");
	ok(door_has("Uid:\t54321\t54321\t54321\t54321\n"), "all four ids are his");
	ok(door_has("Gid:\t54322\t54322\t54322\t54322\n"), "and those of the group");
	ok(door_has("Groups:\t7 70000 \n"), "and his other groups");
	ok(door_has("CapPrm:\t0000000000000000\n") && door_has("CapInh:\t0000000000000000\n") &&
		   door_has("CapEff:\t0000000000000000\n"),
	   "no capabilities");
	ok(door_has("NoNewPrivs:\t0\n"), "and what he has not, it has not");
	same_number(
		pass_as(&usual, "/bin/sh", "-c", "pwd; ulimit -Sn; ulimit -Hn; ls /proc/self/fd"),
		0, "his folder and limits");
	same_text(door_output, "/usr\n123\n124\n0\n1\n2\n3\n", "and no descriptor of ours");
	same_number(pass_as(&usual, "/bin/cat", "/etc/shadow", NULL), 0, "it runs");
	same_text(door_output, "", "but reads nothing that he may not read");
	ok(strstr(door_said.text, "ermission denied") != NULL, "since it is refused");
}

static void a_user_by_old_kernels(void)
{
	door_old_kernel();
	a_user();
}

static void its_capabilities(void)
{
	struct kind k = usual;

	k.ambient = true;
	same_number(pass_as(&k, "/bin/cat", "/proc/self/status", NULL), 0, "ambient capabilities");
	ok(door_has("Uid:\t54321\t54321\t54321\t54321\n"), "he is who he is");
	ok(door_has("CapEff:\t0000000000000400\n") && door_has("CapAmb:\t0000000000000400\n"),
	   "with what he has");
	k = usual;
	k.bounded = k.no_new_privs = true;
	same_number(pass_as(&k, "/bin/cat", "/proc/self/status", NULL), 0, "fewer for ever");
	ok(door_has("NoNewPrivs:\t1\n"), "none by exec");
	ok(strstr(door_output, "CapBnd:\t") != NULL &&
		   !(strtoull(strstr(door_output, "CapBnd:\t") + 8, NULL, 16) >> SYS_BOOT & 1),
	   "nor what he cannot get back");
}

static void root_too(void)
{
	struct kind k = {.cwd = "/usr", .gid = 5, .bounded = true, .files = 200};

	same_number(pass_as(&k, "/bin/cat", "/proc/self/status", NULL), 0, "as root");
	ok(door_has("Uid:\t0\t0\t0\t0\n") && door_has("Gid:\t5\t5\t5\t5\n") &&
		   door_has("Groups:\t7 70000 \n"),
	   "with the groups of that process");
	ok(strstr(door_output, "CapPrm:\t") != NULL &&
		   !(strtoull(strstr(door_output, "CapPrm:\t") + 8, NULL, 16) >> SYS_BOOT & 1),
	   "and no capability that it lacks");
	k.gid = 0;
	same_number(pass_as(&k, "/bin/sh", "-c", "pwd; ulimit -n"), 0, "its folder and limits");
	same_text(door_output, "/usr\n200\n", "are taken");
}

static void its_environment(void)
{
	static const char *const names[] = {"GIVEN", "NOT_SET", "FIXED=here", "NGINX", NULL};
	static const char *const none[] = {NULL};
	pid_t pid = start(&usual);
	struct subject s = look_at(pid, SOME_USER);
	struct actor a = actor_of(&s, names);

	must(setenv("OURS", "1", 1) == 0, "setenv");
	same_number(door_pass_at("/usr/bin/env", &a, NULL, NULL), 0, "with what nginx passes on");
	same_text(door_output, "GIVEN=once\nFIXED=here\nTZ=Mars/North\n", "and no more");
	actor_free(&a);
	a = actor_of(&s, none);
	same_number(door_pass_at("/usr/bin/env", &a, NULL, NULL), 0, "nothing is named");
	same_text(door_output, "TZ=Mars/North\n", "the time zone is always passed");
	actor_free(&a);
	a = actor_of(&s, NULL);
	same_number(door_pass_at("/usr/bin/env", &a, NULL, NULL), 0, "all is wanted");
	same_text(door_output, "TZ=Mars/North\nGIVEN=once\n", "but for inherited sockets");
	actor_free(&a);
	subject_close(&s);
	end(pid);
}

/* A root folder with what cat needs, but without /proc and /dev. */
static void another_root(void)
{
	struct kind k = usual;
	char command[1024];

	(void)snprintf(
		command, sizeof(command),
		"mkdir -p '%s/root/in' && cd '%s/root' && echo theirs >in/marker && "
		"chmod -R go+rX . && for f in $(ldd /bin/cat /bin/sh | grep -o ' */[^ ]*\\.so[^ ]*'); "
		"do cp -L --parents $f .; done",
		folder, folder);
	must(system(command) == 0, command);
	(void)snprintf(command, sizeof(command), "%s/root", folder);
	k.root = command;
	k.cwd = "/in";
	same_number(pass_as(&k, "/bin/cat", "/in/marker", "../../../../in/marker"), 0,
		    "another root folder, without /proc");
	same_text(door_output, "theirs\ntheirs\n", "from which nothing leads out");
	ok(DOOR_EXITED_WITH(door_said.status, 0), "all is there");
	same_text(door_said.text, "", "and nothing is missed");
}

static void other_namespaces(void)
{
	struct kind k = usual;

	k.own_namespaces = true;
	k.cwd = "/mnt/theirs";
	same_number(pass_as(&k, "/bin/sh", "-c", "pwd; ls /mnt; grep -c : /proc/self/net/dev"), 0,
		    "other mounts, another network");
	same_text(door_output, "/mnt/theirs\ntheirs\n1\n", "are its own");
	ok(access("/mnt/theirs", F_OK) < 0, "and not ours");
}

static void after_become(void)
{
	struct kind k = usual;
	struct kind as_root = {.cwd = "/", .files = 100};
	pid_t pid;
	pid_t of_root = start(&as_root);
	struct subject root = look_at(of_root, 0);
	struct actor root_actor = {.subject = &root};
	struct subject s;
	struct actor a;

	k.own_namespaces = k.ambient = true;
	k.cwd = "/mnt/theirs";
	pid = start(&k);
	must(identity_become(SOME_USER, SOME_GROUP) == 0, "become");
	s = look_at(pid, SOME_USER);
	a = actor_of(&s, NULL);
	same_number(door_pass_at("/bin/sh", &a, "-c", "pwd; cat /proc/self/status; env"), 0,
		    "when the run is the user's, also into its namespaces");
	ok(door_has("/mnt/theirs\n") && door_has("Uid:\t54321\t54321\t54321\t54321\n") &&
		   door_has("CapEff:\t0000000000000400\n") && door_has("GIVEN=once\n"),
	   "as he is");
	ok(kill(of_root, 0) < 0 && errno == EPERM, "and the run is still the user's");
	same_number(door_pass_at("/bin/cat", &root_actor, "/dev/null", NULL), -EPERM,
		    "but nothing is executed as root then");
	actor_free(&a);
	subject_close(&s);
	identity_lift();
	end(pid);
	end(of_root);
}

static void who_has_changed(void)
{
	pid_t pid = start(&usual);
	struct subject s = look_at(pid, SOME_USER);
	struct actor a = {.subject = &s};
	int r;

	s.image_id.inode++;
	same_number(door_pass_at("/bin/echo", &a, "ran", NULL), -ESRCH,
		    "it executes something else now");
	same_text(door_said.step, "find the master as it was", "which is told");
	s.image_id.inode--;
	same_number(door_pass_at("/bin/echo", &a, "ran", NULL), 0, "it is the same");
	end(pid);
	r = door_pass_at("/bin/echo", &a, "ran", NULL);
	ok(r < 0 && door_output[0] == '\0', "it is gone, and nothing is executed");
	subject_close(&s);
}

static void too_many_processes(void)
{
	struct kind k = usual;
	pid_t other;

	k.uid = SOME_USER + 1;
	k.processes = 1;
	other = start(&k);
	same_number(pass_as(&k, "/bin/echo", "ran", NULL), -EAGAIN,
		    "the user has too many processes");
	ok(strstr(door_said.step, "RLIMIT_NPROC") != NULL, "which is told");
	same_text(door_output, "", "nothing ran");
	end(other);
}

/* Whether the kernel refuses a change of ids, or only pretends to make it: nothing runs as root. */
static void never_as_root(void)
{
	static const long calls[] = {SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_capset};
	static const unsigned errors[] = {EAGAIN, EPERM, 0};
	pid_t pid = start(&usual);
	struct subject s = look_at(pid, SOME_USER);
	struct actor a = {.subject = &s};
	size_t i;
	size_t j;

	for (i = 0; i < 4; i++) {
		for (j = 0; j < 3; j++) {
			int status = 0;
			pid_t apart_pid = fork();

			if (apart_pid == 0) {
				door_break(calls[i], errors[j]);
				(void)door_pass_at("/bin/cat", &a, "/proc/self/status", NULL);
				_exit(door_has("Uid:\t0") || door_has("Uid:\t54321\t0") ||
				      door_has("CapEff:\t000001ff"));
			}
			must(waitpid(apart_pid, &status, 0) == apart_pid, "waitpid");
			ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "nothing runs as root");
		}
	}
	door_break(SYS_setresuid, EAGAIN);
	same_number(door_pass_at("/bin/cat", &a, "/proc/self/status", NULL), -EAGAIN, "it is told");
	same_text(door_said.step, "become the user that the master runs as", "at what");
	same_text(door_output, "", "and nothing runs at all");
	subject_close(&s);
	end(pid);
}

static void an_ordinary_caller(void)
{
	pid_t pid = start(&usual);
	struct subject s;
	struct actor a;

	must(setgroups(0, NULL) == 0 && setresgid(SOME_GROUP, SOME_GROUP, SOME_GROUP) == 0 &&
		     setresuid(SOME_USER, SOME_USER, SOME_USER) == 0,
	     "a user");
	s = look_at(pid, SOME_USER);
	a = actor_of(&s, NULL);
	same_number(door_pass_at("/bin/sh", &a, "-c", "pwd; ulimit -Sn; echo $GIVEN"), 0,
		    "who is that user himself");
	same_text(door_output, "/usr\n123\nonce\n", "has the rest of it");
	s.uid = SOME_USER + 1;
	ok(door_pass_at("/bin/sh", &a, "-c", "echo ran") < 0, "nobody else is become");
	same_text(door_output, "", "and nothing runs");
	end(pid);
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	folder_open();
	(void)chmod(folder, 0755);
	apart(a_user);
	apart(a_user_by_old_kernels);
	apart(its_capabilities);
	apart(root_too);
	apart(its_environment);
	apart(another_root);
	apart(other_namespaces);
	apart(after_become);
	apart(who_has_changed);
	apart(too_many_processes);
	apart(never_as_root);
	apart(an_ordinary_caller);
	folder_close();
	return tap_end();
}
