/*
 * configure-args: prints the ./configure line of the build that runs, so that no option is
 * forgotten in the next build. Standard output gets this line and nothing else. Changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "core/problems.h"
#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/configure_line.h"
#include "os/exit_code.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/escape.h"
#include "ui/outlet.h"
#include "ui/say.h"
#include "ui/stream.h"

/* Which nginx, and what was found of it. */
struct nginx_found {
	struct site site;
	struct world world;
	struct problems problems; /* why it cannot be asked */
};

/* The line, while it is put together. */
struct line {
	struct outlet *out; /* NULL: with --json each option is an event of its own */
	char *text;
	size_t length;
	bool failed; /* there was no memory */
	bool unfit;  /* it has a character that must not be printed as it is */
};

/* Whether a terminal just shows this word, and no control character in it does anything else. A tab
 * is allowed: it can be among the options of a compiler. */
static bool is_fit(const char *word)
{
	size_t size = 4 * strlen(word) + 1;
	char *plain = malloc(size);
	char *shown = malloc(size);
	bool fit = false;
	char *p;

	if (plain && shown) {
		(void)snprintf(plain, size, "%s", word);
		while ((p = strchr(plain, '\t')))
			*p = ' ';
		fit = strcmp(say_escape(plain, shown, size), plain) == 0;
	}
	free(plain);
	free(shown);
	return fit;
}

static void append_word(struct line *l, const char *word)
{
	size_t length = strlen(word);
	char *longer = realloc(l->text, l->length + length + 2);

	if (!longer) {
		l->failed = true;
		return;
	}
	l->text = longer;
	(void)snprintf(l->text + l->length, length + 2, " %s", word);
	l->length += length + 1;
}

/*
 * An option may name a folder of sources (--add-module=...). Warns where that is missing here, or
 * is a relative path: the next build may be made on another machine or in another folder.
 */
static void look_for_source(const char *argument)
{
	const char *path = configure_source(argument);

	if (!path || (path[0] == '/' && access(path, F_OK) == 0))
		return;
	if (path[0] == '/')
		say(SAY_WARNING,
		    "%s does not exist here. What to do: get these sources again, and give their folder",
		    argument);
	else
		say(SAY_WARNING,
		    "%s is relative to the folder in which this nginx was built. What to do: see that it leads to the same files from where you build",
		    argument);
}

static void add_argument(void *arg, const char *argument, enum configure_from from)
{
	static const char *const words[] = {"kept", "changed", "added"};
	struct say_field fields[] = {
		{"argument", argument, 0}, {"is", words[from], 0}, {NULL, NULL, 0}};
	struct line *l = arg;
	char *word = configure_word(argument);

	if (!word) {
		l->failed = true;
		return;
	}
	l->unfit = l->unfit || !is_fit(word);
	append_word(l, word);
	if (!l->out)
		say_event(SAY_INFO, "argument", fields, "%s", word);
	look_for_source(argument);
	free(word);
}

static int print_line(const struct settings *settings, const struct build_info *b)
{
	struct line l = {.out = settings->json ? NULL : stream_output()};

	configure_line(b, settings->add, settings->adds, add_argument, &l);
	if (l.failed)
		say(SAY_ERROR,
		    "there is no memory for the line. What to do: try again when there is more");
	else if (l.unfit && l.out)
		say(SAY_ERROR,
		    "an option of this build has a control character in it. What to do: --json shows the options one by one");
	else if (l.out)
		stream_print(l.out, "./configure%s\n", l.text ? l.text : "");
	free(l.text);
	return l.failed || (l.unfit && l.out) ? EXIT_FAILED : 0;
}

/* Asks the program with -V, as the user `as`, and prints the line. Returns the exit code. */
static int ask_program(const struct settings *settings, const struct program *program,
		       const struct actor *as)
{
	struct ask_failure why;
	struct build_info b;
	char advice[PATH_MAX + 512];
	int r;

	if (version_ask(program, as, &b, &why) < 0) {
		say(SAY_ERROR, "%s does not say how it was built: %s. What to do: %s",
		    program->shown, why.text,
		    ask_advice(&why, program->shown, advice, sizeof(advice)));
		return EXIT_NOT_INSTALLED;
	}
	say(SAY_DEBUG, "of %s %s, %s", b.product, b.version, program->shown);
	r = print_line(settings, &b);
	build_info_free(&b);
	return r;
}

/* Asks the file that the master executes. The file at its path may be another one by now. */
static int ask_running(const struct settings *settings, const struct world *w)
{
	const struct generation *serves = w->new.subject.process.pid ? &w->new : &w->old;
	struct program program = PROGRAM_NONE;
	struct actor as;
	int r = program_of(&serves->subject, &program);

	if (r < 0) {
		say(SAY_ERROR,
		    "the binary of master %d cannot be looked at: %s. What to do: run this as root",
		    (int)serves->subject.process.pid, strerror(-r));
		return EXIT_FAILED;
	}
	as = actor_of(&serves->subject, NULL);
	r = ask_program(settings, &program, &as);
	actor_free(&as);
	program_close(&program);
	return r;
}

/* Where no nginx runs: asks the file at the path of the binary. */
static int ask_stopped(const struct settings *settings, struct nginx_found *n)
{
	struct site *site = &n->site;
	struct program program = PROGRAM_NONE;
	struct actor as = actor_ourselves();
	struct distrust why;
	int r;

	if (!site->nginx[0] && !site_usual_binary(site->nginx)) {
		say(SAY_ERROR,
		    "nginx does not run, and no binary was found in the usual places. What to do: say where it is with --nginx");
		return EXIT_NOT_INSTALLED;
	}
	r = program_at(&site->believed, "", site->nginx, &program, &why);
	if (r == -EPERM) {
		problem_distrust(&n->problems, EXIT_REFUSED, site->nginx, &why);
		return problems_say(&n->problems);
	}
	if (r < 0) {
		say(SAY_ERROR, "%s: %s. What to do: say where nginx is with --nginx", site->nginx,
		    strerror(-r));
		return EXIT_NOT_INSTALLED;
	}
	r = ask_program(settings, &program, &as);
	program_close(&program);
	return r;
}

int command_configure_args(const struct settings *settings)
{
	struct nginx_found *n = storage_new(sizeof(*n));
	int r;

	if (!n)
		return EXIT_FAILED;
	switch (site_look(settings, &n->site, &n->world, &n->problems)) {
	case SITE_RUNS: r = ask_running(settings, &n->world); break;
	case SITE_STOPPED: r = ask_stopped(settings, n); break;
	default: r = problems_say(&n->problems); break;
	}
	world_close(&n->world);
	free(n);
	return r;
}
