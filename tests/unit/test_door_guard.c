/*
 * The door with a guard: nothing of a program is left, however it ends or we end. door_look(),
 * which never waits. And a program as another account: in the namespaces of a process, but with
 * none of its rights.
 */
#define _GNU_SOURCE
#include <poll.h>

#include "door_subject_fixture.h"
#include "os/children.h"
#include "os/clock.h"

static struct running c;

static void begin(const struct program *sh, const struct actor *actor, const char *script,
		  uint64_t guard_us)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct door_spec spec = {.program = sh,
				 .actor = actor,
				 .argv = argv,
				 .one_stream = true,
				 .guard_us = guard_us,
				 .wake_fd = -1};

	must(door_start(&spec, &c) == 0, "door_start");
}

static void look_interval(void)
{
	struct pollfd nothing = {-1, 0, 0};

	(void)poll(&nothing, 1, 2);
}

/* Calls door_look() until the program has ended. */
static int looks(void)
{
	uint64_t until_us = clock_us() + PATIENT_US;
	int r;

	while ((r = door_look(&c, &door_said)) == 1 && clock_us() < until_us)
		look_interval();
	return r;
}

/* Calls door_look() until the program has written that text. */
static void looks_until(const char *text)
{
	uint64_t until_us = clock_us() + PATIENT_US;

	do
		must(door_look(&c, &door_said) == 1 && clock_us() < until_us, text);
	while (!strstr(door_said.text, text));
}

static bool is_gone(pid_t pid)
{
	uint64_t until_us = clock_us() + PATIENT_US;

	while (kill(pid, 0) == 0 && clock_us() < until_us)
		look_interval();
	return kill(pid, 0) < 0;
}

/* The pid that follows `word` in the program's text. */
static pid_t said_pid(const char *word)
{
	const char *at = strstr(door_said.text, word);

	must(at != NULL, word);
	return (pid_t)atoi(at + strlen(word));
}

static const char leaves_some[] =
	"setsid sh -c 'echo far $$; exec tail -f /dev/null' & tail -f /dev/null & echo near $!;"
	"while :; do [ -e /proc/$! ] && break; done; read x; echo done; exit 5";

static void told(const struct program *sh)
{
	struct actor ourselves = actor_ourselves();

	begin(sh, &ourselves, "echo out; echo err >&2; exit 6", 0);
	ok(looks() == 0 && DOOR_EXITED_WITH(door_said.status, 6), "a look tells how it ended");
	same_text(door_said.text, "out\nerr\n", "and what it said, in its order");
	begin(sh, &ourselves, "exit 7", PATIENT_US);
	ok(looks() == 0 && DOOR_EXITED_WITH(door_said.status, 7), "also behind a guard");
	begin(sh, &ourselves, "kill -TERM $$", PATIENT_US);
	ok(looks() == 0 && WIFSIGNALED(door_said.status) && WTERMSIG(door_said.status) == SIGTERM,
	   "by a signal, too");
	begin(sh, &ourselves, "ps -o tty= -p $$; exec yes", PATIENT_US);
	looks_until("y\ny\n");
	ok(door_look(&c, &door_said) == 1, "who writes without end does not keep a look");
	door_abandon(&c);
	same_number(c.pid, 0, "and is given up");
}

static void ended_with_it(const struct program *sh)
{
	struct actor ourselves = actor_ourselves();

	begin(sh, &ourselves, leaves_some, PATIENT_US);
	ok(looks() == 0 && DOOR_EXITED_WITH(door_said.status, 5), "one that leaves others behind");
	ok(is_gone(said_pid("near ")), "what is in its group is gone");
	if (strstr(door_said.text, "far "))
		ok(is_gone(said_pid("far ")), "and what has left it");
}

static const char waits[] =
	"setsid sh -c 'echo far $$; exec tail -f /dev/null' & echo self $$; wait";

static void given_up(const struct program *sh)
{
	struct actor ourselves = actor_ourselves();

	begin(sh, &ourselves, waits, PATIENT_US);
	looks_until("far ");
	looks_until("self ");
	door_abandon(&c);
	ok(is_gone(said_pid("self ")) && is_gone(said_pid("far ")), "what is given up is gone");

	begin(sh, &ourselves, waits, 300000);
	looks_until("far ");
	looks_until("self ");
	ok(is_gone(said_pid("self ")) && is_gone(said_pid("far ")),
	   "or its time is over, though we do nothing");
	ok(looks() == 0 && WIFSIGNALED(door_said.status), "which is told");
}

/* The process that starts the guarded program is a child, which is killed. */
static void we_end(const struct program *sh)
{
	struct actor ourselves = actor_ourselves();
	pid_t pids[2] = {0, 0};
	int told_by[2];
	pid_t pid;

	must(pipe2(told_by, O_CLOEXEC) == 0, "pipe");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		begin(sh, &ourselves, waits, PATIENT_US);
		looks_until("far ");
		looks_until("self ");
		pids[0] = said_pid("self ");
		pids[1] = said_pid("far ");
		(void)!write(told_by[1], pids, sizeof(pids));
		(void)kill(getpid(), SIGKILL);
	}
	(void)close(told_by[1]);
	must(read(told_by[0], pids, sizeof(pids)) == (ssize_t)sizeof(pids), "it runs");
	(void)close(told_by[0]);
	(void)waitpid(pid, NULL, 0);
	ok(is_gone(pids[0]) && is_gone(pids[1]), "when we are killed, it is gone");
}

static void as_an_account(const struct program *sh)
{
	static const char *const variables[] = {"ONE=1", "PATH=/usr/bin:/bin", NULL};
	struct kind master = usual;
	struct account account = {SOME_USER, SOME_GROUP, {SOME_GROUP, 4711}, 2};
	struct subject s;
	struct actor a;
	pid_t pid;

	master.uid = 0;
	master.gid = 0;
	master.own_namespaces = true;
	pid = start(&master);
	s = look_at(pid, 0);
	must(actor_at(&s, &account, variables, &a) == 0, "an actor");
	begin(sh, &a, "grep -E '^(Uid|Gid|Groups|Cap)' /proc/self/status; pwd; ls /mnt; env",
	      PATIENT_US);
	ok(looks() == 0 && DOOR_EXITED_WITH(door_said.status, 0), "as another account");
	(void)snprintf(door_output, sizeof(door_output), "%s", door_said.text);
	ok(door_has("Uid:\t54321\t54321\t54321\t54321\n") && door_has("Gid:\t54322\t54322\t"),
	   "is that user");
	ok(door_has("Groups:\t") && strstr(door_output, "4711") && !strstr(door_output, "70000"),
	   "with its groups, not those of the process");
	ok(door_has("CapPrm:\t0000000000000000") && door_has("CapEff:\t0000000000000000") &&
		   door_has("CapInh:\t0000000000000000"),
	   "without a capability");
	ok(door_has("/\n") && door_has("theirs\n"), "where the process is, in the top folder");
	ok(door_has("ONE=1\n") && !strstr(door_output, "GIVEN") && !strstr(door_output, "TZ="),
	   "with what it was given, and nothing else");
	actor_free(&a);

	account.uid = 0;
	must(actor_at(&s, &account, variables, &a) == 0, "an actor");
	begin(sh, &a, "exit 0", PATIENT_US);
	same_number(looks(), -EPERM, "no account is root");
	actor_free(&a);
	subject_close(&s);
	end(pid);
}

static void accounts(void)
{
	struct account a;

	ok(account_find("root", &a) == 0 && a.uid == 0 && a.group_count > 0, "an account by name");
	ok(account_find("0", &a) == 0 && a.uid == 0 && a.gid == 0, "by number");
	same_number(account_find("no-such-user", &a), -ENOENT, "one that is not there");
	same_number(account_find("4294967295", &a), -ENOENT, "nobody has that number");
}

int main(void)
{
	struct program sh;

	must(door_open() == 0, "door_open");
	sh = door_program("/bin/sh");
	told(&sh);
	ended_with_it(&sh);
	given_up(&sh);
	we_end(&sh);
	accounts();
	if (geteuid() == 0)
		as_an_account(&sh);
	program_close(&sh);
	return tap_end();
}
