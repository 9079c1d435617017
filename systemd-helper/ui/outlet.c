/* A queue of pieces before a descriptor that may not accept them at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/clock.h"
#include "ui/outlet.h"

enum {
	KEPT_MAX = 256 * 1024, /* the most bytes in a queue */
	AGAIN_US = 5000,       /* pause between two tries: poll() may say that a descriptor can be
				  written when it cannot, or cannot tell at all */
	OUTLETS_MAX = 8
};

struct outlet_piece {
	struct outlet_piece *next;
	size_t length;
	size_t sent;
	char text[];
};

void outlet_open(struct outlet *o, const char *name, outlet_send_fn *send, int fd)
{
	memset(o, 0, sizeof(*o));
	o->name = name;
	o->send = send;
	o->fd = fd;
	o->open = true;
}

static void remove_first(struct outlet *o)
{
	struct outlet_piece *piece = o->first;

	o->first = piece->next;
	if (!o->first)
		o->last = NULL;
	o->kept -= piece->length;
	free(piece);
}

void outlet_lose(struct outlet *o, int error)
{
	o->lost++;
	o->error = error;
}

void outlet_close(struct outlet *o)
{
	while (o->first)
		remove_first(o);
	o->open = false;
}

/* Writes the text from *sent on, and counts on in *sent. 0: all is written; -EAGAIN: not all, try
 * again later; else -errno. */
static int write_piece(struct outlet *o, const char *text, size_t length, size_t *sent)
{
	while (*sent < length) {
		ssize_t n = o->send(o, text + *sent, length - *sent);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? (int)n : -EAGAIN;
		*sent += (size_t)n;
	}
	return 0;
}

/* A piece was written (0), or cannot be (-errno). */
static void note_result(struct outlet *o, int r)
{
	if (r == -EPIPE)
		outlet_close(o);
	else if (r < 0)
		outlet_lose(o, -r);
}

void outlet_offer(struct outlet *o)
{
	while (o->first) {
		int r = write_piece(o, o->first->text, o->first->length, &o->first->sent);

		if (r == -EAGAIN)
			return;
		if (r != -EPIPE)
			remove_first(o);
		note_result(o, r);
	}
}

/* Puts it into the queue; `sent` bytes of it are written already. */
static void queue_piece(struct outlet *o, const char *text, size_t length, size_t sent)
{
	struct outlet_piece *piece = NULL;

	if (o->kept + length <= KEPT_MAX)
		piece = malloc(sizeof(*piece) + length);
	if (!piece) {
		outlet_lose(o, EAGAIN);
		return;
	}
	piece->next = NULL;
	piece->length = length;
	piece->sent = sent;
	memcpy(piece->text, text, length);
	if (o->last)
		o->last->next = piece;
	else
		o->first = piece;
	o->last = piece;
	o->kept += length;
}

void outlet_put(struct outlet *o, const char *text, size_t length)
{
	size_t sent = 0;
	int r;

	if (!o->open)
		return;
	outlet_offer(o);
	r = o->first ? -EAGAIN : write_piece(o, text, length, &sent);
	if (!o->open)
		return;
	if (r == -EAGAIN)
		queue_piece(o, text, length, sent);
	else
		note_result(o, r);
}

/* Waits until one of these can be written, wait_us at most. False: a signal came. */
static bool wait_for_outlets(struct pollfd *fds, nfds_t count, uint64_t wait_us)
{
	struct timespec timeout = clock_timespec(wait_us);

	return ppoll(fds, count, &timeout, NULL) >= 0 || errno != EINTR;
}

void outlets_drain(struct outlet *const *list, size_t count, uint64_t until_us)
{
	bool undisturbed = true;
	size_t i;

	for (;;) {
		struct pollfd fds[OUTLETS_MAX];
		uint64_t now_us = clock_us();
		nfds_t waiting = 0;

		for (i = 0; i < count; i++) {
			outlet_offer(list[i]);
			if (!list[i]->first)
				continue;
			fds[waiting].fd = list[i]->fd;
			fds[waiting].events = POLLOUT;
			waiting++;
		}
		if (!waiting || !undisturbed || now_us >= until_us)
			break;
		now_us = until_us - now_us;
		undisturbed = wait_for_outlets(fds, waiting, now_us) &&
			      wait_for_outlets(NULL, 0, now_us < AGAIN_US ? now_us : AGAIN_US);
	}
	for (i = 0; i < count; i++) {
		if (!list[i]->first)
			continue;
		while (list[i]->first) {
			remove_first(list[i]);
			outlet_lose(list[i], EAGAIN);
		}
		list[i]->open = false;
	}
}
