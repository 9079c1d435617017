/*
 * One message is one datagram; where the log listens on a stream socket, a message ends with a NUL
 * (glibc: misc/syslog.c). When the log has been restarted, the next message connects again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "ui/outlet.h"
#include "ui/system_log.h"

enum { MESSAGE_MAX = 8192 + 128 };

static struct outlet the_log = {.fd = -1};
static bool is_stream;

static int connect_as(int type)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = _PATH_LOG};
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

static int connect_log(void)
{
	int fd = connect_as(SOCK_DGRAM);

	is_stream = fd == -EPROTOTYPE;
	if (is_stream)
		fd = connect_as(SOCK_STREAM);
	if (fd < 0)
		return fd;
	the_log.fd = fd;
	return 0;
}

/* The text ends with a NUL, which is not sent in a datagram. */
static ssize_t send_once(const char *text, size_t length)
{
	ssize_t n;

	if (the_log.fd < 0) {
		int r = connect_log();

		if (r < 0)
			return r;
	}
	n = send(the_log.fd, text, is_stream ? length : length - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	return is_stream ? n : (ssize_t)length;
}

static void disconnect_log(void)
{
	if (the_log.fd >= 0)
		(void)close(the_log.fd);
	the_log.fd = -1;
}

/* An outlet_send_fn. Where no log is running the line counts as sent: nobody misses it. */
static ssize_t send_to_log(struct outlet *o, const char *text, size_t length)
{
	ssize_t n = send_once(text, length);

	(void)o;
	if (n >= 0 || n == -EAGAIN || n == -EINTR)
		return n;
	if (the_log.fd >= 0) {
		disconnect_log();
		n = send_once(text, length);
	}
	return n == -ENOENT || n == -ECONNREFUSED ? (ssize_t)length : n;
}

struct outlet *system_log(void)
{
	if (!the_log.send)
		outlet_open(&the_log, "the system's log (" _PATH_LOG ")", send_to_log, -1);
	return &the_log;
}

void system_log_put(int priority, const char *line)
{
	char text[MESSAGE_MAX];
	char when[32] = "";
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (localtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%h %e %T ", &tm);
	n = snprintf(text, sizeof(text), "<%d>%snginx-handover[%d]: %s", LOG_DAEMON | priority,
		     when, (int)getpid(), line);
	if (n < 0)
		return;
	outlet_put(system_log(), text, (size_t)n < sizeof(text) ? (size_t)n + 1 : sizeof(text));
}
