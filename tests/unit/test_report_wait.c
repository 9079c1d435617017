/* What is said while a drain is waited for, where there is no terminal: by a clock of the test's
 * own. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "commands/report_wait.h"
#include "core/run.h"
#include "folder.h"
#include "os/duration.h"
#include "tap.h"
#include "ui/say.h"

#define S ((uint64_t)USEC_PER_SEC)

static struct run run;
static struct init nobody; /* no init system */
static struct worker worker;
static int out; /* what was said */
static unsigned listened;

/* This process has a listener and the server's end of a connection: it plays the worker. */
static unsigned be_served(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listener, (struct sockaddr *)&a, size) == 0 && listen(listener, 9) == 0 &&
		     getsockname(listener, (struct sockaddr *)&a, &size) == 0,
	     "listen");
	listened = ntohs(a.sin_port);
	must(connect(client, (struct sockaddr *)&a, size) == 0 && accept(listener, NULL, NULL) >= 0,
	     "accept");
	must(getsockname(client, (struct sockaddr *)&a, &size) == 0 && close(client) == 0,
	     "a client that has sent its FIN, and is served on");
	return ntohs(a.sin_port);
}

static void drains(void)
{
	memset(&run, 0, sizeof(run));
	run.init = &nobody;
	run.ask.goal = GOAL_FORWARD;
	run.ask.drain_timeout_us = 200 * S;
	run.history.began_us = run.history.phase_since_us = 1000 * S;
	run.history.acted_us[ACT_WINCH] = 1000 * S;
	run.facts.old.alive = true;
	run.facts.old.leaving = 1;
	worker.pid = getpid();
	worker.title = TITLE_LEAVING;
	run.world.old.workers = &worker;
	run.world.old.count = 1;
}

static void wait_at(uint64_t seconds)
{
	struct decision d = {.move = MOVE_WAIT, .phase = PHASE_SHIFTED};

	d.until_us = 1200 * S;
	run.history.now_us = (1000 + seconds) * S;
	drain_watch(&run);
	report_wait(&run, &d);
}

/* All that was said since, to be freed by nobody. */
static char *said(void)
{
	char *text = calloc(1, 4096);

	must(text != NULL && pread(out, text, 4095, 0) >= 0, "pread");
	must(ftruncate(out, 0) == 0 && lseek(out, 0, SEEK_SET) == 0, "empty");
	return text;
}

static void seconds(uint64_t us, const char *want)
{
	char text[32];

	same_text(seconds_text(us, text, sizeof(text)), want, want);
}

int main(void)
{
	struct say_options unlogged = {.prefix = "", .unlogged = true};
	char want[256];
	char *first, *second, *third, *none;
	int before = dup(STDOUT_FILENO);
	unsigned port;

	must(init_begin(&nobody, "none", NULL) == 0, "no init system");
	folder_open();
	port = be_served();
	out = open(folder_path("out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(out >= 0 && before >= 0 && dup2(out, STDOUT_FILENO) >= 0, "dup2");
	say_open(&unlogged);
	drains();
	wait_at(0);
	wait_at(1);
	wait_at(59);
	none = said();
	wait_at(60);
	wait_at(61);
	first = said();
	wait_at(119);
	wait_at(120);
	second = said();
	run.facts.old.leaving = 0;
	wait_at(180);
	third = said();
	must(dup2(before, STDOUT_FILENO) >= 0, "dup2");

	same_text(none, "", "nothing in the first minute");
	(void)snprintf(
		want, sizeof(want),
		"           1 worker still finishes its clients: 1 connection, the oldest from 127.0.0.1:%u to port %u, at least 1min old; 2min 20s left\n",
		port, listened);
	same_text(first, want, "after it one line, with what is left");
	ok(strstr(second, "at least 2min old; 1min 20s left\n") != NULL, "and one at the next");
	same_text(third, "", "and none when nobody leaves any more");
	seconds(59u * S + 999999u, "59 s");
	seconds(75u * S + 1u, "1min 15s");
	seconds(7200u * S, "2h");
	folder_close();
	return tap_end();
}
