/* The line for ./configure: what is kept, what takes whose place, and the quotes. */
#include <stdlib.h>

#include "nginx/configure_line.h"
#include "tap.h"

struct seen {
	char text[4096];
};

static void note(void *arg, const char *argument, enum configure_from from)
{
	struct seen *seen = arg;
	size_t length = strlen(seen->text);

	(void)snprintf(seen->text + length, sizeof(seen->text) - length, "%s%c%s",
		       length ? " " : "", "=~+"[from], argument);
}

static void line(const char *arguments, const char *const *add, const char *want, const char *name)
{
	char text[1024];
	struct build_info b;
	struct seen seen = {""};
	size_t adds = 0;

	(void)snprintf(text, sizeof(text), "nginx version: nginx/1.18.0\nconfigure arguments:%s\n",
		       arguments);
	must(build_info_parse(text, strlen(text), &b) == 0, name);
	while (add && add[adds])
		adds++;
	configure_line(&b, add, adds, note, &seen);
	same_text(seen.text, want, name);
	build_info_free(&b);
}

#define ADD(...) ((const char *const[]){__VA_ARGS__, NULL})

static void lines(void)
{
	line("", NULL, "", "a build without arguments");
	line(" --prefix=/p --with-x", NULL, "=--prefix=/p =--with-x", "nothing is added");
	line(" --prefix=/p", ADD("--with-x"), "=--prefix=/p +--with-x", "one is added behind");
	line(" --with-x --prefix=/p", ADD("--with-x"), "=--with-x =--prefix=/p",
	     "what is there is not added once more");
	line(" --prefix=/p --with-x", ADD("--prefix=/q"), "~--prefix=/q =--with-x",
	     "another value takes the place of the first");
	line(" --with-x=dynamic", ADD("--with-x"), "~--with-x", "none is another value, too");
	line(" --prefix=/p --with-x --prefix=/r", ADD("--prefix=/q"), "~--prefix=/q =--with-x",
	     "both that it stands for go");
	line(" --prefix=/p", ADD("--prefix=/q", "--prefix=/r"), "~--prefix=/r",
	     "the last of several counts");
	line("", ADD("--with-y=1", "--with-y=2", "--with-z"), "+--with-y=2 +--with-z",
	     "also of those that are added");
	line(" --add-module=a --add-module=b", ADD("--add-module=c", "--add-module=a"),
	     "=--add-module=a =--add-module=b +--add-module=c", "modules may be many");
	line(" --with-xy=1", ADD("--with-x=2"), "=--with-xy=1 +--with-x=2",
	     "a name that begins alike is another");
	line(" --with-cc-opt='-O2 -g' --with-ld-opt=", NULL,
	     "=--with-cc-opt=-O2 -g =--with-ld-opt=", "a blank and an empty value");
}

static void word(const char *argument, const char *want)
{
	char *got = configure_word(argument);

	same_text(got, want, argument);
	free(got);
}

static void words(void)
{
	word("--with-x", "--with-x");
	word("--prefix=/usr/local/nginx", "--prefix=/usr/local/nginx");
	word("--with-cc-opt=-O2 -g", "--with-cc-opt='-O2 -g'");
	word("--with-ld-opt=", "--with-ld-opt=");
	word("--with-cc-opt=-DX='a b'", "--with-cc-opt='-DX='\\''a b'\\'''");
	word("--with-cc-opt=$(reboot)`x`;!*?[]{}<>&|\\\"~#",
	     "--with-cc-opt='$(reboot)`x`;!*?[]{}<>&|\\\"~#'");
	word("--build=~", "--build='~'");
	word("--a b=c", "'--a b=c'");
	word("", "''");
	word("--name=\xe5\x90\x8d", "--name='\xe5\x90\x8d'");
}

static void what_is_taken(void)
{
	ok(configure_takes("--with-x"), "an option");
	ok(configure_takes("--with-x=a b"), "with a value");
	ok(!configure_takes("with-x"), "not a word");
	ok(!configure_takes("--"), "not the end of options");
	ok(!configure_takes("--=x"), "not a value alone");
	ok(!configure_takes("--with-x;reboot"), "not a command behind it");
	ok(!configure_takes("--with-x=a\n"), "not two lines");
	same_text(configure_source("--add-module=../x"), "../x", "a module's folder");
	same_text(configure_source("--with-openssl=/src"), "/src", "a library's");
	same_text(configure_source("--with-pcre"), NULL, "none where the system's is taken");
	same_text(configure_source("--with-openssl-opt=x"), NULL, "nor of another option");
	same_text(configure_source("--with-pcre="), NULL, "nor of an empty one");
}

int main(void)
{
	lines();
	words();
	what_is_taken();
	return tap_end();
}
