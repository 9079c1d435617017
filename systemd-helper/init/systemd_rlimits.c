/*
 * The limits that systemd would start a unit's processes with now. All questions are sent at once:
 * asked one by one, each would have to wait for its answer.
 *
 * LimitNOFILE is the hard limit and LimitNOFILESoft the soft one from systemd 228 on; before, there
 * is one value for both. org.freedesktop.systemd1(5)
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "init/bus.h"
#include "init/init.h"
#include "init/libdbus.h"
#include "init/limits.h"
#include "init/manager.h"
#include "init/manager_private.h"
#include "init/systemd.h"
#include "init/unit.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/limits.h"
#include "os/procfs.h"

/*
 * An answer takes a few milliseconds, or as long as a daemon-reload. A bus that hangs is not waited
 * for.
 */
#define ASK_US (1u * USEC_PER_SEC)

enum { SOFT, HARD, KINDS };

enum { CAP_RAISES_LIMITS = 24 }; /* CAP_SYS_RESOURCE */

struct asked {
	uint32_t serial[LIMITS_COUNT][KINDS]; /* 0: answered, or not asked */
	uint64_t value[LIMITS_COUNT][KINDS];
	bool known[LIMITS_COUNT][KINDS];
	size_t open;
	bool changed; /* a signal came: ask the manager again */
};

/* The number in the variant of a reply; false: an error, or something else. */
static bool number_of(const struct libdbus *lib, DBusMessage *message, uint64_t *ret)
{
	DBusMessageIter outer;
	DBusMessageIter value;

	if (lib->message_get_type(message) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
	    !lib->message_iter_init(message, &outer) ||
	    lib->message_iter_get_arg_type(&outer) != DBUS_TYPE_VARIANT)
		return false;
	lib->message_iter_recurse(&outer, &value);
	if (lib->message_iter_get_arg_type(&value) != DBUS_TYPE_UINT64)
		return false;
	lib->message_iter_get_basic(&value, ret);
	return true;
}

static void on_message(struct bus *b, DBusMessage *message, void *arg)
{
	struct asked *a = arg;
	uint32_t serial = b->lib->message_get_reply_serial(message);
	int i;

	if (!serial)
		a->changed = true;
	for (i = 0; serial && i < LIMITS_COUNT * KINDS; i++) {
		uint32_t *its = &a->serial[i / KINDS][i % KINDS];

		if (*its != serial)
			continue;
		*its = 0;
		a->open--;
		a->known[i / KINDS][i % KINDS] =
			number_of(b->lib, message, &a->value[i / KINDS][i % KINDS]);
		return;
	}
}

static void ask(struct manager *m, struct asked *a)
{
	uint64_t until_us = clock_us() + ASK_US;
	int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < LIMITS_COUNT * KINDS; i++) {
		uint32_t *serial = &a->serial[i / KINDS][i % KINDS];
		char property[48];

		(void)snprintf(property, sizeof(property), "Limit%s%s", limit_name(i / KINDS),
			       i % KINDS == SOFT ? "Soft" : "");
		*serial = manager_get(m, m->object, SERVICE_INTERFACE, property);
		a->open += *serial != 0;
	}
	while (bus_turn(&m->bus, on_message, a) && a->open && clock_us() < until_us)
		bus_poll(&m->bus, until_us);
	m->stale = m->stale || a->changed;
}

/*
 * A unit gets more than systemd's own hard limit only where systemd may raise limits, which it
 * mostly may not in a container. Then a restart would give nginx no more, either.
 */
static void cut_to_own(struct limits *limits)
{
	struct proc_status status;
	struct limits own;
	int i;

	if (procfs_status(1, &status) < 0 || status.cap_permitted >> CAP_RAISES_LIMITS & 1)
		return;
	limits_of(1, &own);
	for (i = 0; i < LIMITS_COUNT; i++) {
		struct limit *limit = &limits->of[i];

		if (!own.of[i].known)
			continue;
		if (limit->hard > own.of[i].hard)
			limit->hard = own.of[i].hard;
		if (limit->soft > limit->hard)
			limit->soft = limit->hard;
	}
}

bool systemd_limits(struct init *init, pid_t master, struct init_limits *ret)
{
	struct systemd *s = systemd_of(init);
	struct asked a;
	char unit[UNIT_NAME_SIZE];
	int i;

	if (unit_of(master, unit) != UNIT_SERVICE || strcmp(unit, s->unit) != 0 ||
	    systemd_is_strangers(s))
		return false;
	systemd_load(s);
	/* Answers to earlier questions must have arrived: on_message() would drop them. */
	if (!manager_wait(&s->manager, manager_answered, NULL, clock_us() + ASK_US) ||
	    !manager_knows(&s->manager))
		return false;
	ask(&s->manager, &a);
	memset(ret, 0, sizeof(*ret));
	ret->exact = true;
	(void)snprintf(ret->source, sizeof(ret->source), "%s", unit);
	(void)snprintf(ret->edit, sizeof(ret->edit), "systemctl edit %s", unit);
	for (i = 0; i < LIMITS_COUNT; i++) {
		struct limit *limit = &ret->limits.of[i];

		limit->known = a.known[i][HARD];
		limit->hard = a.value[i][HARD];
		limit->soft = a.known[i][SOFT] ? a.value[i][SOFT] : limit->hard;
	}
	cut_to_own(&ret->limits);
	return true;
}
