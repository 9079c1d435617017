/* What a reply of systemd's manager holds. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <dbus/dbus.h>

#include "init/libdbus.h"
#include "init/manager.h"
#include "init/manager_private.h"

bool message_first_value(const struct libdbus *lib, DBusMessage *message, DBusMessageIter *ret)
{
	DBusMessageIter outer;

	if (!lib->message_iter_init(message, ret))
		return false;
	if (lib->message_iter_get_arg_type(ret) != DBUS_TYPE_VARIANT)
		return true;
	outer = *ret;
	lib->message_iter_recurse(&outer, ret);
	return true;
}

void message_value_text(const struct libdbus *lib, DBusMessageIter *value, char *ret, size_t size)
{
	int type = lib->message_iter_get_arg_type(value);
	const char *text = "";

	if (type == DBUS_TYPE_STRING || type == DBUS_TYPE_OBJECT_PATH)
		lib->message_iter_get_basic(value, &text);
	(void)snprintf(ret, size, "%s", text);
}

void message_text(const struct libdbus *lib, DBusMessage *message, char *ret, size_t size)
{
	DBusMessageIter value;

	ret[0] = '\0';
	if (message_first_value(lib, message, &value))
		message_value_text(lib, &value, ret, size);
}

/* A number of any type, or a boolean. */
static void take_number(struct manager *m, DBusMessageIter *value, int type)
{
	const struct libdbus *lib = m->bus.lib;
	uint32_t number = 0; /* as wide as dbus_bool_t, and as an int32 that is not negative */

	if (type == DBUS_TYPE_UINT64) {
		lib->message_iter_get_basic(value, &m->call.number);
	} else {
		lib->message_iter_get_basic(value, &number);
		m->call.number = number;
	}
}

/* Passes on each text of an array of texts. */
static void take_each(struct manager *m, const DBusMessageIter *array)
{
	const struct libdbus *lib = m->bus.lib;
	DBusMessageIter outer = *array;
	DBusMessageIter value;
	const char *text;

	lib->message_iter_recurse(&outer, &value);
	for (; lib->message_iter_get_arg_type(&value) == DBUS_TYPE_STRING;
	     (void)lib->message_iter_next(&value)) {
		lib->message_iter_get_basic(&value, &text);
		m->call.each(m->call.arg, text);
	}
}

void manager_take_value(struct manager *m, DBusMessage *message)
{
	const struct libdbus *lib = m->bus.lib;
	DBusMessageIter value;
	DBusMessageIter outer;
	int type;

	m->call.text[0] = '\0';
	m->call.number = 0;
	if (!message_first_value(lib, message, &value))
		return;
	if (m->call.each && lib->message_iter_get_arg_type(&value) == DBUS_TYPE_ARRAY)
		take_each(m, &value);
	for (type = lib->message_iter_get_arg_type(&value);
	     type == DBUS_TYPE_ARRAY || type == DBUS_TYPE_STRUCT;
	     type = lib->message_iter_get_arg_type(&value)) {
		outer = value;
		lib->message_iter_recurse(&outer, &value);
	}
	if (type == DBUS_TYPE_UINT64 || type == DBUS_TYPE_UINT32 || type == DBUS_TYPE_INT32 ||
	    type == DBUS_TYPE_BOOLEAN)
		take_number(m, &value, type);
	else
		message_value_text(lib, &value, m->call.text, sizeof(m->call.text));
}
