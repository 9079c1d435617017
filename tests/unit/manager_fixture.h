/*
 * systemd's manager, played at the seam where libdbus is opened: each question is answered from a
 * table, in the next turn. A message is a number, of what was asked or answered.
 */
#ifndef MANAGER_FIXTURE_H
#define MANAGER_FIXTURE_H

#include "init/manager_private.h"
#include "tap.h"

enum play_kind { PLAY_TEXT, PLAY_NUMBER, PLAY_TIME, PLAY_JOB };

struct play_property {
	const char *name;
	enum play_kind kind;
	const char *text;
	uint64_t number;
};

/* What it says of the unit; a test changes it. */
static struct play_property play_properties[] = {
	{"MainPID", PLAY_NUMBER, "", 1},
	{"ActiveState", PLAY_TEXT, "active", 0},
	{"Job", PLAY_JOB, "", 0},
	{"ExecMainStatus", PLAY_NUMBER, "", 0},
	{"NotifyAccess", PLAY_TEXT, "main", 0},
	{"Type", PLAY_TEXT, "notify", 0},
	{"KillMode", PLAY_TEXT, "mixed", 0},
	{"PIDFile", PLAY_TEXT, "/run/nginx.pid", 0},
	{"Result", PLAY_TEXT, "success", 0},
	{"TimeoutStartUSec", PLAY_TIME, "", 90000000},
	{"Version", PLAY_TEXT, "219", 0},
	{"JobType", PLAY_TEXT, "stop", 0},
	{"ExecReload", PLAY_TEXT, "/bin/kill", 0},
	{"ExecStop", PLAY_TEXT, "/usr/sbin/nginx-handover", 0},
	{"KillSignal", PLAY_NUMBER, "", 3},
	{"TimeoutStopUSec", PLAY_TIME, "", 90000000},
	{"NeedDaemonReload", PLAY_NUMBER, "", 0},
};
enum { PLAY_PROPERTIES = sizeof(play_properties) / sizeof(play_properties[0]) };

enum { PLAY_MESSAGES = 64 };

static struct play_message {
	char method[32];
	char argument[2][160];
	unsigned arguments;
	dbus_uint32_t serial;
	bool read;
} play_messages[PLAY_MESSAGES];

static unsigned play_count;
static bool play_errors;      /* every question is answered with an error */
static char play_called[256]; /* the methods but Get, with their first argument */

static struct play_property *play_property(const char *name)
{
	unsigned i;

	for (i = 0; i < PLAY_PROPERTIES; i++) {
		if (strcmp(play_properties[i].name, name) == 0)
			return &play_properties[i];
	}
	return NULL;
}

static inline void play_text(const char *name, const char *text)
{
	struct play_property *p = play_property(name);

	must(p != NULL, name);
	p->text = text;
}

static inline void play_number(const char *name, uint64_t number)
{
	struct play_property *p = play_property(name);

	must(p != NULL, name);
	p->number = number;
}

static DBusMessage *play_new_call(const char *destination, const char *path, const char *interface,
				  const char *method)
{
	struct play_message *m = &play_messages[play_count % PLAY_MESSAGES];

	(void)destination;
	(void)path;
	(void)interface;
	memset(m, 0, sizeof(*m));
	m->serial = ++play_count;
	(void)snprintf(m->method, sizeof(m->method), "%s", method);
	return (DBusMessage *)m;
}

static void play_init_append(DBusMessage *message, DBusMessageIter *iter)
{
	iter->dummy1 = message;
}

static dbus_bool_t play_append(DBusMessageIter *iter, int type, const void *value)
{
	struct play_message *m = iter->dummy1;

	if (type == DBUS_TYPE_STRING && m->arguments < 2)
		(void)snprintf(m->argument[m->arguments++], sizeof(m->argument[0]), "%s",
			       *(const char *const *)value);
	return TRUE;
}

static dbus_bool_t play_send(DBusConnection *c, DBusMessage *message, dbus_uint32_t *serial)
{
	struct play_message *m = (struct play_message *)message;
	size_t length = strlen(play_called);

	(void)c;
	*serial = m->serial;
	if (strcmp(m->method, "Get") != 0)
		(void)snprintf(play_called + length, sizeof(play_called) - length, "%s(%s) ",
			       m->method, m->argument[0]);
	return TRUE;
}

static dbus_bool_t play_read_write(DBusConnection *c, int timeout)
{
	(void)c;
	(void)timeout;
	return TRUE;
}

static dbus_bool_t play_yes(DBusConnection *c)
{
	(void)c;
	return TRUE;
}

static dbus_bool_t play_nothing_to_send(DBusConnection *c)
{
	(void)c;
	return FALSE;
}

static DBusMessage *play_pop(DBusConnection *c)
{
	unsigned i;

	(void)c;
	for (i = 0; i < PLAY_MESSAGES; i++) {
		if (play_messages[i].serial && !play_messages[i].read) {
			play_messages[i].read = true;
			return (DBusMessage *)&play_messages[i];
		}
	}
	return NULL;
}

static void play_unref(DBusMessage *message)
{
	(void)message;
}

static int play_type(DBusMessage *message)
{
	(void)message;
	return play_errors ? DBUS_MESSAGE_TYPE_ERROR : DBUS_MESSAGE_TYPE_METHOD_RETURN;
}

static dbus_uint32_t play_reply_serial(DBusMessage *message)
{
	return ((struct play_message *)message)->serial;
}

static const char *play_error_name(DBusMessage *message)
{
	(void)message;
	return play_errors ? "org.freedesktop.DBus.Error.NoReply" : NULL;
}

static const struct play_property *play_asked(const DBusMessageIter *iter)
{
	const struct play_message *m = iter->dummy1;

	return m->arguments == 2 ? play_property(m->argument[1]) : NULL;
}

/* The message itself; recursed into once where it holds a variant, and again where that is a job.
 */
static dbus_bool_t play_init(DBusMessage *message, DBusMessageIter *iter)
{
	memset(iter, 0, sizeof(*iter));
	iter->dummy1 = message;
	return !play_errors && play_asked(iter) != NULL;
}

static int play_arg_type(DBusMessageIter *iter)
{
	const struct play_property *p = play_asked(iter);

	if (!p || iter->dummy3 == 0)
		return DBUS_TYPE_VARIANT;
	switch (p->kind) {
	case PLAY_TEXT: return DBUS_TYPE_STRING;
	case PLAY_TIME: return DBUS_TYPE_UINT64;
	case PLAY_JOB: return iter->dummy3 == 1 ? DBUS_TYPE_STRUCT : DBUS_TYPE_UINT32;
	default: return DBUS_TYPE_UINT32;
	}
}

static void play_recurse(DBusMessageIter *iter, DBusMessageIter *ret)
{
	dbus_uint32_t depth = iter->dummy3;

	*ret = *iter;
	ret->dummy3 = depth + 1;
}

static void play_basic(DBusMessageIter *iter, void *ret)
{
	const struct play_property *p = play_asked(iter);
	dbus_uint32_t number;

	must(p != NULL, "an answer");
	number = (dbus_uint32_t)p->number;
	if (p->kind == PLAY_TEXT)
		memcpy(ret, &p->text, sizeof(p->text));
	else if (p->kind == PLAY_TIME)
		memcpy(ret, &p->number, sizeof(p->number));
	else
		memcpy(ret, &number, sizeof(number));
}

static const struct libdbus play_dbus = {
	.connection_get_is_connected = play_yes,
	.connection_get_is_authenticated = play_yes,
	.connection_has_messages_to_send = play_nothing_to_send,
	.connection_send = play_send,
	.connection_read_write = play_read_write,
	.connection_pop_message = play_pop,
	.message_new_method_call = play_new_call,
	.message_unref = play_unref,
	.message_get_type = play_type,
	.message_get_reply_serial = play_reply_serial,
	.message_get_error_name = play_error_name,
	.message_iter_init = play_init,
	.message_iter_init_append = play_init_append,
	.message_iter_append_basic = play_append,
	.message_iter_get_arg_type = play_arg_type,
	.message_iter_get_basic = play_basic,
	.message_iter_recurse = play_recurse,
};

static inline void play_open(struct manager *m)
{
	memset(m, 0, sizeof(*m));
	m->bus.lib = &play_dbus;
	m->bus.connection = (DBusConnection *)play_messages;
	m->bus.fd = -1;
	manager_follow(m, "nginx.service");
	(void)manager_wait(m, manager_answered, NULL, 0);
	play_called[0] = '\0';
}

#endif
