/*
 * All messages to systemd are sent from here. There are two receivers, which must never be
 * confused: the supervisor that started this program may wait for READY=1 at the address in
 * NOTIFY_SOCKET; and the system's manager has to hear about a unit's main process at its own
 * address, whoever started us.
 *
 * The address is taken from the environment, which is changed only during one call, so that neither
 * a child nor a later step takes the manager's address for one that was given to us.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "init/libsystemd.h"
#include "init/systemd.h"
#include "os/clock.h"
#include "os/identity.h"
#include "ui/say.h"

/* systemd: src/core/manager.c */
#define MANAGER_SOCKET "/run/systemd/notify"
#define VARIABLE       "NOTIFY_SOCKET"

/* How soon to try again when the queue is full: poll(2) does not tell before Linux 4.4. */
#define AGAIN_US 5000u

/* The address as it was at the start of the program. */
static struct {
	bool known;
	char *address; /* NULL: none was given */
} given;

void systemd_notify_open(void)
{
	const char *address = getenv(VARIABLE);

	if (given.known)
		return;
	given.known = true;
	given.address = address && *address ? strdup(address) : NULL;
}

bool systemd_notify_wanted(void)
{
	return given.address != NULL;
}

/*
 * Sets the manager's address. In a session the variable may hold the address of another manager, or
 * none; only root may use this one.
 */
static bool set_manager_address(void)
{
	if (geteuid() != 0 && !identity_became())
		return false;
	identity_lift();
	(void)setenv(VARIABLE, MANAGER_SOCKET, 1);
	return true;
}

static void restore_address(bool began)
{
	if (!began)
		return;
	if (given.address)
		(void)setenv(VARIABLE, given.address, 1);
	else
		(void)unsetenv(VARIABLE);
	identity_lower();
}

int systemd_notify_as(const struct libsystemd *lib, pid_t name, const char *state)
{
	bool began = set_manager_address();
	int r = lib->pid_notify(name, state);

	restore_address(began);
	return r;
}

void systemd_notify_barrier(const struct libsystemd *lib, uint64_t timeout_us)
{
	bool began;

	if (!lib->notify_barrier)
		return;
	began = set_manager_address();
	(void)lib->notify_barrier(timeout_us);
	restore_address(began);
}

int systemd_notify_given(const struct libsystemd *lib, const char *state)
{
	return systemd_notify_wanted() ? lib->pid_notify(0, state) : 0;
}

void systemd_say_unready(void)
{
	say(SAY_WARNING,
	    "systemd could not be told that nginx is ready: it will end this start, and nginx, when TimeoutStartSec= is over");
}

int systemd_notify_ready(const struct libsystemd *lib, const char *state, uint64_t timeout_us)
{
	uint64_t until_us = clock_us() + timeout_us;
	int r;

	/* Nobody repeats this message, so wait for room in the queue. */
	while ((r = systemd_notify_given(lib, state)) == -EAGAIN && clock_us() < until_us) {
		struct timespec again = clock_timespec(AGAIN_US);

		(void)ppoll(NULL, 0, &again, NULL);
	}
	if (r > 0 && lib->notify_barrier)
		(void)lib->notify_barrier(timeout_us);
	return r;
}
