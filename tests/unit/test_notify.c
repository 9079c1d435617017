/*
 * Whom systemd's library is told to speak to, call by call, and as whom; and that nothing of it is
 * left in the environment. The library is played by functions that look at what it would look at.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* --- where libsystemd cannot be opened
 * ------------------------------------------------------------- */

/* The manager's end. address is written as NOTIFY_SOCKET has it. */
static int listen_at(const char *address)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address));
	int on = 1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(sa.sun_path, address, strlen(address));
	if (address[0] == '@')
		sa.sun_path[0] = '\0';
	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 &&
		     bind(fd, (const struct sockaddr *)&sa, length) == 0,
	     "a socket");
	return fd;
}

/* The next datagram, and in whose name it came; "" where there is none. */
static pid_t hear(int fd, char text[256])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {text, 255};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	struct ucred name = {0, 0, 0};
	ssize_t n;

	do { /* what only asks to be read says nothing */
		memset(text, 0, 256);
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		n = recvmsg(fd, &m, 0);
	} while (n > 0 && strcmp(text, "BARRIER=1") == 0);
	if (n >= 0 && CMSG_FIRSTHDR(&m))
		memcpy(&name, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(name));
	return name.pid;
}

static void hears_alone(const char *address)
{
	const struct libsystemd *own = libsystemd_open();
	int fd = listen_at(address);
	char text[256];

	(void)setenv("NOTIFY_SOCKET", address, 1);
	systemd_notify_open();
	same_number(systemd_notify_ready(own, "MAINPID=7\nREADY=1", 1), 1, address);
	same_number(hear(fd, text), getpid(), "it is heard in our own name");
	same_text(text, "MAINPID=7\nREADY=1", "both words in one datagram");
	same_number(own->pid_notify(getppid(), "STATUS=x"), 1, "in another's name");
	same_number(hear(fd, text), getppid(), "it is that one's");
	(void)hear(fd, text);
	same_text(text, "", "and no more than that was sent");
	(void)close(fd);
}

static void a_path(void)
{
	char path[] = "/tmp/notify-XXXXXX";
	char address[64];

	must(mkdtemp(path) != NULL, "a folder");
	(void)snprintf(address, sizeof(address), "%s/socket", path);
	hears_alone(address);
	(void)unlink(address);
	(void)rmdir(path);
}

static void an_abstract_name(void)
{
	char address[64];

	(void)snprintf(address, sizeof(address), "@nginx-handover-test/%d", (int)getpid());
	hears_alone(address);
}

static void without_the_right_to_it(void)
{
	static const char address[] = "@nginx-handover-test/user";
	int fd = listen_at(address);
	char text[256];

	(void)setenv("NOTIFY_SOCKET", address, 1);
	must(setresuid(SOME_USER, SOME_USER, SOME_USER) == 0, "setresuid");
	same_number(libsystemd_open()->pid_notify(getppid(), "STATUS=x"), 1,
		    "who may not speak for another");
	same_number(hear(fd, text), getpid(), "speaks for himself");
	(void)close(fd);
}

/* The manager reads nothing: it is not waited for without an end. */
static void nobody_reads(void)
{
	static const char address[] = "@nginx-handover-test/full";
	int fd = listen_at(address);
	unsigned i;
	int r = 1;

	(void)setenv("NOTIFY_SOCKET", address, 1);
	for (i = 0; i < 10000 && r == 1; i++)
		r = libsystemd_open()->pid_notify(0, "STATUS=x");
	same_number(r, -EAGAIN, "a full socket is an error");
	(void)close(fd);
	same_number(libsystemd_open()->pid_notify(0, "STATUS=x"), -ECONNREFUSED,
		    "one that is closed, too");
	(void)setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
	same_number(libsystemd_open()->pid_notify(0, "STATUS=x"), -EAFNOSUPPORT,
		    "and what is no address of here");
	(void)unsetenv("NOTIFY_SOCKET");
	same_number(libsystemd_open()->pid_notify(0, "STATUS=x"), 0, "nobody is told nothing");
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	apart(nobody_waits);
	apart(somebody_waits);
	apart(the_run_is_a_users);
	apart(an_ordinary_caller);
	apart(a_path);
	apart(an_abstract_name);
	apart(without_the_right_to_it);
	apart(nobody_reads);
	return tap_end();
}
