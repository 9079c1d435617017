/* nginx-handover: one verb, its options, one exit code. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/settings.h"
#include "trust/door.h"
#include "ui/say.h"

#ifndef VERSION
#define VERSION "0.0"
#endif

struct verb {
	const char *name;
	enum verb_bit bit;
	int (*run)(const struct settings *s);
	const char *help; /* NULL: another name, for init scripts */
};

static const struct verb verbs[] = {
	{"start", VERB_START, command_start, "start nginx, return when its workers accept"},
	{"stop", VERB_STOP, command_stop, "stop every generation, clients first"},
	{"reload", VERB_RELOAD, command_reload,
	 "read the configuration anew, or upgrade where that is due"},
	{"upgrade", VERB_UPGRADE, command_upgrade, "hand over to another binary"},
	{"restart", VERB_RESTART, command_restart, "test the configuration, stop, start"},
	{"try-restart", VERB_RESTART, command_try_restart, "the same, where nginx runs"},
	{"condrestart", VERB_RESTART, command_try_restart, NULL},
	{"force-reload", VERB_RELOAD, command_reload, NULL},
	{"reopen", VERB_REOPEN, command_reopen, "have the log files opened anew"},
	{"rotate", VERB_REOPEN, command_reopen, NULL},
	{"rollback", VERB_ROLLBACK, command_rollback,
	 "go back to the old generation, or the build before"},
	{"backups", VERB_BACKUPS, command_backups,
	 "the builds that served, and where they are kept"},
	{"finish", VERB_FINISH, command_finish, "complete a handover that was interrupted"},
	{"package-update", VERB_PACKAGE_UPDATE, command_package_update,
	 "for package hooks: upgrade where one is due"},
	{"status", VERB_STATUS, command_status, "generations, workers, what is due"},
	{"configtest", VERB_CONFIGTEST, command_configtest,
	 "test the configuration, leave no trace"},
};

static void print_version(void)
{
	(void)puts("nginx-handover " VERSION);
}

static void print_usage(const struct verb *verb)
{
	size_t i;

	(void)printf("usage: nginx-handover %s [option...]\n\n", verb ? verb->name : "COMMAND");
	for (i = 0; !verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].help)
			(void)printf("  %-14s %s\n", verbs[i].name, verbs[i].help);
	}
	if (!verb)
		(void)putchar('\n');
	settings_usage(verb ? verb->bit : VERB_ALL);
	(void)printf("\nSee nginx-handover(8).\n");
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

static int usage_error(const char *what)
{
	(void)fprintf(stderr, "nginx-handover: %s\nTry \"nginx-handover --help\".\n", what);
	return 2;
}

static int no_such_command(const char *name)
{
	size_t i;

	(void)fprintf(stderr, "nginx-handover: no such command: %s. There are:", name);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		(void)fprintf(stderr, " %s", verbs[i].name);
	(void)fputc('\n', stderr);
	return 2;
}

static int settings_fault(const struct settings_error *err)
{
	(void)usage_error(err->text);
	return err->exit_code;
}

static int read_settings(struct settings *s, const struct verb *verb, int argc, char *argv[])
{
	struct settings_error err;

	settings_defaults(s);
	if (settings_command_line(s, verb->bit, argc, argv, &err) < 0)
		return settings_fault(&err);
	if (s->help || s->version)
		return 0;
	if (settings_environment(s, &err) < 0 || settings_file(s, &err) < 0)
		return settings_fault(&err);
	return 0;
}

int main(int argc, char *argv[])
{
	static struct settings s; /* what the settings file said is kept by it until the end */
	struct say_options options;
	const struct verb *verb;
	int r;

	if (door_open() < 0)
		return 1;
	/* What was asked for is done, whether somebody reads about it or not. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return usage_error("no command given");
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_version();
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(NULL);
		return 0;
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return no_such_command(argv[1]);
	r = read_settings(&s, verb, argc - 2, argv + 2);
	if (r)
		return r;
	if (s.help) {
		print_usage(verb);
		return 0;
	}
	if (s.version) {
		print_version();
		return 0;
	}
	s.is_hook = verb->bit == VERB_PACKAGE_UPDATE;
	options.quiet = s.quiet;
	options.verbose = s.verbose;
	options.json = s.json;
	options.prefix = verb->bit == VERB_PACKAGE_UPDATE ? "nginx-handover: " : "";
	say_open(&options);
	return command_invoke(verb->name, verb->run, &s);
}
