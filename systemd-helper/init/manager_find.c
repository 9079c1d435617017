/*
 * Finds the unit of a process, by its cgroup; and the unit that starts the nginx of a pid file
 * while that nginx does not run. Then no cgroup tells, but the manager knows which service names
 * that file in PIDFile=.
 */
#include <errno.h>
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
#include "os/identity.h"
#include "os/rooted.h"

enum { UNITS_MAX = 1024 };

struct candidate {
	char name[UNIT_NAME_SIZE];
	uint32_t serial;
};

struct find {
	struct manager *m;
	const char *wanted; /* resolved */
	struct candidate *list;
	size_t count;
	size_t open; /* questions that are not answered yet */
	uint32_t list_serial;
	char found[UNIT_NAME_SIZE];
};

static bool is_service(const char *name)
{
	size_t length = strlen(name);

	return length > 8 && length < UNIT_NAME_SIZE && strcmp(name + length - 8, ".service") == 0;
}

static bool names_file(const char *pid_file, const char *wanted)
{
	char resolved[PATH_MAX];

	return pid_file[0] == '/' && rooted_path("", pid_file, resolved) == 0 &&
	       strcmp(resolved, wanted) == 0;
}

static void ask_for_pid_file(struct find *f, const char *name)
{
	struct candidate *c = &f->list[f->count];
	char object[UNIT_NAME_SIZE * 3 + 40];

	if (f->count == UNITS_MAX || !is_service(name) ||
	    unit_object_path(name, object, sizeof(object)) < 0)
		return;
	c->serial = manager_get(f->m, object, SERVICE_INTERFACE, "PIDFile");
	if (!c->serial)
		return;
	(void)snprintf(c->name, sizeof(c->name), "%s", name);
	f->count++;
	f->open++;
}

/* The reply to ListUnits: an array of structures whose first member is the name. */
static void take_list(struct find *f, DBusMessage *message)
{
	const struct libdbus *lib = f->m->bus.lib;
	DBusMessageIter list;
	DBusMessageIter unit;
	DBusMessageIter part;

	if (!lib->message_iter_init(message, &list) ||
	    lib->message_iter_get_arg_type(&list) != DBUS_TYPE_ARRAY)
		return;
	lib->message_iter_recurse(&list, &unit);
	for (; lib->message_iter_get_arg_type(&unit) == DBUS_TYPE_STRUCT;
	     (void)lib->message_iter_next(&unit)) {
		const char *name = "";

		lib->message_iter_recurse(&unit, &part);
		if (lib->message_iter_get_arg_type(&part) != DBUS_TYPE_STRING)
			return;
		lib->message_iter_get_basic(&part, &name);
		ask_for_pid_file(f, name);
	}
}

static void on_message(struct bus *b, DBusMessage *message, void *arg)
{
	struct find *f = arg;
	uint32_t serial = b->lib->message_get_reply_serial(message);
	char pid_file[PATH_MAX];
	size_t i;

	if (!serial)
		return;
	if (serial == f->list_serial) {
		f->list_serial = 0;
		take_list(f, message);
		return;
	}
	for (i = 0; i < f->count && f->list[i].serial != serial; i++)
		;
	if (i == f->count)
		return;
	f->open--;
	message_text(b->lib, message, pid_file, sizeof(pid_file));
	if (!f->found[0] && names_file(pid_file, f->wanted))
		(void)snprintf(f->found, sizeof(f->found), "%s", f->list[i].name);
}

/* Until every question has been answered. */
static void finish(struct find *f, uint64_t until_us)
{
	while (bus_turn(&f->m->bus, on_message, f) && (f->list_serial || f->open) &&
	       clock_us() < until_us)
		bus_poll(&f->m->bus, until_us);
}

bool manager_about(struct manager *m, pid_t pid, uint64_t wait_us)
{
	char unit[UNIT_NAME_SIZE];
	char why[256];
	int r;

	memset(m, 0, sizeof(*m));
	if (unit_of(pid, unit) != UNIT_SERVICE)
		return false;
	identity_lift(); /* the bus judges by the user that connects */
	r = manager_open(m, why, sizeof(why));
	identity_lower();
	if (r < 0)
		return false;
	manager_follow(m, unit);
	(void)manager_wait(m, manager_answered, NULL, clock_us() + wait_us);
	return manager_knows(m);
}

bool manager_find(struct manager *m, const char *pid_path, uint64_t until_us)
{
	const char *usual[] = {"nginx.service", NULL};
	struct find f = {.m = m};
	char wanted[PATH_MAX];

	if (rooted_path("", pid_path, wanted) < 0)
		return false;
	f.wanted = wanted;
	f.list = calloc(UNITS_MAX, sizeof(*f.list));
	if (!f.list)
		return false;
	/* A unit that is not loaded has no object on the bus yet. */
	if (manager_call(m, "LoadUnit", usual, until_us) && !m->call.failed) {
		ask_for_pid_file(&f, usual[0]);
		finish(&f, until_us);
	}
	if (!f.found[0]) {
		f.list_serial = bus_call(&m->bus, MANAGER_NAME, MANAGER_OBJECT, MANAGER_INTERFACE,
					 "ListUnits", NULL);
		finish(&f, until_us);
	}
	free(f.list);
	if (!f.found[0])
		return false;
	manager_follow(m, f.found);
	return manager_wait(m, manager_answered, NULL, until_us);
}

bool manager_load(struct manager *m, const char *unit, uint64_t timeout_us)
{
	const char *arguments[] = {unit, NULL};

	if (!manager_call(m, "LoadUnit", arguments, clock_us() + timeout_us) || m->call.failed)
		return false;
	manager_follow(m, unit);
	return manager_wait(m, manager_answered, NULL, clock_us() + timeout_us);
}
