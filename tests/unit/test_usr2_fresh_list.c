/* Removing sockets from the list that nginx passes to its successor. */
#include "tap.h"
#include "trust/usr2_fresh_private.h"

/* Makes an environment of a text in which "|" stands for a NUL. */
static size_t lay_out(const char *text, char *ret)
{
	size_t length = strlen(text);
	size_t i;

	for (i = 0; i < length; i++)
		ret[i] = text[i] == '|' ? '\0' : text[i];
	return length;
}

static void becomes(const char *before, const int *numbers, size_t count, const char *want,
		    const char *name)
{
	char environment[256] = "";
	char got[256] = "";
	struct inherited_change c = {0, 0};
	size_t size = lay_out(before, environment);
	size_t i;
	int r = inherited_without(environment, size, numbers, count, &c);

	for (i = 0; i < size; i++)
		got[i] = environment[i] ? environment[i] : '|';
	same_number(r, 0, name);
	same_text(got, want, "  the environment");
	ok(strncmp(before, want, c.offset) == 0 &&
		   strcmp(before + c.offset + c.length, want + c.offset + c.length) == 0,
	   "  nothing else is to be written");
}

static void refuses(const char *before, const int *numbers, size_t count, int error,
		    const char *name)
{
	char environment[256] = "";
	char copy[256] = "";
	struct inherited_change c;
	size_t size = lay_out(before, environment);

	(void)lay_out(before, copy);
	same_number(inherited_without(environment, size, numbers, count, &c), error, name);
	ok(memcmp(environment, copy, size) == 0, "  it is as it was");
}

int main(void)
{
	static const int seven[] = {7}, six[] = {6}, last[] = {8}, two[] = {12, 7},
			 all[] = {6, 7, 8}, absent[] = {7, 9}, ten[] = {10}, twice[] = {7, 7};

	becomes("TZ=|NGINX=6;7;8;|SPARE=X|", seven, 1, "TZ=|NGINX=006;8;|SPARE=X|",
		"from the middle");
	becomes("NGINX=6;7;8;|", six, 1, "NGINX=007;8;|", "the first");
	becomes("NGINX=6;7;8;|", last, 1, "NGINX=006;7;|", "the last");
	becomes("A=1|NGINX=6;7;8;12;|B=|", two, 2, "A=1|NGINX=000006;8;|B=|", "two of them");
	becomes("NGINX=6:7:8:|", seven, 1, "NGINX=006:8:|", "with colons");
	becomes("ANGIE=6;7;|", seven, 1, "ANGIE=006;|", "Angie's");
	becomes("NGINX=1;10;100;|", ten, 1, "NGINX=0001;100;|", "not what begins or ends like it");
	becomes("NGINX=0006;7;8;|", seven, 1, "NGINX=000006;8;|", "once more");
	becomes("XNGINX=7;|NGINX_HANDOVER=7;|NGINX=7;8;|", seven, 1,
		"XNGINX=7;|NGINX_HANDOVER=7;|NGINX=008;|", "not in a variable with a longer name");

	refuses("NGINX=6;7;8;|", all, 3, -ENODATA, "none would be left");
	becomes("NGINX=6;7;8;|", absent, 2, "NGINX=006;8;|", "one of two, the other is not there");
	becomes("NGINX=6;7;8;|", twice, 2, "NGINX=006;8;|", "one that is asked for twice");
	refuses("NGINX=6;8;|", seven, 1, -ENOENT, "it is not there");
	refuses("NGINX=|", seven, 1, -ENOENT, "an empty list");
	refuses("A=1|B=2|", seven, 1, -EBADMSG, "no list");
	refuses("", seven, 1, -EBADMSG, "no environment");
	refuses("NGINX=6;7;|NGINX=6;7;|", seven, 1, -EBADMSG, "two lists");
	refuses("NGINX=6;7;|ANGIE=6;7;|", seven, 1, -EBADMSG, "two lists of two names");
	refuses("NGINX=6;7;8", seven, 1, -EBADMSG, "a list that does not end");
	refuses("NGINX=6;7;8|", seven, 1, -EBADMSG, "a number that does not end");
	refuses("NGINX=6;x;7;|", seven, 1, -EBADMSG, "no number");
	refuses("NGINX=6;;7;|", seven, 1, -EBADMSG, "an empty number");
	refuses("NGINX=6;-7;|", seven, 1, -EBADMSG, "a negative one");
	refuses("NGINX=6;99999999999999999999;7;|", seven, 1, -EBADMSG, "one that is too large");
	return tap_end();
}
