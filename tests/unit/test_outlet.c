/* Lines on their way to somebody who takes them now, later, in parts, or not at all. */
#include "os/clock.h"
#include "tap.h"
#include "ui/outlet.h"

static struct {
	size_t room; /* so many bytes are taken */
	int error;   /* or this is said, where it is not 0 */
	unsigned calls;
	char text[4096];
	size_t length;
} reader;

static ssize_t take(struct outlet *o, const char *text, size_t length)
{
	size_t n = length < reader.room ? length : reader.room;

	(void)o;
	reader.calls++;
	if (reader.error)
		return reader.error;
	if (!n)
		return -EAGAIN;
	if (reader.length + n < sizeof(reader.text))
		memcpy(reader.text + reader.length, text, n);
	reader.length += n;
	reader.room -= n;
	return (ssize_t)n;
}

static void begin(struct outlet *o, size_t room)
{
	memset(&reader, 0, sizeof(reader));
	reader.room = room;
	outlet_open(o, "a test", take, -1);
}

static void put(struct outlet *o, const char *text)
{
	outlet_put(o, text, strlen(text));
}

static void in_order(void)
{
	struct outlet o;

	begin(&o, 6);
	put(&o, "one\n");
	put(&o, "two\n"); /* half of it */
	put(&o, "three\n");
	same_text(reader.text, "one\ntw", "what there is room for");
	reader.room = 4;
	outlet_offer(&o);
	same_text(reader.text, "one\ntwo\nth", "the rest when there is room, and in order");
	reader.room = 100;
	put(&o, "four\n");
	same_text(reader.text, "one\ntwo\nthree\nfour\n", "what is new comes last");
	same_number((long long)o.lost, 0, "nothing is lost");
	same_number((long long)o.kept, 0, "and nothing is kept");
}

/* A tenth of a second for somebody who takes nothing, and none where nothing is kept. */
static void not_at_all(void)
{
	enum { WAIT_US = 100000 };
	struct outlet o;
	struct outlet *list[] = {&o};
	uint64_t began_us;
	uint64_t took_us;

	begin(&o, 2);
	put(&o, "one\n");
	put(&o, "two\n");
	began_us = clock_us();
	outlets_drain(list, 1, began_us + WAIT_US);
	took_us = clock_us() - began_us;
	ok(took_us >= WAIT_US && took_us < 10 * WAIT_US, "it is waited for, and not long");
	same_number((long long)o.lost, 2, "both are lost, the one that was begun, too");
	same_number(o.error, EAGAIN, "for want of a reader");
	ok(!o.open && !o.first, "and it is closed");
	reader.room = 100;
	put(&o, "three\n");
	same_text(reader.text, "on", "it takes no more");
	same_number((long long)o.lost, 2, "which counts for nothing");
}

static void in_the_end(void)
{
	struct outlet o;
	struct outlet *list[] = {&o};
	uint64_t began_us;

	begin(&o, 0);
	put(&o, "one\n");
	reader.room = 100;
	began_us = clock_us();
	outlets_drain(list, 1, began_us + 20000000);
	same_text(reader.text, "one\n", "what was kept comes in the end");
	ok(o.open && clock_us() - began_us < 5000000, "and no longer is waited");
}

static void is_refused(void)
{
	struct outlet o;

	begin(&o, 0);
	reader.error = -ENOSPC;
	put(&o, "one\n");
	put(&o, "two\n");
	same_number((long long)o.lost, 2, "a full disk loses each line");
	same_number(o.error, ENOSPC, "and says why");
	reader.error = 0;
	reader.room = 100;
	put(&o, "three\n");
	same_text(reader.text, "three\n", "and may have room again");
}

static void has_gone(void)
{
	struct outlet o;

	begin(&o, 0);
	put(&o, "one\n");
	reader.error = -EPIPE;
	put(&o, "two\n");
	same_number((long long)o.lost, 0, "nobody misses what he does not want");
	ok(!o.open && !o.first, "and no more is offered");
	reader.calls = 0;
	put(&o, "three\n");
	same_number(reader.calls, 0, "not once");
}

static void too_much(void)
{
	static char line[10000];
	struct outlet o;
	unsigned i;

	begin(&o, 0);
	memset(line, 'x', sizeof(line));
	for (i = 0; i < 100; i++)
		outlet_put(&o, line, sizeof(line));
	ok(o.kept <= 256 * 1024 && o.kept > 200 * 1024, "what is kept has a bound");
	same_number((long long)(o.lost + o.kept / sizeof(line)), 100, "what is not is counted");
	outlet_close(&o);
}

int main(void)
{
	in_order();
	not_at_all();
	in_the_end();
	is_refused();
	has_gone();
	too_much();
	return tap_end();
}
