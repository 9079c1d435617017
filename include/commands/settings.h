/*
 * Options, environment and settings file, in that order of weight, in one table (settings.c). The
 * long options in capitals, with '_' for '-', are the names in the other two: --drain-timeout 5min
 * is DRAIN_TIMEOUT=5min in the file, and NGINX_HANDOVER_DRAIN_TIMEOUT in the environment, where
 * plain names are other programs'.
 *
 *	settings_defaults -> settings_command_line -> settings_environment -> settings_file
 *
 * Whoever comes first wins. Each returns 0 or fills *err and returns -1.
 */
#ifndef COMMANDS_SETTINGS_H
#define COMMANDS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct settings {
	const char *pid_file;
	const char *nginx;
	const char *conf;
	const char *settings;
	const char *binary;
	const char *leads_to;           /* of a rollback: where a link will lead; no option */
	const char *to;                 /* NULL: not said */
	const char *rollback_restarts;  /* "yes" or "no" */
	const char *start_is;           /* as what a start is recorded; NULL: a start; no option */
	const char *service;            /* its init script's name; NULL: not said */
	const char *init;               /* "auto", "systemd", "sysv" or "none" */
	const char *drain_expired;      /* "leave" or "term" */
	const char *reload_upgrades;    /* "binary", "all" or "no" */
	const char *on_package_update;  /* "auto", "upgrade", "report" or "no" */
	const char *on_package_failure; /* "leave" or "restore" */
	const char *after_lock;         /* NULL: not said */
	const char *trust_user;         /* NULL: not said */
	const char *trace;              /* NULL: not said */
	uid_t trust_uid;                /* NO_USER: none beside root */
	gid_t trust_gid;                /* its own group, or NO_GROUP */
	uint64_t start_timeout_us;
	bool start_timeout_given; /* by anybody */
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
	const char *held_until;   /* of the process that watches over a hold; NULL: this is none */
	const char *textfile_dir; /* NULL: no metrics */
	bool watch;
	uint64_t number; /* of the handover that "history" is asked about; 0: all; no option */
	bool if_needed;
	bool dry_run;
	bool force;
	bool restart; /* as rollback_restarts */
	bool json;
	bool quiet;
	bool verbose;
	bool is_hook; /* of a package: nobody at a shell has asked */
	bool help;
	bool help_all;
	bool version;

	uint64_t given; /* a bit for each row of the table that has a value already */
	uint64_t said;  /* the same, before the settings file was read */
};

struct settings_error {
	int exit_code; /* 1: the system said no; 2: usage; 4: not privileged; 6: not configured */
	char text[2048];
};

/* Which verbs take an option; see verbs in main.c. */
enum verb_bit {
	VERB_START = 1,
	VERB_STOP = 2,
	VERB_UPGRADE = 4,
	VERB_ROLLBACK = 8,
	VERB_FINISH = 16,
	VERB_STATUS = 32,
	VERB_CONFIGTEST = 64,
	VERB_RELOAD = 128,
	VERB_RESTART = 256,
	VERB_REOPEN = 512,
	VERB_PACKAGE_UPDATE = 1024,
	VERB_BACKUPS = 2048,
	VERB_NEEDED = 4096,
	VERB_DOCTOR = 8192,
	VERB_HISTORY = 16384,
	VERB_ALL = 32767,
	/* Those that decide round by round. */
	VERB_DRIVES = VERB_STOP | VERB_UPGRADE | VERB_ROLLBACK | VERB_FINISH | VERB_RELOAD |
		      VERB_RESTART | VERB_PACKAGE_UPDATE
};

void settings_defaults(struct settings *s);

/* argv without the program and the verb. Strings are kept by reference. */
int settings_command_line(struct settings *s, enum verb_bit verb, int argc, char *const argv[],
			  struct settings_error *err);

int settings_environment(struct settings *s, struct settings_error *err);

/*
 * The file named by --settings, which must exist, or else /etc/sysconfig/NAME or
 * /etc/default/NAME, where NAME is the service or "nginx"; only the one of "nginx" may be missing.
 * A service of another name must have a pid file of its own: without, it would be about whatever
 * nginx is found. The file is shared with init scripts: names that are not ours are passed over.
 * One that anybody but root and the caller can change, or a folder above it, is refused.
 */
int settings_file(struct settings *s, struct settings_error *err);

/*
 * What the command line and the environment have said, as options for another command: at most
 * `most` pointers, the strings in `room`, paths made absolute. What stands in the settings file is
 * not repeated: it is read again, and what root alone may read is not shown by ps(1). Returns how
 * many; -E2BIG.
 */
int settings_options(const struct settings *s, enum verb_bit verb, const char **ret, int most,
		     char *room, size_t size);

/* The options of a command: those that --help shows, or all of them. */
void settings_usage(unsigned verbs, bool all);

#endif
