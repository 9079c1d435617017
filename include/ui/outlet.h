/*
 * An outlet: where lines are written to, without ever blocking. What the other end does not accept
 * at once is queued, up to a bound, and offered again at every opportunity. What does not fit into
 * the queue is dropped and counted. A slow reader gets everything; one that has stopped reading
 * loses lines, but never delays us.
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
 * Writes as much as possible without waiting. Returns the number of bytes; -EAGAIN: nothing is
 * accepted now; -EPIPE: the reader has gone, and the line is not counted as lost; else -errno: this
 * piece cannot be written.
 */
typedef ssize_t outlet_send_fn(struct outlet *o, const char *text, size_t length);

struct outlet_piece;

struct outlet {
	const char *name; /* for people; kept by reference */
	outlet_send_fn *send;
	int fd;                     /* to poll for writing */
	bool open;                  /* else pieces are dropped, and not counted */
	unsigned long lost;         /* how many pieces were lost */
	int error;                  /* why the last one was: errno; EAGAIN: not accepted in time */
	struct outlet_piece *first; /* the queue */
	struct outlet_piece *last;
	size_t kept; /* bytes in the queue */
};

void outlet_open(struct outlet *o, const char *name, outlet_send_fn *send, int fd);

/* Writes or queues a piece: one line, or one message. Copies the text. */
void outlet_put(struct outlet *o, const char *text, size_t length);

/* Counts a piece as lost. error: errno */
void outlet_lose(struct outlet *o, int error);

/* Tries to write what is in the queue. Does almost nothing where it is empty. */
void outlet_offer(struct outlet *o);

/*
 * Writes all queues; waits for that until until_us (clock_us) at most, or until a signal comes.
 * What is left then is lost, and an outlet that has lost something in this way is closed.
 */
void outlets_drain(struct outlet *const *list, size_t count, uint64_t until_us);

/* Frees the queue. `lost` and `error` can still be read. Does not close the descriptor. */
void outlet_close(struct outlet *o);

#endif
