/* NAME=value lines: how they are parsed, and which lines are skipped or refused. */
#include <errno.h>
#include <string.h>

#include "os/assignment.h"
#include "tap.h"

static void line(const char *text, int want, const char *want_name, const char *want_value)
{
	char name[64] = "untouched";
	char value[64] = "untouched";

	same_number(assignment_parse(text, name, value, sizeof(value)), want, text);
	if (want != 1)
		return;
	same_text(name, want_name, "name");
	same_text(value, want_value, "value");
}

static void lines(void)
{
	line("", 0, NULL, NULL);
	line("\n", 0, NULL, NULL);
	line("  \t\r\n", 0, NULL, NULL);
	line("# NAME=value", 0, NULL, NULL);
	line("  # NAME=value\n", 0, NULL, NULL);
	line("NAME=value", 1, "NAME", "value");
	line("\tNAME=value\r\n", 1, "NAME", "value");
	line("NAME=\n", 1, "NAME", "");
	line("NAME=a b c  # remark\n", 1, "NAME", "a b c");
	line("NAME=\"a # b\" # remark\n", 1, "NAME", "a # b");
	line("NAME='a \"b\" '\n", 1, "NAME", "a \"b\" ");
	line("NAME=\"it's\"\n", 1, "NAME", "it's");
	line("NAME=a=b\n", 1, "NAME", "a=b");
	line("name_2=x", 1, "name_2", "x");
	line("NAME", -EINVAL, NULL, NULL);
	line("NAME =x", -EINVAL, NULL, NULL);
	line("=x", -EINVAL, NULL, NULL);
	line("export NAME=x", -EINVAL, NULL, NULL);
	line("if [ -x /y ]; then", -EINVAL, NULL, NULL);
	/* written by our rpm package, for a vendor's script that sources the same file */
	line("case ${0##*/}:${1-} in upgrade:*) ! helper >/dev/null || exec helper \"$@\" ;; esac # ours",
	     -EINVAL, NULL, NULL);
	line("NAME=\"x\n", -EINVAL, NULL, NULL);
	line("NAME='x\"\n", -EINVAL, NULL, NULL);
	line("NAME=\"", -EINVAL, NULL, NULL);
}

static void long_lines(void)
{
	char text[200], name[8], value[8];

	same_number(assignment_parse("SEVENXX=1234567", name, value, 8), 1, "what fits");
	same_text(name, "SEVENXX", "name");
	same_text(value, "1234567", "value");
	same_number(assignment_parse("EIGHTXXX=1", name, value, 8), -EINVAL, "name too long");
	same_number(assignment_parse("A=12345678", name, value, 8), -EINVAL, "value too long");
	same_number(assignment_parse("A=\"12345678\"", name, value, 8), -EINVAL, "quoted one");
	memset(text, 'A', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	same_number(assignment_parse(text, name, value, 8), -EINVAL, "letters only");
}

struct seen {
	unsigned count;
	unsigned stop_at; /* the line at which the reading ends; 0: none */
	struct {
		unsigned long line;
		char name[32];
		char value[ASSIGNMENT_LINE_MAX + 1];
		char fault[64];
	} each[4];
};

static int see(void *arg, const struct assignment *a)
{
	struct seen *seen = arg;
	unsigned i = seen->count++;

	ok((a->value == NULL) == (a->wrong != NULL), "a value or what is wrong");
	if (i < 4) {
		seen->each[i].line = a->line;
		(void)snprintf(seen->each[i].name, sizeof(seen->each[i].name), "%s", a->name);
		(void)snprintf(seen->each[i].value, sizeof(seen->each[i].value), "%s",
			       a->value ? a->value : "");
		(void)snprintf(seen->each[i].fault, sizeof(seen->each[i].fault), "%s",
			       a->wrong ? a->wrong : "");
	}
	return seen->count == seen->stop_at ? 7 : 0;
}

static int read_file(const char *text, size_t length, struct seen *seen)
{
	FILE *f = tmpfile();
	int r;

	must(f != NULL && fwrite(text, 1, length, f) == length, "tmpfile");
	rewind(f);
	seen->count = 0;
	r = assignments_read(f, see, seen);
	(void)fclose(f);
	return r;
}

static void files(void)
{
	static struct seen seen;
	static const char text[] = "# one\nA=1\n\nif true; then\n  B='2'\nfi\nC=3";

	same_number(read_file(text, sizeof(text) - 1, &seen), 0, "a file");
	same_number(seen.count, 3, "its assignments");
	same_number((long long)seen.each[0].line, 2, "the line of A");
	same_text(seen.each[1].name, "B", "B");
	same_text(seen.each[1].value, "2", "B");
	same_number((long long)seen.each[1].line, 5, "the line of B");
	same_text(seen.each[2].value, "3", "C, without a newline behind");
	seen.stop_at = 2;
	same_number(read_file(text, sizeof(text) - 1, &seen), 7, "what the caller returned");
	same_number(seen.count, 2, "and no more than it wanted");
	seen.stop_at = 0;
	same_number(read_file("", 0, &seen), 0, "an empty file");
	same_number(seen.count, 0, "has none");
}

/* Reads one line, and "Z=z" after it. want: the fault of the first; "": none; NULL: skipped. */
static void fault(const char *text, size_t length, const char *want, const char *what)
{
	static struct seen seen;
	static char both[4 * ASSIGNMENT_LINE_MAX];
	unsigned first = want != NULL;

	memcpy(both, text, length);
	memcpy(both + length, "\nZ=z\n", 5);
	same_number(read_file(both, length + 5, &seen), 0, what);
	same_number(seen.count, first + 1, what);
	if (want) {
		same_text(seen.each[0].fault, want, what);
		same_text(seen.each[0].name, "A", what);
		same_number((long long)seen.each[0].line, 1, what);
	}
	same_text(seen.each[first].name, "Z", "the next line");
	same_text(seen.each[first].value, "z", "the next line");
	same_number((long long)seen.each[first].line, 2, "the next line");
}

/* A setting that cannot be read is reported: ignoring it could mean another nginx. */
static void faulty_lines(void)
{
	static char text[3 * ASSIGNMENT_LINE_MAX];

	memset(text, 'x', sizeof(text));
	memcpy(text, "A=", 2);
	fault(text, ASSIGNMENT_LINE_MAX, "", "as long as may be");
	fault(text, ASSIGNMENT_LINE_MAX + 1, "is longer than 4095 bytes", "a byte longer");
	fault(text, sizeof(text), "is longer than 4095 bytes", "far longer");
	memcpy(text, "A x", 3);
	fault(text, sizeof(text), NULL, "long shell code");
	memcpy(text, "# A=", 4);
	fault(text, sizeof(text), NULL, "a long remark");
	memset(text, 'A', sizeof(text));
	fault(text, sizeof(text), NULL, "a name without end");
	fault("A=1\0002", 5, "holds a NUL", "a NUL in the value");
	fault("\0 A=1", 6, "holds a NUL", "before the name: shells drop it");
	fault("A\0=1", 4, "holds a NUL", "in the name");
	fault("A=1\0", 4, "holds a NUL", "at the end");
	fault("x\0", 2, NULL, "in what is no assignment");
	fault("# A=\0", 5, NULL, "in a remark");
	fault("A=\"1", 4, "has a quote that does not end in it", "a quote");
	fault("A='1\"", 5, "has a quote that does not end in it", "another quote");
	fault("A=1\"", 4, "", "a quote that is a part of it");
}

int main(void)
{
	lines();
	long_lines();
	files();
	faulty_lines();
	return tap_end();
}
