/* What the files of the manager (init/manager*.c) share. Private to init/. */
#ifndef INIT_MANAGER_PRIVATE_H
#define INIT_MANAGER_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "init/libdbus.h"
#include "init/manager.h"

#define MANAGER_NAME      "org.freedesktop.systemd1"
#define MANAGER_OBJECT    "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define SERVICE_INTERFACE "org.freedesktop.systemd1.Service"
#define UNIT_INTERFACE    "org.freedesktop.systemd1.Unit"

/* Queues Properties.Get; returns the serial number, or 0. */
uint32_t manager_get(struct manager *m, const char *object, const char *interface,
		     const char *property);

/*
 * Asks for one property of the unit that is followed, which m->call then holds: a text, a number
 * (true is 1), or the first text in an array. False: no answer, or the unit has no such property.
 */
bool manager_property(struct manager *m, const char *interface, const char *property,
		      uint64_t until_us);

/* The same for an array of texts; each is passed on. */
bool manager_property_each(struct manager *m, const char *interface, const char *property,
			   uint64_t until_us, manager_each_fn *each, void *arg);

/* Moves *ret to the first value of the reply; where that is a variant, to the value in it. */
bool message_first_value(const struct libdbus *lib, DBusMessage *message, DBusMessageIter *ret);

void message_value_text(const struct libdbus *lib, DBusMessageIter *value, char *ret, size_t size);

/*
 * Sets m->call: of an array or structure the first value in it, which is the path of a command
 * (ExecStart).
 */
void manager_take_value(struct manager *m, DBusMessage *message);

/*
 * The string or object path in a reply, or in the variant in it; "" where it holds something else.
 */
void message_text(const struct libdbus *lib, DBusMessage *message, char *ret, size_t size);

#endif
