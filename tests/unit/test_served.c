/* The record of the builds that served: its text, to the byte, and the way back. */
#include "nginx/served.h"
#include "tap.h"

#define HEX16(c)  c c c c c c c c c c c c c c c c
#define DIGEST(c) HEX16(c) HEX16(c) HEX16(c) HEX16(c)

static struct served served;

static struct served_build build(char letter, const char *verb)
{
	struct served_build b;

	memset(&b, 0, sizeof(b));
	memset(b.digest.bytes, letter, sizeof(b.digest.bytes));
	(void)snprintf(b.verb, sizeof(b.verb), "%s", verb);
	(void)snprintf(b.version, sizeof(b.version), "1.%d.0", letter);
	return b;
}

/* "ABC" are upgrades; a small letter is a rollback to that one. */
static void serve(const char *letters)
{
	memset(&served, 0, sizeof(served));
	for (; *letters; letters++) {
		bool back = *letters >= 'a';
		struct served_build b = build(back ? (char)(*letters - 32) : *letters,
					      back ? "rollback" : "upgrade");

		(void)served_add(&served, &b);
	}
}

/* "B|C": back to B; C has been left. */
static void way(const char *letters, char running, const char *want)
{
	size_t list[SERVED_MAX];
	struct digest digest;
	size_t back = 0, count, i;
	char got[2 * SERVED_MAX] = "";
	size_t n = 0;

	serve(letters);
	memset(digest.bytes, running, sizeof(digest.bytes));
	count = served_way_back(&served, &digest, list, &back);
	for (i = 0; i < count; i++) {
		if (i == back)
			got[n++] = '|';
		got[n++] = (char)served.list[list[i]].digest.bytes[0];
	}
	if (back == count)
		got[n++] = '|';
	got[n] = '\0';
	same_text(got, want, letters);
}

static void ways(void)
{
	way("", 'A', "|");
	way("A", 'A', "|");
	way("AB", 'B', "A|");
	way("ABAC", 'C', "AB|");
	way("ABAB", 'B', "A|");
	way("ABC", 'C', "BA|");
	way("ABCb", 'B', "A|C");
	way("ABCba", 'A', "|BC");
	way("ABCbaB", 'B', "A|C");
	way("ABCbD", 'D', "BA|C");
	way("ABACa", 'A', "B|C");
	way("ABACab", 'B', "A|C");
	way("ABCa", 'A', "|CB");
	way("Ab", 'B', "A|");
	/* What runs came by other means. */
	way("AB", 'C', "BA|");
	way("AB", 'A', "B|");
	way("", 'C', "|");
}

static void adding(void)
{
	struct served_build b;
	int i;

	serve("AA");
	same_number((long long)served.count, 1, "the same build again is no line");
	serve("");
	for (i = 0; i < 40; i++) {
		b = build((char)(i + 1), "upgrade");
		ok(served_add(&served, &b), "another build is");
	}
	same_number((long long)served.count, SERVED_MAX, "no more than these are kept");
	same_number(served.list[0].digest.bytes[0], 40 - SERVED_MAX + 1, "the oldest went");
	same_number(served_last_of(&served, &b.digest), SERVED_MAX - 1, "the last line of a build");
	serve("ABA");
	b = build('A', "");
	same_number(served_last_of(&served, &b.digest), 2, "of two lines the last");
	b = build('C', "");
	same_number(served_last_of(&served, &b.digest), -1, "none");
}

static int reads(const char *text)
{
	struct served got;
	int r;

	memset(&got, 0x55, sizeof(got));
	r = served_parse(text, strlen(text), &got);
	if (r < 0)
		ok(got.count == 0x5555555555555555ull, "nothing is written where it is refused");
	else
		served = got;
	return r;
}

#define LINE(seconds, verb, uid, version, size, digest, path)                                      \
	seconds " " verb " " uid " " version " " size " " digest " " path "\n"
#define GOOD                                                                                       \
	"served 1\n" LINE("1700000000", "found", "-", "1.18.0", "4359736", DIGEST("a"),            \
			  "/usr/sbin/nginx")                                                       \
		LINE("1700000001", "package-update", "1000", "1.22.1", "7", DIGEST("b"), "-")      \
			LINE("1700000001", "rollback", "0", "unknown", "0", DIGEST("a"),           \
			     "/opt/%25%20%0a/%c3%bc")

static void text(void)
{
	char again[SERVED_TEXT_MAX];

	same_number(reads(GOOD), 0, "a record");
	same_number((long long)served.count, 3, "of three");
	same_text(served.list[1].verb, "package-update", "a verb");
	same_number(served.list[1].uid, 1000, "who");
	ok(served.list[0].uid == SERVED_BY_UNKNOWN, "nobody known");
	same_text(served.list[1].path, "", "no path");
	ok(strcmp(served.list[2].path, "/opt/% \n/\xc3\xbc") == 0, "a path with what is escaped");
	same_number(served.list[0].digest.bytes[31], 0xaa, "a digest");
	same_number((long long)served_text(&served, again), (long long)strlen(GOOD),
		    "written again");
	ok(memcmp(again, GOOD, strlen(GOOD)) == 0, "to the byte");
	same_number(reads("served 1\n"), 0, "an empty one");
}

static void damaged(void)
{
	static const char *const bad[] = {
		"",
		"served 1",
		"served 2\n",
		"served 1\n\n",
		"served 1\nx\n",
		"served 1\n" LINE("01", "found", "-", "1.18.0", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("-1", "found", "-", "1.18.0", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("9007199254740992", "found", "-", "1", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("99999999999999999999999", "found", "-", "1", "1", DIGEST("a"),
				  "-"),
		"served 1\n" LINE("1", "Found", "-", "1.18.0", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "aaaaaaaaaaaaaaaaaaaaaaaa", "-", "1", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "found", "4294967295", "1.18.0", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "found", "root", "1.18.0", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "found", "-", "../x", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "found", "-", "a/b", "1", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "x", DIGEST("a"), "-"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("A"), "-"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a") "a", "-"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", HEX16("a"), "-"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "usr"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "/%"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "/%2"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "/%00"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "/%41"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "/a b"),
		"served 1\n" LINE("1", "found", "-", "1.18.0", "1", DIGEST("a"), "/a\t"),
		"served 1\n1 found - 1.18.0 1 " DIGEST("a") " -",
		"served 1\n1  found - 1.18.0 1 " DIGEST("a") " -\n",
		"served 1\n" LINE("1", "found", "-", "1", "1", DIGEST("a"), "-")
			LINE("1", "found", "-", "1", "1", DIGEST("a"), "-"),
		GOOD " ",
		GOOD "\n",
	};
	char cut[sizeof(GOOD)];
	char many[SERVED_TEXT_MAX];
	size_t i, n, taken = 0;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		same_number(reads(bad[i]), -EBADMSG, bad[i]);
	/* Cut anywhere but at the end of a line. */
	for (n = 0; n < strlen(GOOD); n++) {
		memcpy(cut, GOOD, n);
		taken += served_parse(cut, n, &served) == 0;
	}
	same_number((long long)taken, 3, "cut: only whole lines are a record");
	n = (size_t)snprintf(many, sizeof(many), "served 1\n");
	for (i = 0; i <= SERVED_MAX; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "1 found - 1 1 %s -\n",
				      i % 2 ? DIGEST("a") : DIGEST("b"));
	same_number(served_parse(many, n, &served), -EBADMSG, "more lines than we write");
}

int main(void)
{
	ways();
	adding();
	text();
	damaged();
	return tap_end();
}
