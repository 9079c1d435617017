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
#define WIDE(c) c c c c c c c c c c c c c c c c
#define FILE_LINE(device, inode, size, seconds, nanoseconds, start, digest)                        \
	"file " device " " inode " " size " " seconds " " nanoseconds " " start " " digest "\n"
#define GOOD                                                                                       \
	"served 1\n" LINE("1700000000", "found", "-", "1.18.0", "4359736", DIGEST("a"),            \
			  "/usr/sbin/nginx")                                                       \
		LINE("1700000001", "package-update", "1000", "1.22.1", "7", DIGEST("b"), "-")      \
			LINE("1700000001", "rollback", "0", "unknown", "0", DIGEST("a"),           \
			     "/opt/%25%20%0a/%c3%bc")

#define FILES                                                                                      \
	GOOD FILE_LINE("000000000000fd01", "ffffffffffffffff", "4359736", "1700000000",            \
		       "999999999", WIDE("0"), DIGEST("a"))                                        \
		FILE_LINE("000000000000fd01", "0000000000000001", "0", "0", "0", WIDE("f"),        \
			  DIGEST("b"))

static struct served_file file(uint64_t inode)
{
	struct served_file f;

	memset(&f, 0, sizeof(f));
	f.device = 0xfd01;
	f.inode = inode;
	f.size = 7;
	f.seconds = 1700000000;
	f.nanoseconds = 5;
	f.start = 99;
	memset(f.digest.bytes, (int)inode, sizeof(f.digest.bytes));
	return f;
}

static bool is_known(const struct served_file *f)
{
	const struct digest *d = served_file_digest(&served, f);

	return d && d->bytes[0] == (unsigned char)f->inode;
}

static void known_files(void)
{
	struct served_file f = file(1);
	uint64_t i;

	memset(&served, 0, sizeof(served));
	ok(!is_known(&f), "a file that was never seen");
	served_learn(&served, &f);
	ok(is_known(&f) && served.learned, "one that was");
	f.inode = 2;
	ok(!served_file_digest(&served, &f), "another inode");
	f = file(1);
	f.device++;
	ok(!served_file_digest(&served, &f), "another device");
	f = file(1);
	f.size++;
	ok(!served_file_digest(&served, &f), "another size");
	f = file(1);
	f.seconds++;
	ok(!served_file_digest(&served, &f), "changed a second later");
	f = file(1);
	f.nanoseconds--;
	ok(!served_file_digest(&served, &f), "changed in the same second");
	f = file(1);
	f.start++;
	ok(!served_file_digest(&served, &f), "another file with the same time");
	f.digest.bytes[0] = 77;
	served_learn(&served, &f);
	same_number((long long)served.file_count, 1, "a file has one line");
	same_number(served_file_digest(&served, &f)->bytes[0], 77, "what was learnt last counts");
	for (i = 1; i <= 40; i++) {
		f = file(i);
		served_learn(&served, &f);
	}
	same_number((long long)served.file_count, SERVED_FILES_MAX, "not more than these");
	f = file(40 - SERVED_FILES_MAX);
	ok(!is_known(&f), "the oldest went");
	f = file(41 - SERVED_FILES_MAX);
	ok(is_known(&f), "the next stayed");
}

static void files_text(void)
{
	static const char *const bad[] = {
		GOOD "file \n",
		GOOD "fil",
		GOOD FILE_LINE("fd01", WIDE("0"), "1", "1", "1", WIDE("0"), DIGEST("a")),
		GOOD FILE_LINE(WIDE("F"), WIDE("0"), "1", "1", "1", WIDE("0"), DIGEST("a")),
		GOOD FILE_LINE(WIDE("0"), WIDE("0"), "01", "1", "1", WIDE("0"), DIGEST("a")),
		GOOD FILE_LINE(WIDE("0"), WIDE("0"), "1", "-1", "1", WIDE("0"), DIGEST("a")),
		GOOD FILE_LINE(WIDE("0"), WIDE("0"), "1", "1", "1000000000", WIDE("0"),
			       DIGEST("a")),
		GOOD FILE_LINE(WIDE("0"), WIDE("0"), "1", "1", "1", "0", DIGEST("a")),
		GOOD FILE_LINE(WIDE("0"), WIDE("0"), "1", "1", "1", WIDE("0"), HEX16("a")),
		GOOD FILE_LINE(WIDE("0"), WIDE("0"), "1", "1", "1", WIDE("0"), DIGEST("a") " -"),
		FILES FILE_LINE("000000000000fd01", "0000000000000001", "1", "1", "1", WIDE("0"),
				DIGEST("a")),
		FILES LINE("1700000002", "found", "-", "1.18.0", "1", DIGEST("b"), "-"),
		"served 1\n\n" FILE_LINE(WIDE("0"), WIDE("0"), "1", "1", "1", WIDE("0"),
					 DIGEST("a")),
	};
	static char many[SERVED_TEXT_MAX];
	char again[SERVED_TEXT_MAX];
	size_t i, n;

	same_number(reads(FILES), 0, "a record with files");
	same_number((long long)served.count, 3, "of three builds");
	same_number((long long)served.file_count, 2, "and two files");
	ok(served.files[0].inode == UINT64_MAX && served.files[0].device == 0xfd01, "which file");
	same_number(served.files[0].nanoseconds, 999999999, "its time");
	ok(!served.learned, "what was read is not new");
	same_number((long long)served_text(&served, again), (long long)strlen(FILES),
		    "written again");
	ok(memcmp(again, FILES, strlen(FILES)) == 0, "to the byte");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		same_number(reads(bad[i]), -EBADMSG, bad[i]);
	n = (size_t)snprintf(many, sizeof(many), "served 1\n");
	for (i = 0; i <= SERVED_FILES_MAX; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "file %016llx %s 1 1 1 %s %s\n",
				      (unsigned long long)i, WIDE("0"), WIDE("0"), DIGEST("a"));
	same_number(served_parse(many, n, &served), -EBADMSG, "more files than we write");
}

/* The longest lines of all, as many as there can be. */
static void longest(void)
{
	static char longest_text[SERVED_TEXT_MAX];
	struct served_build b = build('A', "aaaaaaaaaaaaaaaaaaaaaaa");
	struct served_file f;
	size_t n;
	int i;

	memset(&served, 0, sizeof(served));
	memset(b.path, '\n', sizeof(b.path) - 1);
	b.path[0] = '/';
	memset(b.version, '1', sizeof(b.version) - 1);
	b.seconds = b.size = (1ull << 53) - 1;
	b.uid = SERVED_BY_UNKNOWN - 1;
	for (i = 0; i < SERVED_MAX; i++) {
		b.digest.bytes[0]++;
		(void)served_add(&served, &b);
		f = file((uint64_t)i);
		f.size = f.seconds = b.size;
		f.nanoseconds = 999999999;
		served_learn(&served, &f);
	}
	n = served_text(&served, longest_text);
	ok(n < SERVED_TEXT_MAX, "it fits");
	same_number(served_parse(longest_text, n, &served), 0, "and is read again");
	same_number((long long)(served.count + served.file_count), SERVED_MAX + SERVED_FILES_MAX,
		    "whole");
}

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
	known_files();
	files_text();
	longest();
	return tap_end();
}
