/* The text of the history: what is written is read, what is not made as we make it is refused. */
#include <errno.h>

#include "core/handovers.h"
#include "tap.h"

static struct handovers h;
static struct handovers back;
static char text[HANDOVERS_TEXT_MAX];

static struct handover entry(const char *verb, enum handover_result result)
{
	struct handover one;

	memset(&one, 0, sizeof(one));
	(void)snprintf(one.verb, sizeof(one.verb), "%s", verb);
	(void)snprintf(one.from, sizeof(one.from), "1.18.0");
	one.result = result;
	one.seconds = 1700000000;
	one.cut = 2;
	one.trace = 1;
	one.passed_us[PHASE_BOTH] = 77;
	return one;
}

static void comes_back(void)
{
	struct handover one = entry("upgrade", HANDOVER_UNDONE);
	size_t length, cut;
	bool whole_lines = true;

	(void)snprintf(one.reason, sizeof(one.reason), "it =\n \x1b[31m 100%% \xc3\xa4");
	(void)handovers_add(&h, &one);
	one = entry("reload", HANDOVER_DONE);
	ok(handovers_add(&h, &one) == 2, "numbers are given in order");
	length = handovers_text(&h, text);
	ok(handovers_parse(text, length, &back) == 0, "what was written is read");
	ok(memcmp(&h, &back, sizeof(h)) == 0, "and all of it is the same");
	ok(!memchr(text, '\x1b', length), "what could move a cursor is not in the file");
	for (cut = 1; cut < length; cut++)
		whole_lines &= handovers_parse(text, cut, &back) < 0 || text[cut - 1] == '\n';
	ok(whole_lines, "cut anywhere but at the end of a line it is refused");
}

static void is_bounded(void)
{
	struct handover one = entry("upgrade", HANDOVER_DONE);
	uint64_t number = 0;
	int i;

	memset(one.reason, '\xff', sizeof(one.reason) - 1);
	memset(one.path, '\n', sizeof(one.path) - 1);
	for (i = 0; i < 3 * HANDOVERS_MAX; i++)
		number = handovers_add(&h, &one);
	ok(number == 3 * HANDOVERS_MAX + 2, "numbers go on");
	ok(h.count == HANDOVERS_MAX, "the oldest make room");
	ok(!handovers_find(&h, 2) && handovers_find(&h, number)->number == number, "they are gone");
	ok(h.all[HANDOVER_DONE] == 3 * HANDOVERS_MAX + 1 && h.all[HANDOVER_UNDONE] == 1 &&
		   h.cut == 2 * (3 * HANDOVERS_MAX + 2),
	   "and still counted");
	ok(handovers_text(&h, text) < sizeof(text), "the longest of all fit");
	ok(handovers_parse(text, handovers_text(&h, text), &back) == 0 &&
		   memcmp(&h, &back, sizeof(h)) == 0,
	   "and come back");
	ok(handovers_has_trace(&h, handovers_find(&h, number)) &&
		   handovers_has_trace(&h, handovers_find(&h, number - HANDOVER_TRACES_KEPT + 1)) &&
		   !handovers_has_trace(&h, handovers_find(&h, number - HANDOVER_TRACES_KEPT)),
	   "a few traces are there");
}

static void begins_and_ends(void)
{
	static struct handovers some; /* large */
	struct handover begun = entry("upgrade", HANDOVER_BEGUN);
	struct handover one = entry("upgrade", HANDOVER_DONE);

	memset(&some, 0, sizeof(some));
	ok(handovers_add(&some, &begun) == 1 && !some.cut && !handovers_last_ended(&some),
	   "what is begun is not counted");
	ok(!handovers_end(&some, 2, &one), "another number has not been begun");
	ok(handovers_end(&some, 1, &one) && some.count == 1 && some.list[0].number == 1 &&
		   some.all[HANDOVER_DONE] == 1 && some.cut == 2,
	   "it ends under the same number");
	ok(!handovers_end(&some, 1, &one), "once");
	ok(handovers_add(&some, &begun) == 2 && handovers_end(&some, 2, NULL) && some.count == 1,
	   "what has come to nothing leaves no entry");
	(void)handovers_add(&some, &begun);
	ok(handovers_last_ended(&some) == &some.list[0], "the last that has ended");
	ok(handovers_add(&some, &begun) == 3 && some.list[1].result == HANDOVER_KILLED &&
		   *some.list[1].reason && some.all[HANDOVER_KILLED] == 1 &&
		   !handovers_end(&some, 2, &one) && some.list[2].result == HANDOVER_BEGUN,
	   "the next one finds it killed");
}

static void refuses(const char *what)
{
	char why[128];
	char *p;

	(void)snprintf(why, sizeof(why), "refused: %.90s", what);
	for (p = why; *p; p++)
		*p = *p < ' ' ? '.' : *p;
	ok(handovers_parse(what, strlen(what), &back) == -EBADMSG && !back.count, why);
}

int main(void)
{
	static const char later[] =
		"handovers 1\nall done=1 new_word=7\n3 result=done more=x%20y cut=4\n";

	comes_back();
	is_bounded();
	begins_and_ends();
	ok(handovers_parse(later, strlen(later), &back) == 0 && back.count == 1 &&
		   back.list[0].cut == 4,
	   "names of a later version are passed over");
	refuses("");
	refuses("handovers 2\nall\n");
	refuses("handovers 1\n");
	refuses("handovers 1\nall\n0 result=done\n");
	refuses("handovers 1\nall\n2 result=done\n2 result=done\n");
	refuses("handovers 1\nall\n1 result=fine\n");
	refuses("handovers 1\nall\n1 result=done cut=-1\n");
	refuses("handovers 1\nall\n1 result=done cut=9007199254740992\n");
	refuses("handovers 1\nall\n1 result=done verb=abcdefghijklmnopqrstuvwxyz\n");
	refuses("handovers 1\nall\n1 result=done reason=%00\n");
	refuses("handovers 1\nall\n1 result=done reason=%4\n");
	refuses("handovers 1\nall\n1 result=done  cut=1\n");
	refuses("handovers 1\nall\n1 result=done\n\n");
	return tap_end();
}
