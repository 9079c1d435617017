/*
 * libdbus without its blocking calls: dbus_bus_get() would wait 25 s for a daemon that hangs. So
 * the connection is opened privately, the greeting is an ordinary call, and only what has arrived
 * is read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "init/bus.h"
#include "init/libdbus.h"
#include "os/clock.h"

#define GREETING_LOOK_US 2000u

/* dbus-daemon(1): the compiled-in address; /var/run is a link to /run where that exists. */
static const char *address(void)
{
	const char *given = getenv("DBUS_SYSTEM_BUS_ADDRESS");

	return given && *given ? given : "unix:path=/var/run/dbus/system_bus_socket";
}

/*
 * connect() blocks once the backlog of a daemon that does not accept is full, and libdbus connects
 * like that. So a first connection that does not block finds out.
 */
static int try_connect(const char *where)
{
	static const char scheme[] = "unix:path=";
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd;
	int r;

	if (strncmp(where, scheme, sizeof(scheme) - 1) != 0)
		return 0;
	where += sizeof(scheme) - 1;
	if (strcspn(where, ",;%") >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, where, strcspn(where, ",;%"));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

int bus_open(struct bus *b, char *ret_why, unsigned size)
{
	static const char name[] = "org.freedesktop.DBus";
	const char *where = address();
	DBusError error;
	int r;

	b->connection = NULL;
	b->fd = -1;
	b->lib = libdbus_open(ret_why, size);
	if (!b->lib)
		return -ENOENT;
	r = try_connect(where);
	if (r < 0) {
		(void)snprintf(ret_why, size, "%s: %s", where,
			       r == -EAGAIN ? "it does not answer" : strerror(-r));
		return r;
	}
	b->lib->error_init(&error);
	b->connection = b->lib->connection_open_private(where, &error);
	if (!b->connection)
		(void)snprintf(ret_why, size, "%s: %s", where, error.message);
	b->lib->error_free(&error);
	if (!b->connection || !b->lib->connection_get_unix_fd(b->connection, &b->fd) ||
	    !bus_call(b, name, "/org/freedesktop/DBus", name, "Hello", NULL)) {
		bus_close(b);
		return -ECONNREFUSED;
	}
	return 0;
}

static bool fill_strings(const struct libdbus *lib, DBusMessageIter *iter, const void *arg)
{
	const char *const *arguments = arg;

	while (arguments && *arguments &&
	       lib->message_iter_append_basic(iter, DBUS_TYPE_STRING, arguments))
		arguments++;
	return !arguments || !*arguments;
}

uint32_t bus_call_filled(struct bus *b, const char *destination, const char *object,
			 const char *interface, const char *method, bus_fill_fn *fill,
			 const void *arg)
{
	dbus_uint32_t serial = 0;
	DBusMessageIter iter;
	DBusMessage *m;

	if (!b->connection)
		return 0;
	m = b->lib->message_new_method_call(destination, object, interface, method);
	if (!m)
		return 0;
	b->lib->message_iter_init_append(m, &iter);
	if (!fill(b->lib, &iter, arg) || !b->lib->connection_send(b->connection, m, &serial))
		serial = 0;
	b->lib->message_unref(m);
	return serial;
}

uint32_t bus_call(struct bus *b, const char *destination, const char *object, const char *interface,
		  const char *method, const char *const *arguments)
{
	return bus_call_filled(b, destination, object, interface, method, fill_strings, arguments);
}

/* There is something to send, and the greeting is over. */
static bool can_write(const struct bus *b)
{
	return b->lib->connection_get_is_authenticated(b->connection) &&
	       b->lib->connection_has_messages_to_send(b->connection);
}

bool bus_turn(struct bus *b, bus_message_fn *fn, void *arg)
{
	enum { ROUNDS = 4 };
	DBusMessage *m;
	int round;

	/*
	 * More than once: what was read may be the bus's part of the greeting, after which we may
	 * write.
	 */
	for (round = 0; b->connection && (round < 2 || (round < ROUNDS && can_write(b))); round++) {
		(void)b->lib->connection_read_write(b->connection, 0);
		while ((m = b->lib->connection_pop_message(b->connection))) {
			fn(b, m, arg);
			b->lib->message_unref(m);
		}
		if (!b->lib->connection_get_is_connected(b->connection))
			bus_close(b);
	}
	return b->connection != NULL;
}

void bus_poll(const struct bus *b, uint64_t until_us)
{
	struct pollfd fd = {b->fd, POLLIN, 0};
	uint64_t now_us = clock_us();
	struct timespec timeout;

	if (now_us >= until_us || !b->connection)
		return;
	/* libdbus may have read a part of the greeting, which poll() does not show. */
	if (!b->lib->connection_get_is_authenticated(b->connection) &&
	    until_us > now_us + GREETING_LOOK_US)
		until_us = now_us + GREETING_LOOK_US;
	if (can_write(b))
		fd.events = POLLIN | POLLOUT;
	timeout = clock_timespec(until_us - now_us);
	(void)ppoll(&fd, 1, &timeout, NULL);
}

void bus_close(struct bus *b)
{
	if (b->connection) {
		b->lib->connection_close(b->connection);
		b->lib->connection_unref(b->connection);
	}
	b->connection = NULL;
	b->fd = -1;
}
