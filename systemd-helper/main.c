/* The program: finds the verb, reads the settings, runs the command, and prints how it ended. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/settings.h"
#include "commands/verbs.h"
#include "commands/verdict.h"
#include "os/descriptors.h"
#include "os/exit_code.h"
#include "os/held_pid_file.h"
#include "trust/door.h"
#include "ui/outlet.h"
#include "ui/say.h"
#include "ui/stream.h"

#ifndef VERSION
#define VERSION "0.0"
#endif

#define VERB_ROW(bit, name, function, kind, help) {name, VERB_##bit, function, help},
#define ALIAS_ROW(bit, name, function)            {name, VERB_##bit, function, NULL},

static const struct verb verbs[] = {VERBS(VERB_ROW, ALIAS_ROW)};

static void print_version(void)
{
	stream_print(stream_output(), "nginx-handover " VERSION "%s\n", command_built_without());
}

#define PRINT_CODE(name, number, word, text)                                                       \
	stream_print(stream_output(), "  %3d  %s\n", number, text);

static void print_exit_codes(void)
{
	stream_print(stream_output(), "\nExit codes, 0 where all went well:\n");
	EXIT_CODES(PRINT_CODE)
}

static void print_usage(const struct verb *verb, bool all)
{
	struct outlet *out = stream_output();
	size_t i;

	/* The list of verbs has to fit a screen: no empty line above it. */
	stream_print(out, "usage: nginx-handover %s [option...]\n%s", verb ? verb->name : "COMMAND",
		     verb ? "\n" : "");
	for (i = 0; !verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].help)
			stream_print(out, "  %-14s %s\n", verbs[i].name, verbs[i].help);
	}
	if (!verb && all)
		stream_print(out, "\n");
	if (verb || all)
		settings_usage(verb ? verb->bit : VERB_ALL, all);
	if (!verb && all)
		print_exit_codes();
	if (all)
		stream_print(out, "\nSee nginx-handover(8).\n");
	else
		stream_print(
			out,
			verb ? "\nEvery option: --help-all. See nginx-handover(8).\n"
			     : "Options: \"nginx-handover COMMAND --help\". See nginx-handover(8).\n");
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

/* How the program ended, for --json. */
struct ending {
	const struct verb *verb; /* NULL: none was known */
	char message[1024];      /* what was wrong with the command line; "": nothing */
	bool told;               /* a help text or the version was printed: no event "end" */
};

static int usage_error(struct ending *e, const char *what)
{
	(void)snprintf(e->message, sizeof(e->message), "%s", what);
	stream_print(stream_error(), "nginx-handover: %s\nTry \"nginx-handover --help\".\n", what);
	return EXIT_USAGE;
}

static int no_such_command(struct ending *e, const char *name)
{
	struct outlet *err = stream_error();
	size_t i;

	(void)snprintf(e->message, sizeof(e->message), "no such command: %s", name);
	stream_print(err, "nginx-handover: no such command: %s. There are:", name);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		stream_print(err, " %s", verbs[i].name);
	stream_print(err, "\n");
	return EXIT_USAGE;
}

/*
 * The most files that a command has open at once, beside those that it was started with: counted
 * under strace, and two or three more. Those of the init system's adapter are added.
 */
static unsigned descriptors_for(enum verb_bit verb)
{
	enum { TO_LOOK = 16, TO_SIGNAL = 18, TO_TEST = 21, TO_HAND_OVER = 32 };
	unsigned more = command_descriptors();

	switch (verb) {
	case VERB_STATUS: return TO_LOOK + more;
	case VERB_STOP:
	case VERB_REOPEN: return TO_SIGNAL + more;
	case VERB_NEEDED:
	case VERB_CONFIGTEST: return TO_TEST + more;
	default: return TO_HAND_OVER + more;
	}
}

/* The exit code where a system call failed before the command could begin. */
static int failed_code(const struct verb *verb)
{
	if (verb && verb->bit == VERB_DOCTOR)
		return DOCTOR_REFUSED;
	return verb && verb->bit == VERB_NEEDED ? NEEDED_UNKNOWN : EXIT_FAILED;
}

/* Raises the limit on open files if the command needs that. Where it is too low and cannot be
 * raised, says so now: later, each call would fail in a way of its own, with a misleading message.
 */
static bool make_room(const struct verb *verb)
{
	unsigned limit = 0;
	unsigned wanted = 0;
	int r = descriptors_make_room(descriptors_for(verb->bit), &limit, &wanted);

	if (r == -EMFILE)
		stream_print(
			stream_error(),
			"nginx-handover: only %u files may be open here at once, and this needs %u. Nothing was done. What to do: raise that limit for whoever starts this (\"ulimit -n 1024\" in a shell, LimitNOFILE=1024 in a unit, nofile in /etc/security/limits.conf)\n",
			limit, wanted);
	else if (r < 0)
		stream_print(stream_error(), "nginx-handover: the limit on open files: %s\n",
			     strerror(-r));
	return r >= 0;
}

static int settings_failed(struct ending *e, const struct settings_error *err)
{
	(void)usage_error(e, err->text);
	return err->exit_code;
}

static int read_settings(struct ending *e, struct settings *s, int argc, char *argv[])
{
	struct settings_error err;

	settings_defaults(s);
	if (settings_command_line(s, e->verb->bit, argc, argv, &err) < 0)
		return settings_failed(e, &err);
	if (s->help || s->help_all || s->version)
		return 0;
	if (settings_environment(s, &err) < 0 || settings_file(s, &err) < 0)
		return settings_failed(e, &err);
	return 0;
}

static int told(struct ending *e)
{
	e->told = true;
	return 0;
}

/* Whether --json is among the arguments: it also counts for errors in the command line itself. */
static bool wants_json(int argc, char *argv[])
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

static int invoke(struct ending *e, int argc, char *argv[])
{
	static struct settings s; /* has the strings of the settings file, until the very end */
	struct say_options options = {.json = wants_json(argc, argv), .prefix = ""};
	const struct verb *verb;
	int r;

	if (options.json)
		say_open(&options);
	if (argc < 2)
		return usage_error(e, "no command given");
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_version();
		return told(e);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(NULL, false);
		return told(e);
	}
	if (strcmp(argv[1], "--help-all") == 0) {
		print_usage(NULL, true);
		return told(e);
	}
	verb = e->verb = find_verb(argv[1]);
	if (!verb)
		return no_such_command(e, argv[1]);
	if (!make_room(verb))
		return failed_code(verb);
	r = read_settings(e, &s, argc - 2, argv + 2);
	if (r)
		return r == EXIT_FAILED ? failed_code(verb) : r;
	if (s.help || s.help_all) {
		print_usage(verb, s.help_all);
		return told(e);
	}
	if (s.version) {
		print_version();
		return told(e);
	}
	s.is_hook = verb->bit == VERB_PACKAGE_UPDATE;
	options.quiet = s.quiet;
	options.verbose = s.verbose;
	options.json = s.json;
	options.unlogged = s.watch;
	options.prefix = verb->bit == VERB_PACKAGE_UPDATE ? "nginx-handover: " : "";
	say_open(&options);
	if (verb->bit & VERB_ACTS)
		held_pid_file_put_back();
	return command_invoke(verb, &s);
}

/* Where the command was not begun, the verdict is not one of the verb's own. */
static void say_ending(const struct ending *e, int code)
{
	bool begun = e->verb && !*e->message;

	verdict_say(e->verb ? e->verb->name : "", begun ? e->verb->bit : 0, code,
		    *e->message ? e->message : NULL);
}

int main(int argc, char *argv[])
{
	struct ending ending = {.verb = NULL};
	int r;

	if (door_open() < 0)
		return failed_code(argc > 1 ? find_verb(argv[1]) : NULL);
	/* A reader that goes away must not end the command. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* After "stty tostop" the kernel would stop a background job that writes to the terminal.
	 */
	(void)signal(SIGTTOU, SIG_IGN);
	r = invoke(&ending, argc, argv);
	if (!ending.told)
		say_ending(&ending, r);
	say_close();
	return r;
}
