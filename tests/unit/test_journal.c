/*
 * What the journal gets of an entry: every field, also of the entry of the history, which has the
 * most of all. A socket in a /run of our own plays journald.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands/history.h"
#include "init/systemd.h"
#include "other_user.h"
#include "ui/say.h"

#define JOURNAL "/run/systemd/journal/socket"

static char entry[65536];

static int journald(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = JOURNAL};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	must(unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		     mount("run", "/run", "tmpfs", 0, "mode=755") == 0,
	     "a /run of our own");
	must(mkdir("/run/systemd", 0755) == 0 && mkdir("/run/systemd/journal", 0755) == 0 &&
		     bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0,
	     "a socket in the place of journald's");
	return fd;
}

static void has(const char *line)
{
	char wanted[256];

	(void)snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	ok(strstr(entry, wanted) != NULL, line);
}

static void of_the_history(void)
{
	static struct systemd s;
	static const struct say_options quiet = {.quiet = true, .prefix = ""};
	static struct handover one = {.number = 12,
				      .result = HANDOVER_UNDONE,
				      .seconds = 1700000000,
				      .code = 150,
				      .old_pid = 7,
				      .new_pid = 8,
				      .took_us = 9,
				      .until_alone_us = 10,
				      .cut = 11,
				      .verb = "upgrade",
				      .from = "1.18.0",
				      .to = "1.22.1",
				      .path = "/usr/sbin/nginx",
				      .reason = "the new master has died"};
	int fd = journald();
	size_t i;

	for (i = 0; i < PHASE_COUNT; i++)
		one.passed_us[i] = 100 + i;
	s.attached = getpid();
	(void)snprintf(s.unit, sizeof(s.unit), "nginx.service");
	systemd_journal_about(&s);
	systemd_journal_open(true);
	say_open(&quiet);
	history_say(&one, false);
	must(recv(fd, entry, sizeof(entry) - 1, MSG_DONTWAIT) > 0, "it is written");
	has("SYSLOG_IDENTIFIER=nginx-handover");
	has("MESSAGE_ID=be5511c09ab04fa797b044835987a07f");
	has("HANDOVER_EVENT=handover");
	has("OBJECT_SYSTEMD_UNIT=nginx.service");
	has("NUMBER=12");
	has("PATH=/usr/sbin/nginx");
	has("UNTIL_ALONE_US=10");
	has("SHIFTED_US=103");
	has("LOST_US=106");
	has("CUT=11");
	has("REASON=the new master has died");
	(void)close(fd);
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	apart(of_the_history);
	return tap_end();
}
