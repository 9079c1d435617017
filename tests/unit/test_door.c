/*
 * The door, with programs that are executed as ourselves: what they inherit and what not, what is
 * reported of them, and that the vetted file is what runs. As another process:
 * test_door_subject.c.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sched.h>

#include "folder.h"
#include "door_fixture.h"
#include "other_user.h"
#include "os/identity.h"

static struct actor ourselves;

static int run_for(const char *script, uint64_t timeout_us, int wake_fd, bool forget_pidfd)
{
	struct program sh = door_program("/bin/sh");
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct door_spec spec = {
		.program = &sh, .actor = &ourselves, .argv = argv, .wake_fd = wake_fd};
	struct running c;
	pid_t group;
	int r;

	must(door_start(&spec, &c) == 0, "door_start");
	group = c.pid;
	if (forget_pidfd && c.pidfd >= 0) {
		(void)close(c.pidfd);
		c.pidfd = -1;
	}
	r = door_finish(&c, timeout_us, &door_said);
	(void)kill(-group, SIGKILL); /* what it left behind */
	program_close(&sh);
	return r;
}

static void what_is_told(void)
{
	int wake[2];
	int old;
	int r;

	must(pipe2(wake, O_CLOEXEC) == 0, "pipe");
	for (old = 0; old < 2; old++) {
		r = run_for("echo said >&2; exit 3", PATIENT_US, -1, old);
		ok(r == 0 && DOOR_EXITED_WITH(door_said.status, 3), "its exit code");
		same_text(door_said.text, "said\n", "what it said");
		r = run_for("exec 2>&-; (exit 0); exit 4", PATIENT_US, -1, old);
		ok(r == 0 && DOOR_EXITED_WITH(door_said.status, 4),
		   "it closes its output and goes on");
		r = run_for("tail -f /dev/null 2>&2 & exit 5", PATIENT_US, -1, old);
		ok(r == 0 && DOOR_EXITED_WITH(door_said.status, 5), "it leaves its output open");
		r = run_for("exit 127", PATIENT_US, -1, old);
		ok(r == 0 && DOOR_EXITED_WITH(door_said.status, 127),
		   "127 is an exit code like others");
		r = run_for("exec tail -f /dev/null", 20000, -1, old);
		same_number(r, -ETIMEDOUT, "one that does not end is killed at the deadline");
		ok(WIFSIGNALED(door_said.status) && WTERMSIG(door_said.status) == SIGKILL,
		   "by KILL");
		must(write(wake[1], "", 1) == 1, "write");
		r = run_for("exec tail -f /dev/null", PATIENT_US, wake[0], old);
		same_number(r, -EINTR, "or when we are woken");
		must(read(wake[0], &(char){0}, 1) == 1, "read");
	}
}

static void what_is_given(void)
{
	struct rlimit limit = {1000, RLIM_INFINITY};
	sigset_t set;
	int sig;

	for (sig = 1; sig < 65; sig++)
		(void)signal(sig, sig == SIGCHLD ? SIG_DFL : SIG_IGN);
	(void)sigfillset(&set);
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0, "sigprocmask");
	must(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
	must(dup2(0, 77) == 77 && dup2(0, 9) == 9, "descriptors that are not closed by exec");
	must(setenv("STRANGE", "1", 1) == 0 && setenv("LD_PRELOAD", "/x.so", 1) == 0, "setenv");

	same_number(door_pass_at("/bin/cat", &ourselves, "/proc/self/status", NULL), 0, "it runs");
	ok(door_has("SigBlk:\t0000000000000000\n"), "no signal is blocked");
	ok(door_has("SigIgn:\t0000000000000000\n"), "none is ignored");
	same_number(door_pass_at("/bin/cat", &ourselves, "/proc/self/environ", NULL), 0, "it runs");
	same_text(door_output, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		  "of the environment PATH");
	same_number(door_shell(&ourselves, "echo $LC_ALL ${STRANGE-no} ${LD_PRELOAD-no}"), 0,
		    "it runs");
	same_text(door_output, "C no no\n", "and the language");
	same_number(door_pass_at("/bin/ls", &ourselves, "/proc/self/fd", NULL), 0, "it runs");
	same_text(door_output, "0\n1\n2\n3\n", "no descriptor but that of ls itself");
	same_number(door_shell(&ourselves, "cat; ulimit -f; readlink /proc/self/fd/0"), 0,
		    "it runs");
	same_text(door_output, "unlimited\n/dev/null\n", "no input, and no limit of file sizes");
}

static void what_is_given_by_old_kernels(void)
{
	door_old_kernel();
	what_is_given();
}

static volatile sig_atomic_t kills;

static void count_kill(int sig)
{
	(void)sig;
	kills++;
}

/* From here on each signal that this process sends is counted, and not sent. */
static void trap_kills(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 424, 1, 0), /* pidfd_send_signal */
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog prog = {5, code};

	(void)signal(SIGSYS, count_kill);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0, "a filter");
}

static void children_are_nobodys(void)
{
	struct program sh = door_program("/bin/sh");
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"exit 0", NULL};
	struct door_spec spec = {.program = &sh, .actor = &ourselves, .argv = argv, .wake_fd = -1};
	struct running c;

	(void)signal(SIGCHLD, SIG_IGN);
	trap_kills();
	must(door_start(&spec, &c) == 0, "door_start");
	while (kill(c.pid, 0) == 0 && kills == 0)
		; /* kill() returns nothing of use any more, so wait for the count */
	kills = 0;
	if (c.pidfd >= 0) {
		struct pollfd fd = {c.pidfd, POLLIN, 0};

		must(poll(&fd, 1, 10000) == 1, "its end");
	}
	same_number(door_finish(&c, 0, &door_said), -ECHILD, "its end is not to be had");
	same_number(kills, 0, "and its number, which may be anybody's, is not killed");
	ok(strstr(door_said.step, "SIGCHLD") != NULL, "which is told");
	must(door_open() == 0, "door_open");
	same_number(door_shell(&ourselves, "exit 7"), 0, "after door_open it is");
	ok(DOOR_EXITED_WITH(door_said.status, 7), "with its code");
}

static void opens(void)
{
	sigset_t set;
	int fd;

	(void)sigfillset(&set);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)fflush(stdout);
	fd = dup(1);
	(void)close(0);
	(void)close(1);
	(void)close(2);
	must(door_open() == 0, "door_open");
	must(fcntl(0, F_GETFD) == 0 && fcntl(1, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0,
	     "0, 1 and 2 are open");
	(void)dup2(fd, 1);
	(void)sigprocmask(SIG_SETMASK, NULL, &set);
	ok(!sigismember(&set, SIGCHLD) && sigismember(&set, SIGHUP),
	   "SIGCHLD alone is let through");
	ok(signal(SIGCHLD, SIG_DFL) == SIG_DFL, "and not ignored");
	ok(signal(SIGXFSZ, SIG_DFL) == SIG_IGN, "SIGXFSZ is");
}

static void what_was_vetted_runs(void)
{
	char link_path[PATH_MAX];
	char other[PATH_MAX];
	struct program by_link;
	struct program by_name;
	static const char one[] = "#!/bin/sh\necho one\n";
	static const char two[] = "#!/bin/sh\necho two\n";

	(void)snprintf(link_path, sizeof(link_path), "%s/link", folder);
	must(symlink(folder_file("one", one, sizeof(one) - 1, 0755), link_path) == 0, "symlink");
	(void)snprintf(other, sizeof(other), "%s", folder_file("two", two, sizeof(two) - 1, 0755));
	by_link = door_program(link_path);
	by_name = door_program(folder_path("one"));
	must(unlink(link_path) == 0 && symlink(other, link_path) == 0, "symlink");
	same_number(door_pass(&by_link, &ourselves, NULL, NULL), 0, "a link was swapped");
	same_text(door_output, "one\n", "what was vetted runs");
	must(rename(other, folder_path("one")) == 0, "rename");
	same_number(door_pass(&by_name, &ourselves, NULL, NULL), 0, "its name is another's");
	same_text(door_output, "one\n", "what was vetted runs, too");
	program_close(&by_link);
	program_close(&by_name);
}

static const char *copy_of_cat(const char *name)
{
	char command[2 * PATH_MAX];

	(void)snprintf(command, sizeof(command), "cp -L /bin/cat '%s'", folder_path(name));
	must(system(command) == 0, command);
	return folder_path(name);
}

/* If another file gets the name in the vetted folder, the vetted file is executed all the same. */
static void a_name_is_no_file(void)
{
	struct program p = door_program(copy_of_cat("program"));
	char command[2 * PATH_MAX];

	(void)snprintf(command, sizeof(command), "cp -L /bin/echo '%s/other' && mv '%s/other' '%s'",
		       folder, folder, folder_path("program"));
	must(system(command) == 0, command);
	same_number(door_pass(&p, &ourselves, "/dev/null", NULL), 0, "another has its name");
	same_text(door_output, "", "what was vetted runs");
	program_close(&p);
}

static void its_name(void)
{
	struct program p = door_program(copy_of_cat("nginx"));
	char *argv[] = {(char *)"x", (char *)"/proc/self/comm", NULL};
	int r = door_pass(&p, &ourselves, argv[1], NULL);

	ok(r == 0, "a program runs");
	same_text(door_output, "nginx\n", "its process is called as the file is");
	program_close(&p);
}

static void its_name_by_old_kernels(void)
{
	door_old_kernel();
	its_name();
}

/* The copy is open for writing, and is closed a little later, or never. */
static void is_busy(void)
{
	int fd = open(copy_of_cat("busy"), O_RDWR | O_CLOEXEC);
	struct program p = PROGRAM_NONE;
	int status;
	pid_t pid;

	must(fd >= 0 && program_copy(fd, "busy", &p) == 0, "program_copy");
	same_number(door_pass(&p, &ourselves, "/dev/null", NULL), -ETXTBSY, "it is written still");
	same_text(door_said.step, "execute", "and cannot be executed");
	pid = fork();
	if (pid == 0) {
		(void)poll(NULL, 0, 30);
		_exit(0);
	}
	(void)close(fd);
	same_number(door_pass(&p, &ourselves, "/dev/null", NULL), 0, "its end is waited for");
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	program_close(&p);
}

static void not_executed(void)
{
	struct program p;

	p = door_program(folder_file("text", "hello", 5, 0755));
	same_number(door_pass(&p, &ourselves, NULL, NULL), -ENOEXEC, "a text is no program");
	same_text(door_said.step, "execute", "which is told");
	program_close(&p);
	p = door_program(folder_file("plain", "#!/bin/sh\n", 10, 0644));
	same_number(door_pass(&p, &ourselves, NULL, NULL), -EACCES, "what nobody may execute");
	program_close(&p);
	p = door_program(folder_file("lost", "#!/no/such/interpreter\n", 23, 0755));
	same_number(door_pass(&p, &ourselves, NULL, NULL), -ENOENT,
		    "an interpreter that is not there");
	program_close(&p);
}

static void not_on_noexec(void)
{
	struct program p;

	must(unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		     mount("x", folder, "tmpfs", MS_NOEXEC, "mode=755") == 0,
	     "a mount with noexec");
	p = door_program(copy_of_cat("cat"));
	same_number(door_pass(&p, &ourselves, "/dev/null", NULL), -EACCES, "noexec is obeyed");
	same_text(door_said.step, "execute", "which is told");
	door_old_kernel();
	same_number(door_pass(&p, &ourselves, "/dev/null", NULL), -EACCES, "on old kernels, too");
}

static void own_streams(void)
{
	struct program sh = door_program("/bin/sh");
	char *argv[] = {(char *)"sh", (char *)"-c",
			(char *)"echo out; echo err >&2; cat; echo ${NGINX-no} ${ANGIE-no} "
				"${NGINX_HANDOVER_JSON-no} $TZ",
			NULL};
	struct door_spec spec = {.program = &sh,
				 .actor = &ourselves,
				 .argv = argv,
				 .own_streams = true,
				 .wake_fd = -1};
	const char *path = folder_file("streams", "", 0, 0600);
	const char *input = NULL;
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	ssize_t n;
	int r;

	(void)fflush(stdout);
	must(setenv("NGINX", "6;", 1) == 0 && setenv("ANGIE", "7;", 1) == 0 &&
		     setenv("NGINX_HANDOVER_JSON", "1", 1) == 0 && setenv("TZ", "UTC", 1) == 0,
	     "setenv");
	input = folder_file("input", "in\n", 3, 0600);
	must(fd >= 0 && dup2(open(input, O_RDONLY), 0) == 0, "streams");
	{
		int out = dup(1);
		int err = dup(2);

		must(dup2(fd, 1) == 1 && dup2(fd, 2) == 2, "streams");
		r = door_run(&spec, PATIENT_US, &door_said);
		(void)dup2(out, 1);
		(void)dup2(err, 2);
	}
	same_number(r, 0, "a start");
	n = pread(fd, door_output, sizeof(door_output) - 1, 0);
	door_output[n > 0 ? n : 0] = '\0';
	same_text(door_output, "out\nerr\nin\nno no no UTC\n", "keeps our streams and environment");
	same_text(door_said.text, "", "of which there is no text");
}

static void as_whom(void)
{
	struct believed of_user = {SOME_USER, NO_USER, NO_GROUP};
	struct program p = PROGRAM_NONE;
	static struct distrust why;

	must(program_at(&of_user, "", "/bin/cat", &p, &why) == 0, "program_at");
	same_number(p.runs_as, SOME_USER, "what was vetted for a user");
	same_number(door_pass(&p, &ourselves, "/proc/self/status", NULL), -EPERM,
		    "is not for root");
	same_text(door_said.step, "trust the program", "which is told");
	same_text(door_output, "", "and nothing ran");
	must(identity_become(SOME_USER, SOME_GROUP) == 0, "become");
	same_number(door_pass(&p, &ourselves, "/proc/self/status", NULL), 0, "but for the user");
	ok(door_has("Uid:\t54321\t54321\t54321\t54321\n"), "who it is for good");
	ok(door_has("Gid:\t54322\t54322\t54322\t54322\n"), "and his group");
	ok(door_has("Groups:\t54322 \n"), "and no other");
	ok(door_has("CapPrm:\t0000000000000000\n"), "without capabilities");
	same_number(run_for("exec tail -f /dev/null", 20000, -1, false), -ETIMEDOUT,
		    "and is killed");
}

int main(void)
{
	ourselves = actor_ourselves();
	folder_open();
	(void)chmod(folder, 0755);
	what_is_told();
	apart(opens);
	apart(what_was_vetted_runs);
	apart(a_name_is_no_file);
	apart(its_name);
	apart(is_busy);
	apart(not_executed);
	apart(own_streams);
	if (!must_be_root()) {
		apart(what_is_given);
		apart(what_is_given_by_old_kernels);
		apart(its_name_by_old_kernels);
		apart(children_are_nobodys);
		apart(not_on_noexec);
		apart(as_whom);
	}
	folder_close();
	return tap_end();
}
