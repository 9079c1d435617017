/* Reads what a child has written so far. Never waits. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "os/blocked.h"
#include "trust/door.h"
#include "trust/door_private.h"

/* Pieces of 8192 bytes; a pipe holds 64 KiB, or up to 1 MiB where the program has asked for that
 * (pipe(7)). */
enum { READS_MOST = 160 };

/* Keeps the end of a long text, which says what failed. */
static void keep_text(struct door_result *ret, const char *text, size_t length)
{
	size_t room = sizeof(ret->text) - 1;
	size_t drop;

	if (length > room) {
		text += length - room;
		length = room;
	}
	drop = ret->length + length > room ? ret->length + length - room : 0;
	memmove(ret->text, ret->text + drop, ret->length - drop);
	ret->length -= drop;
	memcpy(ret->text + ret->length, text, length);
	ret->length += length;
	ret->text[ret->length] = '\0';
}

/* Passes on the output, without our own bytes before it; see door_image.c. */
static void take_output(struct running *c, const char *text, size_t length)
{
	size_t ours = length < c->filler ? length : c->filler;

	c->filler -= ours;
	if (length > ours)
		c->spec.on_output(c->spec.on_output_arg, text + ours, length - ours);
}

/* Reads at most what a pipe can hold, so that a program that always writes cannot keep us here. */
void door_read(struct running *c, struct door_result *ret)
{
	bool waits = c->held && process_waits_to_write(c->pid, STDOUT_FILENO);
	char buf[8192];
	unsigned reads;
	ssize_t n;

	for (reads = 0; reads < READS_MOST && c->err >= 0; reads++) {
		n = read(c->err, buf, sizeof(buf));
		if (n < 0)
			break;
		if (n == 0)
			door_close(&c->err);
		keep_text(ret, buf, (size_t)n);
	}
	if (c->held)
		door_look_held(c, waits, ret);
	for (reads = 0; reads < READS_MOST && !c->held && c->out >= 0; reads++) {
		n = read(c->out, buf, sizeof(buf));
		if (n < 0)
			break;
		if (n == 0)
			door_close(&c->out);
		else
			take_output(c, buf, (size_t)n);
	}
}
