/*
 * The table of verbs. Their bits, the declarations in commands.h, the help, and what depends on the
 * kind of a verb come from it; so do the completions (packaging/completion/generate) and the check
 * that the manual has each of them (tests/lib/manual.bash), which read this file: a row is one
 * line.
 */
#ifndef COMMANDS_VERBS_H
#define COMMANDS_VERBS_H

struct settings;

/* What kind of a verb it is. */
enum verb_kind {
	/* It acts on nginx: where our rpm package holds the pid file aside, it is put back first
	 * (os/held_pid_file.h). Not package-update, a hook that may run while it is held. */
	ACTS = 1,
	DRIVES = 2, /* it calls drive(), so that it takes --trace */
	LOOKS = 4   /* it only looks: its exit code is the answer, never "nothing_to_do" */
};

/* clang-format off */

/*
 * X: the bit VERB_..., the name, the function, the kind, the help. ALIAS: another name, for init
 * scripts, of the verb with this bit and function; it is not in the help. The help has their order.
 */
#define VERBS(X, ALIAS)                                                                            \
	X(START, "start", command_start, ACTS, "start nginx, return when its workers accept") \
	X(RUN, "run", command_run, ACTS, "start it, and stay in the foreground for a supervisor") \
	X(STOP, "stop", command_stop, ACTS | DRIVES, "stop every generation, clients first") \
	X(RELOAD, "reload", command_reload, ACTS | DRIVES, "read the configuration again, or upgrade if one is due") \
	X(UPGRADE, "upgrade", command_upgrade, ACTS | DRIVES, "hand over to another binary") \
	X(RESTART, "restart", command_restart, ACTS | DRIVES, "test the configuration, stop, start") \
	X(TRY_RESTART, "try-restart", command_try_restart, ACTS | DRIVES, "the same, where nginx runs") \
	ALIAS(TRY_RESTART, "condrestart", command_try_restart) \
	ALIAS(RELOAD, "force-reload", command_reload) \
	X(REOPEN, "reopen", command_reopen, ACTS, "have nginx reopen its log files") \
	ALIAS(REOPEN, "rotate", command_reopen) \
	X(ROLLBACK, "rollback", command_rollback, ACTS | DRIVES, "go back to the old generation, or to the previous build") \
	X(BACKUPS, "backups", command_backups, LOOKS, "the builds that served, and where they are kept") \
	X(HISTORY, "history", command_history, LOOKS, "the handovers; history NUMBER: all about one") \
	X(FINISH, "finish", command_finish, ACTS | DRIVES, "complete a handover that was interrupted") \
	X(HEAL, "heal", command_heal, ACTS, "repair HTTP/3 after upgrades by hand") \
	X(ADOPT, "adopt", command_adopt, 0, "bring an nginx started by hand into its unit") \
	X(PACKAGE_UPDATE, "package-update", command_package_update, DRIVES, "for package hooks: upgrade where one is due") \
	X(NEEDED, "needed", command_needed, LOOKS, "why an upgrade is due; exit code 1: it is not") \
	X(DOCTOR, "doctor", command_doctor, LOOKS, "what would stop, spoil or slow an upgrade here") \
	X(STATUS, "status", command_status, LOOKS, "generations, workers, what is due") \
	X(CONFIGTEST, "configtest", command_configtest, LOOKS, "test the configuration, change nothing") \
	X(CONFIGURE_ARGS, "configure-args", command_configure_args, LOOKS, "the ./configure line of the build that runs")

#define VERB_NO_ALIAS(bit, name, function)
#define VERB_PLACE(bit, name, function, kind, help) PLACE_##bit,
#define VERB_BIT(bit, name, function, kind, help)   VERB_##bit = 1 << PLACE_##bit,
#define VERB_ANY(bit, name, function, kind, help)   | VERB_##bit
#define VERB_ACT(bit, name, function, kind, help)   | ((kind) & ACTS ? VERB_##bit : 0)
#define VERB_DRIVE(bit, name, function, kind, help) | ((kind) & DRIVES ? VERB_##bit : 0)
#define VERB_LOOK(bit, name, function, kind, help)  | ((kind) & LOOKS ? VERB_##bit : 0)

enum verb_place { VERBS(VERB_PLACE, VERB_NO_ALIAS) };

enum verb_bit {
	VERBS(VERB_BIT, VERB_NO_ALIAS)
	VERB_ALL = 0 VERBS(VERB_ANY, VERB_NO_ALIAS),
	VERB_ACTS = 0 VERBS(VERB_ACT, VERB_NO_ALIAS),
	VERB_DRIVES = 0 VERBS(VERB_DRIVE, VERB_NO_ALIAS),
	VERB_LOOKS = 0 VERBS(VERB_LOOK, VERB_NO_ALIAS)
};

/* clang-format on */

struct verb {
	const char *name;
	enum verb_bit bit;
	int (*run)(const struct settings *s);
	const char *help; /* NULL: an alias */
};

#endif
