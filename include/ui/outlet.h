/*
 * A place where lines go, one that never holds anybody up. What it does not take at once is kept,
 * up to a bound, and offered again whenever there is an opportunity; what does not fit is dropped
 * and counted. Whoever reads slowly gets everything, and whoever has stopped reading costs nothing
 * but the lines.
 *
 *	outlet_open -> (outlet_put, outlet_offer) ... -> outlets_drain -> outlet_close
 */
#ifndef UI_OUTLET_H
#define UI_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct outlet;

/*
 * Hands over as much as it takes without waiting. The number of bytes; -EAGAIN: not now; -EPIPE:
 * nobody is there any more, and nobody misses it; else -errno: it does not take this.
 */
typedef ssize_t outlet_send_fn(struct outlet *o, const char *text, size_t length);

struct outlet_piece;

struct outlet {
	const char *name; /* for people */
	outlet_send_fn *send;
	int fd;             /* to poll for writing */
	bool open;          /* else it takes and counts nothing */
	unsigned long lost; /* pieces */
	int error; /* why the last one was lost: errno; EAGAIN: it did not take it in time */
	struct outlet_piece *first;
	struct outlet_piece *last;
	size_t kept; /* bytes */
};

void outlet_open(struct outlet *o, const char *name, outlet_send_fn *send, int fd);

/* One line, or one message: it is sent whole, or as far as it was when time was up. */
void outlet_put(struct outlet *o, const char *text, size_t length);

/* Counts one that could not even be made. */
void outlet_lose(struct outlet *o, int error);

/* Offers what is kept. Cheap where nothing is. */
void outlet_offer(struct outlet *o);

/*
 * Offers until they have taken everything, at most until until_us (monotonic clock) or until a
 * signal comes. What is left then is lost, and an outlet that did not take it is closed.
 */
void outlets_drain(struct outlet *const *list, size_t count, uint64_t until_us);

/* Forgets what is kept; what was lost stays to be read. Leaves the descriptor alone. */
void outlet_close(struct outlet *o);

#endif
