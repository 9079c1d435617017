/* A queue of pieces in front of a descriptor that may not take them. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "ui/outlet.h"

enum {
	KEPT_MAX = 256 * 1024, /* bytes that wait at most */
	AGAIN_US = 5000,       /* for what cannot be polled for, or is not what poll() says */
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

static void forget_first(struct outlet *o)
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
		forget_first(o);
	o->open = false;
}

/* How much of it was taken, all that could be; -EAGAIN: not all. */
static int offer(struct outlet *o, const char *text, size_t length, size_t *sent)
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

/* What was said is done with, in the one way or the other. */
static void note(struct outlet *o, int r)
{
	if (r == -EPIPE)
		outlet_close(o);
	else if (r < 0)
		outlet_lose(o, -r);
}

void outlet_offer(struct outlet *o)
{
	while (o->first) {
		int r = offer(o, o->first->text, o->first->length, &o->first->sent);

		if (r == -EAGAIN)
			return;
		if (r != -EPIPE)
			forget_first(o);
		note(o, r);
	}
}

static void keep(struct outlet *o, const char *text, size_t length, size_t sent)
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
	r = o->first ? -EAGAIN : offer(o, text, length, &sent);
	if (!o->open)
		return;
	if (r == -EAGAIN)
		keep(o, text, length, sent);
	else
		note(o, r);
}

/* False: a signal came. */
static bool wait_for(struct pollfd *fds, nfds_t count, uint64_t wait_us)
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
		undisturbed = wait_for(fds, waiting, now_us) &&
			      wait_for(NULL, 0, now_us < AGAIN_US ? now_us : AGAIN_US);
	}
	for (i = 0; i < count; i++) {
		if (!list[i]->first)
			continue;
		while (list[i]->first) {
			forget_first(list[i]);
			outlet_lose(list[i], EAGAIN);
		}
		list[i]->open = false;
	}
}
