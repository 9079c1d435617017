/*
 * A transient service for a program that goes on after the run: it is in a cgroup of its own, which
 * survives the end of the session and a reload, stop or restart of nginx's unit (systemd-run(1)
 * does the same).
 *
 * Source: org.freedesktop.systemd1(5), StartTransientUnit; from systemd 206 on.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/init.h"
#include "init/libdbus.h"
#include "init/manager.h"
#include "init/ops.h"
#include "init/systemd.h"
#include "init/unit.h"
#include "os/clock.h"
#include "os/identity.h"
#include "ui/say.h"

enum { ARGUMENT_MAX = 4096 };

struct transient {
	const struct init_background *what;
	char unit[UNIT_NAME_SIZE];
};

/* A container in a message, from open_part() to close_part(). */
struct part {
	const struct libdbus *lib;
	DBusMessageIter *outer;
	DBusMessageIter iter;
	bool good;
};

static struct part open_part(const struct libdbus *lib, DBusMessageIter *outer, int type,
			     const char *signature)
{
	struct part p = {.lib = lib, .outer = outer};

	p.good = lib->message_iter_open_container(outer, type, signature, &p.iter);
	return p;
}

static bool close_part(struct part *p, bool good)
{
	return p->good && p->lib->message_iter_close_container(p->outer, &p->iter) && good;
}

static bool append_text(const struct libdbus *lib, DBusMessageIter *iter, const char *value)
{
	return lib->message_iter_append_basic(iter, DBUS_TYPE_STRING, &value);
}

/* Appends the value of a property to its variant. */
typedef bool value_fn(const struct libdbus *lib, DBusMessageIter *iter, const struct transient *t);

static bool property(const struct libdbus *lib, DBusMessageIter *list, const char *name,
		     const char *signature, value_fn *value, const struct transient *t)
{
	struct part row = open_part(lib, list, DBUS_TYPE_STRUCT, NULL);
	struct part variant;
	bool good;

	if (!row.good)
		return false;
	good = append_text(lib, &row.iter, name);
	variant = open_part(lib, &row.iter, DBUS_TYPE_VARIANT, signature);
	good = close_part(&variant, variant.good && value(lib, &variant.iter, t)) && good;
	return close_part(&row, good);
}

static bool description(const struct libdbus *lib, DBusMessageIter *iter, const struct transient *t)
{
	return append_text(lib, iter, t->what->description);
}

/* systemd expands variables in the arguments of every command: "$$" stands for "$". */
static bool append_argument(const struct libdbus *lib, DBusMessageIter *iter, const char *value)
{
	char doubled[2 * ARGUMENT_MAX];
	size_t n = 0;

	for (; *value && n + 2 < sizeof(doubled); value++) {
		if (*value == '$')
			doubled[n++] = '$';
		doubled[n++] = *value;
	}
	doubled[n] = '\0';
	return !*value && append_text(lib, iter, doubled);
}

static bool append_arguments(const struct libdbus *lib, DBusMessageIter *iter,
			     const char *const *argv)
{
	struct part array = open_part(lib, iter, DBUS_TYPE_ARRAY, "s");
	bool good = array.good;

	for (; good && *argv; argv++)
		good = append_argument(lib, &array.iter, *argv);
	return close_part(&array, good);
}

static bool command(const struct libdbus *lib, DBusMessageIter *iter, const struct transient *t)
{
	struct part array = open_part(lib, iter, DBUS_TYPE_ARRAY, "(sasb)");
	struct part row;
	dbus_bool_t ignores_failure = FALSE;
	bool good;

	if (!array.good)
		return false;
	row = open_part(lib, &array.iter, DBUS_TYPE_STRUCT, NULL);
	good = row.good && append_text(lib, &row.iter, t->what->argv[0]) &&
	       append_arguments(lib, &row.iter, t->what->argv) &&
	       lib->message_iter_append_basic(&row.iter, DBUS_TYPE_BOOLEAN, &ignores_failure);
	return close_part(&array, close_part(&row, good));
}

/*
 * There is no After=: ordered after a unit that is being reloaded (by whoever starts this) it would
 * wait for the end of that job.
 *
 * StartTransientUnit(name, mode, properties, further units: none)
 */
static bool fill(const struct libdbus *lib, DBusMessageIter *iter, const void *arg)
{
	const struct transient *t = arg;
	struct part list;
	bool good = append_text(lib, iter, t->unit) && append_text(lib, iter, "fail");

	list = open_part(lib, iter, DBUS_TYPE_ARRAY, "(sv)");
	good = good && list.good && property(lib, &list.iter, "Description", "s", description, t) &&
	       property(lib, &list.iter, "ExecStart", "a(sasb)", command, t);
	if (!close_part(&list, good))
		return false;
	list = open_part(lib, iter, DBUS_TYPE_ARRAY, "(sa(sv))");
	return close_part(&list, list.good);
}

static bool start(struct manager *m, const struct transient *t)
{
	return manager_call_filled(m, "StartTransientUnit", fill, t, clock_us() + SYSTEMD_ASK_US) &&
	       !m->call.failed;
}

enum init_job systemd_background(struct init *init, const struct init_background *what)
{
	struct systemd *s = systemd_of(init);
	struct transient t = {.what = what};
	const char *former[] = {t.unit, NULL};
	bool good;

	/* Only the system's manager outlives a session, and it wants root. */
	if ((getuid() != 0 && !identity_became()) ||
	    snprintf(t.unit, sizeof(t.unit), "%s.service", what->name) >= (int)sizeof(t.unit))
		return INIT_JOB_OURS;
	systemd_load(s);
	identity_lift();
	/* A failed unit of that name would be in the way. */
	(void)manager_call(&s->manager, "ResetFailedUnit", former, clock_us() + SYSTEMD_ASK_US);
	good = start(&s->manager, &t);
	identity_lower();
	if (!good)
		say(SAY_DEBUG, "systemd starts no transient service: %s",
		    s->manager.call.failed ? s->manager.call.text : "it does not answer");
	return good ? INIT_JOB_DONE : INIT_JOB_OURS;
}
