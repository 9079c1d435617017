/* NAME=value lines: what one says, and what is none. */
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
	line("NAME", -1, NULL, NULL);
	line("NAME =x", -1, NULL, NULL);
	line("=x", -1, NULL, NULL);
	line("export NAME=x", -1, NULL, NULL);
	line("if [ -x /y ]; then", -1, NULL, NULL);
	line("NAME=\"x\n", -1, NULL, NULL);
	line("NAME='x\"\n", -1, NULL, NULL);
	line("NAME=\"", -1, NULL, NULL);
}

static void long_lines(void)
{
	char text[200], name[8], value[8];

	same_number(assignment_parse("SEVENXX=1234567", name, value, 8), 1, "what fits");
	same_text(name, "SEVENXX", "name");
	same_text(value, "1234567", "value");
	same_number(assignment_parse("EIGHTXXX=1", name, value, 8), -1, "name too long");
	same_number(assignment_parse("A=12345678", name, value, 8), -1, "value too long");
	same_number(assignment_parse("A=\"12345678\"", name, value, 8), -1, "quoted one");
	memset(text, 'A', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	same_number(assignment_parse(text, name, value, 8), -1, "letters only");
}

int main(void)
{
	lines();
	long_lines();
	return tap_end();
}
