/*
 * A connection to the system's D-Bus that never blocks: calls are queued, and messages that have
 * arrived are read when the caller has time. With a bus that hangs only the answers are missing.
 *
 *	bus_open -> (bus_call, bus_turn) ... -> bus_close
 */
#ifndef INIT_BUS_H
#define INIT_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "init/libdbus.h"

struct bus;

/* Called for each message that has arrived. The message belongs to the bus. */
typedef void bus_message_fn(struct bus *b, DBusMessage *message, void *arg);

struct bus {
	const struct libdbus *lib;
	DBusConnection *connection; /* NULL: none, or lost */
	int fd;                     /* to poll for reading; -1: none */
};

/*
 * Connects and sends the greeting, without waiting for the answer. 0, or -errno with the reason
 * in ret_why.
 */
int bus_open(struct bus *b, char *ret_why, unsigned size);

/*
 * Queues a method call. Its arguments are strings, ended by a NULL. Returns the serial number,
 * which the reply will name; 0: it could not be queued.
 */
uint32_t bus_call(struct bus *b, const char *destination, const char *object, const char *interface,
		  const char *method, const char *const *arguments);

/* The same, with arguments of any type: fill() appends them, and returns false without memory. */
typedef bool bus_fill_fn(const struct libdbus *lib, DBusMessageIter *iter, const void *arg);
uint32_t bus_call_filled(struct bus *b, const char *destination, const char *object,
			 const char *interface, const char *method, bus_fill_fn *fill,
			 const void *arg);

/*
 * Sends what is queued, and calls fn for each message that has arrived. False: the connection is
 * lost.
 */
bool bus_turn(struct bus *b, bus_message_fn *fn, void *arg);

/* Waits until something has arrived, at most until until_us (monotonic clock). */
void bus_poll(const struct bus *b, uint64_t until_us);

/* Accepts a bus that is not open. */
void bus_close(struct bus *b);

#endif
