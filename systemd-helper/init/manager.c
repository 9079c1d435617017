/* Questions to systemd, their answers, and the wait for them. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/bus.h"
#include "init/libdbus.h"
#include "init/manager.h"
#include "init/manager_private.h"
#include "init/unit.h"
#include "os/clock.h"

enum answer { ANSWER_NUMBER, ANSWER_TIME, ANSWER_TEXT, ANSWER_FIRST, ANSWER_NOT_EMPTY };

struct question {
	const char *interface;
	const char *property;
	enum answer answer;
	size_t offset;
	size_t size;
	bool moves; /* may change at any time: asked again in each round */
};

#define IN(field) offsetof(struct manager_view, field), sizeof(((struct manager_view *)0)->field)

/* clang-format off */
static const struct question questions[] = {
	{SERVICE_INTERFACE, "MainPID",        ANSWER_NUMBER,    IN(main_pid),         true},
	{UNIT_INTERFACE,    "ActiveState",    ANSWER_TEXT,      IN(active_state),     true},
	{UNIT_INTERFACE,    "Job",            ANSWER_FIRST,     IN(job),              true},
	{SERVICE_INTERFACE, "ExecMainStatus", ANSWER_NUMBER,    IN(exec_main_status), true},
	{SERVICE_INTERFACE, "NotifyAccess",   ANSWER_TEXT,      IN(notify_access),    false},
	{SERVICE_INTERFACE, "Type",           ANSWER_TEXT,      IN(type),             false},
	{SERVICE_INTERFACE, "KillMode",       ANSWER_TEXT,      IN(kill_mode),        false},
	{SERVICE_INTERFACE, "PIDFile",        ANSWER_TEXT,      IN(pid_file),         false},
	{SERVICE_INTERFACE, "ExecStop",       ANSWER_NOT_EMPTY, IN(exec_stop),        false},
	{SERVICE_INTERFACE, "Result",         ANSWER_TEXT,      IN(result),           false},
	{SERVICE_INTERFACE, "TimeoutStartUSec", ANSWER_TIME,    IN(timeout_start_us), false},
	{MANAGER_INTERFACE, "Version",        ANSWER_TEXT,      IN(version),          false},
};
/* clang-format on */

enum { QUESTIONS = sizeof(questions) / sizeof(questions[0]) };

int manager_open(struct manager *m, char *ret_why, unsigned size)
{
	memset(m, 0, sizeof(*m));
	return bus_open(&m->bus, ret_why, size);
}

void manager_close(struct manager *m)
{
	bus_close(&m->bus);
}

uint32_t manager_get(struct manager *m, const char *object, const char *interface,
		     const char *property)
{
	const char *arguments[] = {interface, property, NULL};

	return bus_call(&m->bus, MANAGER_NAME, object, "org.freedesktop.DBus.Properties", "Get",
			arguments);
}

static void ask(struct manager *m, bool all)
{
	unsigned i;

	m->answered = false;
	m->stale = false;
	m->refused = false;
	m->asked_us = clock_us();
	for (i = 0; i < QUESTIONS; i++) {
		const struct question *q = &questions[i];
		bool of_manager = strcmp(q->interface, MANAGER_INTERFACE) == 0;

		if (all || q->moves)
			m->pending[i] = manager_get(m, of_manager ? MANAGER_OBJECT : m->object,
						    q->interface, q->property);
	}
}

void manager_follow(struct manager *m, const char *unit)
{
	char match[sizeof(m->object) + 128];
	const char *arguments[] = {match, NULL};

	(void)snprintf(m->unit, sizeof(m->unit), "%s", unit);
	if (unit_object_path(m->unit, m->object, sizeof(m->object)) < 0)
		return;
	/* systemd sends signals only when somebody has subscribed. */
	(void)bus_call(&m->bus, MANAGER_NAME, MANAGER_OBJECT, MANAGER_INTERFACE, "Subscribe", NULL);
	(void)snprintf(match, sizeof(match),
		       "type='signal',sender='" MANAGER_NAME
		       "',interface='org.freedesktop.DBus.Properties',path='%s'",
		       m->object);
	(void)bus_call(&m->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		       "org.freedesktop.DBus", "AddMatch", arguments);
	ask(m, true);
}

static void take_answer(struct manager *m, const struct question *q, DBusMessage *message)
{
	const struct libdbus *lib = m->bus.lib;
	char *field = (char *)&m->view + q->offset;
	DBusMessageIter value;
	DBusMessageIter inner;
	int type;

	if (lib->message_get_type(message) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
	    !message_first_value(lib, message, &value))
		return;
	if (q->answer == ANSWER_FIRST || q->answer == ANSWER_NOT_EMPTY) {
		type = lib->message_iter_get_arg_type(&value);
		if (type != DBUS_TYPE_STRUCT && type != DBUS_TYPE_ARRAY)
			return;
		inner = value;
		lib->message_iter_recurse(&inner, &value);
	}
	type = lib->message_iter_get_arg_type(&value);
	if (q->answer == ANSWER_TEXT)
		message_value_text(lib, &value, field, q->size);
	else if (q->answer == ANSWER_NOT_EMPTY)
		*(bool *)field = type != DBUS_TYPE_INVALID;
	else if (q->answer == ANSWER_TIME ? type == DBUS_TYPE_UINT64
					  : type == DBUS_TYPE_UINT32 || type == DBUS_TYPE_INT32)
		lib->message_iter_get_basic(&value, field);
}

/*
 * An error is no answer: a bus that is shutting down, or that systemd has just left, sends one for
 * each question. A version of systemd that lacks a property also answers with an error, but only
 * the properties that all versions have are marked `moves`.
 */
static void take_reply(struct manager *m, const struct question *q, DBusMessage *message)
{
	if (q->moves && m->bus.lib->message_get_type(message) == DBUS_MESSAGE_TYPE_ERROR)
		m->refused = true;
	else
		take_answer(m, q, message);
}

static void on_reply(struct manager *m, DBusMessage *message)
{
	const struct libdbus *lib = m->bus.lib;
	uint32_t serial = lib->message_get_reply_serial(message);
	bool left = false;
	bool ours = false;
	unsigned i;

	if (serial == m->call.serial) {
		const char *error = lib->message_get_error_name(message);

		m->call.serial = 0;
		m->call.failed = error != NULL;
		manager_take_value(m, message);
		if (error && !m->call.text[0])
			(void)snprintf(m->call.text, sizeof(m->call.text), "%s", error);
		return;
	}
	for (i = 0; i < QUESTIONS; i++) {
		if (m->pending[i] == serial) {
			m->pending[i] = 0;
			take_reply(m, &questions[i], message);
			ours = true;
		}
		left = left || m->pending[i] != 0;
	}
	if (!ours || left)
		return;
	m->answered = true;
	m->known = !m->refused && (m->known || m->view.active_state[0]);
}

static void on_message(struct bus *b, DBusMessage *message, void *arg)
{
	struct manager *m = arg;
	int type = b->lib->message_get_type(message);

	if (type == DBUS_MESSAGE_TYPE_SIGNAL)
		m->stale = true;
	else if (type == DBUS_MESSAGE_TYPE_METHOD_RETURN || type == DBUS_MESSAGE_TYPE_ERROR)
		on_reply(m, message);
}

void manager_turn(struct manager *m, bool ask_again)
{
	if (!m->bus.connection || !bus_turn(&m->bus, on_message, m))
		return;
	m->stale = m->stale || ask_again;
	if (m->stale && m->answered) {
		ask(m, false);
		(void)bus_turn(&m->bus, on_message, m);
	}
}

bool manager_knows(const struct manager *m)
{
	return m->bus.connection && m->known;
}

bool manager_is_fresh(const struct manager *m, uint64_t since_us)
{
	return manager_knows(m) && m->answered && m->asked_us >= since_us;
}

bool manager_wait(struct manager *m, manager_done_fn *done, const void *arg, uint64_t until_us)
{
	for (;;) {
		uint64_t now_us = clock_us();
		uint64_t ask_us = now_us + MANAGER_ASK_US;

		manager_turn(m, now_us - m->asked_us > MANAGER_ASK_US);
		if (!m->bus.connection)
			return false;
		if (done(m, arg))
			return true;
		if (now_us >= until_us)
			return false;
		bus_poll(&m->bus, ask_us < until_us ? ask_us : until_us);
	}
}

bool manager_answered(const struct manager *m, const void *arg)
{
	(void)arg;
	return m->answered;
}

bool manager_ask(struct manager *m, uint64_t until_us)
{
	if (!m->bus.connection)
		return false;
	ask(m, false);
	return manager_wait(m, manager_answered, NULL, until_us) && !m->refused;
}

static bool call_answered(const struct manager *m, const void *arg)
{
	(void)arg;
	return m->call.serial == 0;
}

bool manager_call(struct manager *m, const char *method, const char *const *arguments,
		  uint64_t until_us)
{
	m->call.serial = bus_call(&m->bus, MANAGER_NAME, MANAGER_OBJECT, MANAGER_INTERFACE, method,
				  arguments);
	return m->call.serial && manager_wait(m, call_answered, NULL, until_us);
}

bool manager_call_filled(struct manager *m, const char *method, bus_fill_fn *fill, const void *arg,
			 uint64_t until_us)
{
	m->call.serial = bus_call_filled(&m->bus, MANAGER_NAME, MANAGER_OBJECT, MANAGER_INTERFACE,
					 method, fill, arg);
	return m->call.serial && manager_wait(m, call_answered, NULL, until_us);
}

unsigned manager_version(const struct manager *m)
{
	return (unsigned)strtoul(m->view.version + (m->view.version[0] == 'v'), NULL, 10);
}

bool manager_property(struct manager *m, const char *interface, const char *property,
		      uint64_t until_us)
{
	m->call.serial = manager_get(m, m->object, interface, property);
	return m->call.serial && manager_wait(m, call_answered, NULL, until_us) && !m->call.failed;
}

bool manager_property_each(struct manager *m, const char *interface, const char *property,
			   uint64_t until_us, manager_each_fn *each, void *arg)
{
	bool answered;

	m->call.each = each;
	m->call.arg = arg;
	answered = manager_property(m, interface, property, until_us);
	m->call.each = NULL;
	return answered;
}

bool manager_job_type(struct manager *m, uint64_t until_us, char *ret, unsigned size)
{
	char object[64];

	if (!m->view.job)
		return false;
	(void)snprintf(object, sizeof(object), MANAGER_OBJECT "/job/%u", m->view.job);
	m->call.serial = manager_get(m, object, MANAGER_NAME ".Job", "JobType");
	if (!m->call.serial || !manager_wait(m, call_answered, NULL, until_us) || m->call.failed)
		return false;
	(void)snprintf(ret, size, "%s", m->call.text);
	return true;
}

static bool no_job_left(const struct manager *m, const void *arg)
{
	(void)arg;
	return manager_knows(m) && m->answered && m->view.job == 0;
}

int manager_run_job(struct manager *m, const char *method, uint64_t until_us, char *ret_why,
		    unsigned size)
{
	const char *arguments[] = {m->unit, "replace", NULL};

	ret_why[0] = '\0';
	if (!manager_call(m, method, arguments, until_us) || m->call.failed) {
		(void)snprintf(ret_why, size, "%s",
			       m->call.failed ? m->call.text : "systemd does not answer");
		return -ECANCELED;
	}
	/* Answers from before the job say nothing about it. */
	ask(m, false);
	return manager_wait(m, no_job_left, NULL, until_us) ? 0 : -ETIMEDOUT;
}
