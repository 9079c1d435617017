/*
 * The settings. They come from options, the environment and the settings file, all by one table
 * (settings_table.c). --drain-timeout 5min is DRAIN_TIMEOUT=5min in the file, and
 * NGINX_HANDOVER_DRAIN_TIMEOUT=5min in the environment, where a plain name may be another
 * program's.
 *
 *	settings_defaults -> settings_command_line -> settings_environment -> settings_file
 *
 * The first one that sets a value wins. Each returns 0; or -1 with *err filled in. Strings are kept
 * by reference, or live until the process ends.
 */
#ifndef COMMANDS_SETTINGS_H
#define COMMANDS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "commands/verbs.h"
#include "os/exit_code.h"

struct init;

/* How often --add may be given. */
enum { ADDS_MAX = 64 };

struct settings {
	const char *pid_file;
	const char *nginx;
	const char *conf;
	const char *settings;
	const char *binary;
	const char *leads_to;           /* no option; in a rollback: where a link will lead */
	const char *to;                 /* NULL: not given */
	const char *rollback_restarts;  /* "yes" or "no" */
	const char *start_is;           /* no option; the verb that a start is recorded with; NULL:
					 * "start" */
	const char *service;            /* the name of the init script; NULL: not given */
	const char *init;               /* "auto", "none", or the name of an adapter */
	const char *drain_expired;      /* "leave" or "term" */
	const char *quic;               /* "heal", "steer" or "off" */
	const char *reload_upgrades;    /* "binary", "all" or "no" */
	const char *on_package_update;  /* "auto", "upgrade", "report" or "no" */
	const char *on_package_failure; /* "leave" or "restore" */
	const char *after_lock;         /* NULL: not given */
	const char *unit;               /* of "adopt"; NULL: not given */
	const char *trust_user;         /* NULL: not given */
	const char *trace;              /* NULL: not given */
	uid_t trust_uid;                /* of trust_user; NO_USER: only root is trusted */
	gid_t trust_gid;                /* that user's own group, or NO_GROUP */
	uint64_t start_timeout_us;
	bool start_timeout_given; /* else it is the default */
	uint64_t test_timeout_us;
	const char *memory_check; /* "refuse" or "warn" */
	uint64_t settle_us;
	uint64_t drain_timeout_us;
	const char *probe;      /* a command line for the shell; NULL: none */
	const char *probe_user; /* who executes it; NULL: nobody */
	uint64_t probe_timeout_us;
	const char *probe_accept; /* "yes" or "no" */
	bool probe_http;
	uint64_t hold_us;         /* 0: the old master is not held */
	const char *held_until;   /* of a process that watches over a hold; NULL: of any other */
	const char *drain_of;     /* of a process that watches over a drain: the old master's pid */
	const char *textfile_dir; /* NULL: no metrics */
	const char *add[ADDS_MAX]; /* options for configure */
	size_t adds;
	const char *notify_fd;  /* a number; NULL: not given */
	const char *ready_file; /* NULL: not given */
	bool watch;
	bool exit_code;
	uint64_t number; /* no option; the handover that "history" shows; 0: all of them */
	bool if_needed;
	bool dry_run;
	bool force;
	bool restart; /* the option for rollback_restarts=yes */
	bool json;
	bool quiet;
	bool verbose;
	bool is_hook; /* a package's hook has called, not a user at a shell */
	bool help;
	bool help_all;
	bool version;

	struct init *caller; /* the init system that has called; set by command_invoke() */

	uint64_t given; /* a bit for each row of the table: it has a value already */
	uint64_t said;  /* the same, as it was before the settings file was read */
};

/* Beside the -errno of a settings_...() call: the text for people, and how the program ends. */
struct settings_error {
	enum exit_code exit_code; /* EXIT_FAILED, USAGE, NOT_PRIVILEGED or CONFIG */
	char text[2048];
};

void settings_defaults(struct settings *s);

/* Each of these three returns 0, or -errno with *err filled in. argv begins behind the program and
 * the verb. */
int settings_command_line(struct settings *s, enum verb_bit verb, int argc, char *const argv[],
			  struct settings_error *err);

int settings_environment(struct settings *s, struct settings_error *err);

/* Whether neither the command line nor the environment says which nginx or which settings file. */
bool settings_unnamed(const struct settings *s);

/*
 * Reads the file of --settings, which must exist; else the first that exists of these: the init
 * system's own (OpenRC: /etc/conf.d/NAME), /etc/sysconfig/NAME, /etc/default/NAME. NAME is the
 * service, or "nginx"; only for "nginx" may all of them be missing. The file of another service
 * must set PID_FILE: else the command would be about whatever nginx is found.
 *
 * Init scripts read the same file, so names that are not ours are ignored. A file that others than
 * root and the caller can change is refused; so is one in such a folder.
 */
int settings_file(struct settings *s, struct settings_error *err);

/*
 * The settings of the command line and the environment, as options for another process of ours: at
 * most `most` pointers in ret, to strings in `room` (size bytes); paths are absolute. Those of the
 * settings file are left out: that process reads the file itself, and ps(1) must not show what only
 * root may read. Returns how many there are, or -E2BIG.
 */
int settings_options(const struct settings *s, enum verb_bit verb, const char **ret, int most,
		     char *room, size_t size);

/* Prints the options of these verbs: those of --help, or all of them. */
void settings_usage(unsigned verbs, bool all);

#endif
