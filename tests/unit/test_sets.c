/* The record of sets: its text, what is no such text, and which set is which. */
#include "nginx/sets.h"
#include "tap.h"

#define SHA_A  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SET    "set 1700000000 served 1.18.0 4096 " SHA_A " /usr/sbin/nginx\n"
#define LEFT   "set 1700000001 left 1.22.1 4097 " SHA_B " -\n"
#define MODULE "module 000000000000fe00 00000000000004d2 77 " SHA_B " "
#define ONE    MODULE "/m/a.so\nkept /var/lib/nginx-handover/m/a.so.1.18.0\n"
#define TWO    MODULE "/m/b%20.so\nkept -\n"

static struct sets sets;

static int parse(const char *text)
{
	return sets_parse(text, strlen(text), &sets);
}

static void there_and_back(void)
{
	static const char *const texts[] = {"sets 1\n", "sets 1\n" SET,
					    "sets 1\n" SET ONE TWO LEFT ONE,
					    "sets 1\n" LEFT SET TWO};
	static char again[SETS_TEXT_MAX];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		same_number(parse(texts[i]), 0, "it is read");
		again[sets_text(&sets, again)] = '\0';
		same_text(again, texts[i], "and written again to the byte");
	}
	must(parse("sets 1\n" SET ONE TWO LEFT) == 0, "parse");
	same_number((long long)sets.count, 2, "two sets");
	same_number((long long)sets.list[0].count, 2, "two modules");
	same_text(sets.list[0].modules[0].kept, "/var/lib/nginx-handover/m/a.so.1.18.0", "kept");
	same_text(sets.list[0].modules[1].path, "/m/b .so", "a blank in a path");
	same_text(sets.list[0].modules[1].kept, "", "one of which there is no copy");
	same_number(sets.list[1].word, SET_LEFT, "left by a rollback");
}

static void refused(void)
{
	static const char *const texts[] = {
		"",
		"sets 2\n",
		"sets 1",
		"sets 1\n\n",
		"sets 1\nset",
		"sets 1\n" ONE,                    /* of no set */
		"sets 1\n" SET TWO ONE,            /* not in order */
		"sets 1\n" SET ONE ONE,            /* twice */
		"sets 1\n" SET SET,                /* likewise */
		"sets 1\n" SET MODULE "/m/a.so\n", /* not said where it is kept */
		"sets 1\n" SET MODULE "-\nkept -\n",
		"sets 1\n" SET MODULE "m/a.so\nkept -\n",
		"sets 1\n" SET MODULE "/m/a.so\nkept a.so\n",
		"sets 1\nset 1 gone 1.18.0 4096 " SHA_A " -\n",
		"sets 1\nset 1 served ../x 4096 " SHA_A " -\n",
		"sets 1\nset 1 served 1.18.0 4096 aa -\n",
	};
	size_t i;

	memset(&sets, 0, sizeof(sets));
	sets.count = 3;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		same_number(parse(texts[i]), -EBADMSG, "no record");
	same_number((long long)sets.count, 3, "and nothing is written to");
}

static struct set set_of(char binary, char module)
{
	struct set set;

	memset(&set, 0, sizeof(set));
	memset(set.binary.bytes, binary, sizeof(set.binary.bytes));
	set.count = 1;
	(void)snprintf(set.modules[0].path, sizeof(set.modules[0].path), "/m/a.so");
	(void)snprintf(set.modules[0].kept, sizeof(set.modules[0].kept), "/k/%c", module);
	memset(set.modules[0].digest.bytes, module, sizeof(set.modules[0].digest.bytes));
	set.modules[0].device = 7;
	set.modules[0].inode = (uint64_t)module;
	return set;
}

static void added(void)
{
	static struct set a, b, again;
	struct file_id id = {7, '2'};
	int i;

	memset(&sets, 0, sizeof(sets));
	a = set_of('A', '1');
	b = set_of('A', '2');
	sets_add(&sets, &a);
	sets_add(&sets, &b);
	same_number((long long)sets.count, 2, "another module makes another set");
	ok(set_equal(sets_find(&sets, &a.binary), &b), "of one binary the latest counts");
	again = a;
	again.word = SET_LEFT;
	sets_add(&sets, &again);
	same_number((long long)sets.count, 2, "the same once more takes the place of the former");
	same_number(sets.list[1].word, SET_LEFT, "as the last");
	same_text(sets_mapped(&sets, "/m/a.so", &id)->kept, "/k/2", "by what was mapped");
	ok(!sets_mapped(&sets, "/m/b.so", &id), "another path is another module");
	id.inode = '3';
	ok(!sets_mapped(&sets, "/m/a.so", &id), "so is another file");
	for (i = 0; i < 2 * SETS_MAX; i++) {
		a = set_of((char)('a' + i), '1');
		sets_add(&sets, &a);
	}
	same_number((long long)sets.count, SETS_MAX, "they stay few");
	ok(sets_find(&sets, &a.binary) == &sets.list[SETS_MAX - 1], "the last is there");
	ok(!sets_find(&sets, &b.binary), "the first is not");
}

int main(void)
{
	there_and_back();
	refused();
	added();
	return tap_end();
}
