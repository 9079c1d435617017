/*
 * A program whose first parent ends: who becomes its parent, what it inherits, and what is reported
 * of a program that has ended or cannot be executed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "folder.h"
#include "door_fixture.h"
#include "os/procfs.h"
#include "os/process.h"

enum { BECOME_SUBREAPER = 36 };

static struct actor ourselves;

static int foster(const char *script, struct foster *ret)
{
	struct program sh = door_program("/bin/sh");
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct door_spec spec = {.program = &sh,
				 .actor = &ourselves,
				 .argv = argv,
				 .own_streams = true,
				 .stays = true,
				 .wake_fd = -1};
	const char *step = "";
	int r = door_foster(&spec, ret, &step);

	program_close(&sh);
	return r;
}

static pid_t parent_of(pid_t pid, pid_t *ret_session)
{
	struct proc_stat stat;

	must(procfs_stat(pid, &stat) == 0, "stat");
	*ret_session = stat.session;
	return stat.parent;
}

static void one_that_goes_on(void)
{
	struct foster f;
	pid_t session;
	int status;

	same_number(foster("test \"${NGINX-no}${ANGIE-no}\" = '' && exec tail -f /dev/null", &f), 0,
		    "it is executed");
	same_number(parent_of(f.pid, &session), f.keeper, "the keeper is its parent");
	same_number(session, f.pid, "it has a session of its own");
	same_number(door_foster_release(&f, &status), 1, "it goes on");
	same_number(parent_of(f.pid, &session), getpid(), "then we are");
	must(kill(f.pid, SIGKILL) == 0 && waitpid(f.pid, &status, 0) == f.pid, "its end");
	ok(WIFSIGNALED(status), "which is told to us");
	same_number(waitpid(-1, &status, WNOHANG), -1, "nobody else is left");
}

static void one_that_ends(void)
{
	struct process p = PROCESS_NONE;
	struct foster f;
	int status = 0;
	int i;

	same_number(foster("exit 7", &f), 0, "it is executed");
	if (process_open(f.pid, &p) == 0) {
		for (i = 0; i < 100 && process_alive(&p); i++)
			process_wait(&p, 100000);
		process_close(&p);
	}
	same_number(door_foster_release(&f, &status), 0, "it has ended");
	ok(DOOR_EXITED_WITH(status, 7), "with its exit code");
}

static void one_that_cannot(void)
{
	char path[] = "/bin/sh";
	struct program sh = door_program(path);
	char *argv[] = {path, NULL};
	struct door_spec spec = {.program = &sh,
				 .actor = &ourselves,
				 .argv = argv,
				 .own_streams = true,
				 .wake_fd = -1};
	const char *step = "";
	struct foster f;
	int status;

	(void)close(sh.fd);
	(void)close(sh.folder);
	sh.folder = -1;
	sh.fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ok(door_foster(&spec, &f, &step) < 0, "what cannot be executed is told");
	same_text(step, "execute", "at what");
	same_number(waitpid(-1, &status, WNOHANG), -1, "and nothing is left of it");
	program_close(&sh);
}

int main(void)
{
	ourselves = actor_ourselves();
	must(prctl(BECOME_SUBREAPER, 1, 0, 0, 0) == 0, "prctl");
	must(setenv("NGINX", "7;", 1) == 0, "setenv");
	one_that_goes_on();
	one_that_ends();
	one_that_cannot();
	return tap_end();
}
