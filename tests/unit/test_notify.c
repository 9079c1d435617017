/*
 * Whom systemd's library is told to speak to, call by call, and as whom; and that nothing of it is
 * left in the environment. The library is played by functions that look at what it would look at.
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "init/systemd.h"
#include "os/identity.h"
#include "other_user.h"

#define MANAGER "/run/systemd/notify"

static char sent_to[64];
static uid_t sent_by;
static pid_t sent_for;
static unsigned sent, waited;

static void take(void)
{
	const char *address = getenv("NOTIFY_SOCKET");

	(void)snprintf(sent_to, sizeof(sent_to), "%s", address ? address : "nobody");
	sent_by = getuid();
}

static int play_notify(pid_t pid, const char *state)
{
	(void)state;
	take();
	sent_for = pid;
	sent++;
	return 1;
}

static int play_barrier(uint64_t timeout_us)
{
	(void)timeout_us;
	take();
	waited++;
	return 0;
}

static const struct libsystemd lib = {play_notify, play_barrier};

static void as_given(const char *want)
{
	same_text(getenv("NOTIFY_SOCKET"), want, "the variable is as it was");
}

/* As restart does it: reports on one generation, opens anew, starts the next. */
static void nobody_waits(void)
{
	(void)unsetenv("NOTIFY_SOCKET");
	systemd_notify_open();
	same_number(systemd_notify_as(&lib, 7, "MAINPID=7"), 1, "the manager is told");
	same_text(sent_to, MANAGER, "at its own address");
	same_number(sent_for, 7, "in another's name");
	as_given(NULL);
	systemd_notify_open();
	ok(!systemd_notify_wanted(), "later steps know that nobody waits");
	same_number(systemd_notify_ready(&lib, "READY=1", 1), 0, "READY is not sent");
	same_number(sent, 1, "to anybody");
	systemd_notify_barrier(&lib, 1);
	same_text(sent_to, MANAGER, "the manager is waited for");
	as_given(NULL);
}

static void somebody_waits(void)
{
	(void)setenv("NOTIFY_SOCKET", "/run/somebody", 1);
	systemd_notify_open();
	(void)systemd_notify_as(&lib, 7, "MAINPID=7");
	same_text(sent_to, MANAGER, "the manager is told at its own address");
	as_given("/run/somebody");
	systemd_notify_open();
	ok(systemd_notify_wanted(), "somebody waits");
	same_number(systemd_notify_ready(&lib, "READY=1", 1), 1, "and is told READY");
	same_text(sent_to, "/run/somebody", "at the address that was given");
	same_number(waited, 1, "and has read it");
	same_number(sent_for, 0, "in our own name");
	as_given("/run/somebody");
}

static void the_run_is_a_users(void)
{
	(void)unsetenv("NOTIFY_SOCKET");
	systemd_notify_open();
	must(identity_become(SOME_USER, SOME_GROUP) == 0, "become");
	(void)systemd_notify_as(&lib, 7, "MAINPID=7");
	same_text(sent_to, MANAGER, "a user's run tells the manager, too");
	same_number(sent_by, 0, "as root, who alone may speak for another process");
	same_number(getuid(), SOME_USER, "and is the user again");
	as_given(NULL);
}

/* Who is in a session has the address of that session's manager. */
static void an_ordinary_caller(void)
{
	(void)setenv("NOTIFY_SOCKET", "/run/user/manager", 1);
	must(setresuid(SOME_USER, SOME_USER, SOME_USER) == 0, "setresuid");
	systemd_notify_open();
	(void)systemd_notify_as(&lib, 7, "MAINPID=7");
	same_text(sent_to, "/run/user/manager", "a user's caller has an address of his own");
	as_given("/run/user/manager");
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	apart(nobody_waits);
	apart(somebody_waits);
	apart(the_run_is_a_users);
	apart(an_ordinary_caller);
	return tap_end();
}
