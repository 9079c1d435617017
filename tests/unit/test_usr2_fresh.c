/*
 * USR2 without inheriting some sockets: with masters whose children do all that could interfere,
 * and with the tracer killed at each of its calls. In every case the master goes on, untraced, and
 * its next USR2 is an ordinary one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/ptrace.h>

#include "filter_fixture.h"
#include "fresh_fixture.h"
#include "os/compat.h"
#include "os/procfs.h"

static const int quic[] = {QUIC_FD, MORE_QUIC_FD};
static struct usr2_freshened came;

/* ---- killed at a call ---- */

static struct {
	pid_t spared; /* the test itself, which is not killed */
	int at;       /* at which call, counted from 0; -1: none */
	int count;    /* of calls so far */
	bool after;   /* killed after the call, else before it */
	bool at_usr2; /* who sends USR2 is killed right after it */
} killing = {0, -1, 0, false, false};

static void one_more(bool after)
{
	if (killing.at < 0 || getpid() == killing.spared || after != killing.after)
		return;
	if (killing.count++ == killing.at)
		(void)kill(getpid(), SIGKILL);
}

static void real_call(void *ret, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(ret, &found, sizeof(found));
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	int (*real)(idtype_t, id_t, siginfo_t *, int);
	int r;

	real_call(&real, "waitid");
	one_more(false);
	r = real(type, id, info, options);
	one_more(true);
	return r;
}

/*
 * syscall(2), always with six arguments: with va_arg() the missing ones would be read from the
 * caller's frame.
 */
long any_call(long number, long a, long b, long c, long d, long e, long f) __asm__("syscall");

long any_call(long number, long a, long b, long c, long d, long e, long f)
{
	long (*real)(long, ...);
	long r;

	real_call(&real, "syscall");
	one_more(false);
	r = real(number, a, b, c, d, e, f);
	one_more(true);
	if (killing.at_usr2 && number == SYS_pidfd_send_signal && b == SIGUSR2)
		(void)kill(getpid(), SIGKILL);
	return r;
}

ssize_t write(int fd, const void *text, size_t size)
{
	ssize_t (*real)(int, const void *, size_t);
	ssize_t r;

	real_call(&real, "write");
	one_more(false);
	r = real(fd, text, size);
	one_more(true);
	return r;
}

ssize_t pwrite64(int fd, const void *text, size_t size, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t);
	ssize_t r;

	real_call(&real, "pwrite64");
	one_more(false);
	r = real(fd, text, size, at);
	one_more(true);
	return r;
}

/* ---- the tests ---- */

static int ask_for(const int *numbers, size_t count, const char *wanted, uint64_t timeout_us)
{
	struct usr2_fresh ask = {&fresh_subject, {0, 0}, numbers, count, timeout_us};

	if (wanted)
		must(file_id_of(folder_path(wanted), &ask.wanted) == 0, wanted);
	return usr2_fresh(&ask, &came);
}

static int ask(void)
{
	return ask_for(quic, 2, "plain", 5000000);
}

static pid_t tracer_of(pid_t pid)
{
	struct proc_status status;

	must(procfs_status(pid, &status) == 0, "a status");
	return status.tracer;
}

/* The master is not traced, and obeys an ordinary USR2. */
static bool goes_on(const char *want)
{
	pid_t pid = fresh_master.pid;
	bool good = runs(&fresh_master) && tracer_of(pid) == 0;

	good = good && kill(pid, SIGUSR2) == 0 && strcmp(fresh_list(FRESH_PATIENT_S), want) == 0;
	return good;
}

static void ordinary(void)
{
	const int one[] = {QUIC_FD};

	fresh_begin("master");
	same_number(ask(), 0, "USR2 is sent");
	same_number(came.error, 0, "and the numbers are taken out");
	same_text(fresh_list(FRESH_PATIENT_S), WITHOUT_QUIC, "the new one has what is left");
	printf("# it took %llu us\n", (unsigned long long)came.took_us);
	ok(goes_on(ALL_OF_THEM), "the next USR2 is as always");
	same_number(ask_for(one, 1, NULL, 5000000), 0, "one number, whatever is executed");
	same_text(fresh_list(FRESH_PATIENT_S), WITHOUT_ONE, "the others are left");
	fresh_end();

	fresh_begin("master-worker");
	same_number(ask(), 0, "a worker comes in that moment");
	same_number(came.error, 0, "it is not taken for the new one");
	same_text(fresh_list(FRESH_PATIENT_S), WITHOUT_QUIC, "and that has what is left");
	fresh_end();

	fresh_begin("master-script");
	same_number(ask(), 0, "a script that executes it");
	same_number(came.error, 0, "is followed");
	same_text(fresh_list(FRESH_PATIENT_S), WITHOUT_QUIC, "and it has what is left");
	fresh_end();
}

static void sockets(void)
{
	const int bare[] = {QUIC_FD, BARE_FD}, tcp[] = {TCP_FD}, absent[] = {ABSENT_FD};

	fresh_begin("master");
	same_number(ask_for(bare, 2, "plain", 5000000), -ENOTSUP, "one without SO_REUSEPORT");
	same_number(ask_for(tcp, 1, "plain", 5000000), -ENOTSUP, "one of TCP");
	same_number(ask_for(absent, 1, "plain", 5000000), -ENOTSUP, "one that is not there");
	same_number(ask_for(quic, 0, "plain", 5000000), -EINVAL, "none at all");
	same_text(fresh_list(0), "", "nothing was sent");
	ok(goes_on(ALL_OF_THEM), "and it goes on");
	fresh_end();
}

/* The numbers cannot be removed, and USR2 is an ordinary one. */
static void stays_ordinary(const char *role, const char *wanted, int error, const char *list)
{
	fresh_begin(role);
	same_number(ask_for(quic, 2, wanted, error == -ETIMEDOUT ? 200000 : 5000000), 0, role);
	same_number(came.error, error, "  what is told");
	same_text(fresh_list(*list ? FRESH_PATIENT_S : 0), list, "  what the new one has");
	ok(runs(&fresh_master) && tracer_of(fresh_master.pid) == 0, "  nobody is traced");
	ok(came.took_us < 2000000, "  it came back in time");
	fresh_end();
}

static void others(void)
{
	stays_ordinary("master-other", "plain", -ECHILD, ALL_OF_THEM);
	stays_ordinary("master-user", "plain", -ECHILD, ALL_OF_THEM);
	stays_ordinary("master-none", "plain", -ENODATA, "31;32;");
	stays_ordinary("master-without", "plain", -ENOENT, "30;");
	stays_ordinary("master-bare", "plain", -EBADMSG, "none");
	stays_ordinary("master-lost", "plain", -ECHILD, "");
	stays_ordinary("master-stays", "plain", -ETIMEDOUT, "");
	stays_ordinary("master-deaf", "plain", -ETIMEDOUT, "");
	/* only the master's own child counts, not a child of that child */
	stays_ordinary("master-deep", "plain", 0, WITHOUT_QUIC);
}

/* A master that is stopped stays stopped, and handles USR2 when it is continued. */
static void stopped(void)
{
	struct proc_stat stat;

	fresh_begin("master");
	must(kill(fresh_master.pid, SIGSTOP) == 0, "a stop");
	same_number(ask_for(quic, 2, "plain", 200000), 0, "a master that was stopped");
	same_number(came.error, -ETIMEDOUT, "executes nothing");
	do
		must(procfs_stat(fresh_master.pid, &stat) == 0, "a state");
	while (stat.state != 'T' && stat.state != 'S');
	ok(stat.state == 'T', "and stays so");
	must(kill(fresh_master.pid, SIGCONT) == 0, "to go on");
	same_text(fresh_list(FRESH_PATIENT_S), ALL_OF_THEM, "it goes on as always");
	ok(goes_on(ALL_OF_THEM), "and again");
	fresh_end();
}

static void another_tracer(void)
{
	pid_t pid;
	int said_so[2];
	char byte;

	fresh_begin("master");
	must(pipe(said_so) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)ptrace(PTRACE_SEIZE, fresh_master.pid, NULL, NULL);
		(void)!write(said_so[1], "", 1);
		for (;;)
			(void)pause();
	}
	must(read(said_so[0], &byte, 1) == 1, "a tracer");
	same_number(ask(), -EBUSY, "somebody else traces the master");
	same_text(fresh_list(0), "", "nothing was sent");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	ok(goes_on(ALL_OF_THEM), "and it goes on");
	fresh_end();
}

/* Without CAP_SYS_PTRACE: the new master would not get the capabilities of its file. */
static void without_rights(void)
{
	struct capabilities own;

	fresh_begin("master");
	must(compat_capget(&own) == 0, "our capabilities");
	own.effective &= ~((uint64_t)1 << 19); /* CAP_SYS_PTRACE */
	must(compat_capset(&own) == 0, "fewer of them");
	same_number(ask(), -EPERM, "without CAP_SYS_PTRACE");
	same_text(fresh_list(0), "", "nothing was sent");
	own.effective = own.permitted;
	must(compat_capset(&own) == 0, "all of them");
	ok(goes_on(ALL_OF_THEM), "and it goes on");
	fresh_end();
}

/* A unit's filter that kills a process which calls ptrace(2). */
static void by_a_filter(void)
{
	fresh_begin("master");
	filter_at(SYS_ptrace, SECCOMP_RET_KILL_PROCESS);
	same_number(ask(), -EPERM, "a filter that kills who traces");
	same_text(fresh_list(0), "", "nothing was sent");
	ok(goes_on(ALL_OF_THEM), "and it goes on");
	fresh_end();
}

static void gone(void)
{
	fresh_begin("master");
	(void)kill(fresh_master.pid, SIGKILL);
	(void)waitpid(fresh_master.pid, NULL, 0);
	same_number(ask(), -ESRCH, "a master that is gone");
	fresh_end();
}

/* True: the tracer was killed at that call. */
static bool killed_at(int number, bool after)
{
	const char *list;
	bool good;
	bool was;
	int r;

	fresh_begin("master");
	killing.spared = getpid();
	killing.after = after;
	killing.count = 0;
	killing.at = number;
	r = ask();
	killing.at = -1;
	was = r < 0 || came.error;
	list = r < 0 ? "" : fresh_list(FRESH_PATIENT_S);
	good = r < 0 || strcmp(list, ALL_OF_THEM) == 0 || strcmp(list, WITHOUT_QUIC) == 0;
	if (!was)
		good = strcmp(list, WITHOUT_QUIC) == 0;
	if (!good || !goes_on(ALL_OF_THEM)) {
		printf("# killed %s call %d: r %d, error %d at \"%s\", list \"%s\"\n",
		       after ? "after" : "before", number, r, came.error, came.step, list);
		good = false;
	}
	if (!good)
		ok(false, "killed at a call");
	fresh_end();
	return was;
}

static void killed(void)
{
	int number;

	for (number = 0; killed_at(number, false); number++)
		;
	ok(number >= 8, "killed before each of its calls, no signal and no upgrade is lost");
	printf("# %d calls\n", number);
	for (number = 0; killed_at(number, true); number++)
		;
	ok(number >= 8, "nor after each");
}

/* The tracer goes on without us, and ends by itself. */
static void parent_killed(void)
{
	int status = 0;
	pid_t pid;

	fresh_begin("master");
	pid = fork();
	if (pid == 0) {
		killing.at_usr2 = true;
		(void)ask();
		_exit(0);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "who asks");
	ok(WIFSIGNALED(status), "the parent of the tracer is killed right after USR2");
	same_text(fresh_list(FRESH_PATIENT_S), WITHOUT_QUIC, "the new master has what is left");
	while (tracer_of(fresh_master.pid))
		;
	ok(goes_on(ALL_OF_THEM), "and the next USR2 is as always");
	fresh_end();
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		fresh_play(argv[1]);
		play(argv[1]);
	}
	if (must_be_root())
		return tap_end();
	folder_open();
	must(chmod(folder, 0755) == 0, folder);
	(void)copy("plain", 0, 0, 0755);
	(void)copy("other", 0, 0, 0755);
	{
		static const char script[] = "#!/bin/sh\nexec \"${0%script}plain\" new\n";

		(void)folder_file("script", script, sizeof(script) - 1, 0755);
	}
	apart(by_a_filter); /* first, because call_permitted() keeps its answer */
	ordinary();
	sockets();
	others();
	stopped();
	another_tracer();
	without_rights();
	gone();
	killed();
	parent_killed();
	folder_close();
	return tap_end();
}
