/*
 * What the hook of a package has to do about what it finds, as one pure function. The hook is
 * called several times in a transaction: where a package is upgraded, and again when everything is
 * in place. Other scripts may have worked on nginx in between.
 *
 *	facts filled -> package_judge() -> one of these, done by commands/package_*.c
 */
#ifndef CORE_PACKAGE_H
#define CORE_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define PACKAGE_MOVES(X)                                                                     \
	X(NOTHING,    "nothing")      /* all is well, or not our task */                     \
	X(SILENCE,    "silence")      /* it was said in this transaction already */          \
	X(REMIND,     "remind")       /* an earlier transaction has refused these files */   \
	X(REPORT,     "report")       /* an upgrade is due, and the settings want only a     \
				       * report */                                           \
	X(REPORT_2ND, "report_2nd")   /* an upgrade is due again, after a handover in this   \
				       * transaction */                                      \
	X(LEAVE,      "leave")        /* an upgrade is due, but this nginx must not be       \
				       * touched */                                          \
	X(HAND_OVER,  "hand_over")                                                           \
	X(DRAINS,     "drains")       /* somebody has handed over, and the old one drains */ \
	X(UNFINISHED, "unfinished")   /* two generations, and somebody has to decide */      \
	X(GO_BACK,    "go_back")      /* the installed build runs and serves nobody: go back \
				       * to the build that served before */                  \
	X(TELL,       "tell")         /* the same, but only said */                          \
	X(HEAL,       "heal")         /* the update has ended the service: put back the      \
				       * build that served before, and start it */           \
	X(TELL_DOWN,  "tell_down")    /* the same, but only said */

#define PACKAGE_MOVE_ENUM(name, word) PACKAGE_##name,
enum package_move { PACKAGE_MOVES(PACKAGE_MOVE_ENUM) PACKAGE_MOVE_COUNT };
#undef PACKAGE_MOVE_ENUM
/* clang-format on */

/*
 * The state of the service where no nginx runs. There must be evidence that this update has ended
 * it, so that nothing is started that somebody has stopped:
 *
 * - Where the service has a state, two things must hold. It has failed, or is about to be started
 *   again; a service that was stopped has not failed. And it was active until the file came to its
 *   path, or later (by the manager and by the ctime of the file, both on the machine's clock), or
 *   else a hook of this transaction (the same package manager, by pid and start time) has seen it
 *   serve. A service that had failed before was not active, and one that has not run since the boot
 *   has no such time.
 *
 * - Without such a service one of two things must hold. A hook of this transaction has seen it
 *   serve; or a file that only an orderly end removes, the lock file of its init script or its pid
 *   file, is still there and older than the new file. Both are from this boot, since the boot
 *   empties their folders.
 *
 * None of that counts where the unit is masked, where policy-rc.d(8) forbids a start, or where no
 * file is at the path: then nginx was removed.
 */
struct package_down {
	bool file;                /* there is an executable file at the path */
	bool forbidden;           /* masked, or by policy-rc.d */
	bool unit_known;          /* the manager has answered about its unit */
	bool unit_failed;         /* failed, or about to be started again */
	uint64_t active_until_us; /* until when the unit was, since 1970; 0: not since the boot */
	uint64_t replaced_us;     /* when the file came to its path, since 1970; 0: not known */
	bool seen_serving;        /* by a hook of this transaction */
	uint64_t left_us; /* when the file that is left was made, since 1970; 0: none is left */
};

bool package_ended_it(const struct package_down *d);

struct package_facts {
	/* The settings. */
	bool may_act;   /* ON_PACKAGE_UPDATE=auto or upgrade */
	bool libraries; /* upgrade: also for replaced libraries */

	/* The nginx. */
	bool unknown;    /* it may run, but something is wrong: an upgrade will say what */
	bool runs;       /* with one master */
	bool drains;     /* it came by a handover, and the old master still drains */
	bool unfinished; /* two masters, or signs of them */
	bool serves;     /* its workers accept, and stay alive */
	bool due_nginx;  /* the binary or a module was replaced */
	bool due_library;
	bool not_ours; /* started by hand, its unit is masked, or policy-rc.d forbids it */
	struct package_down down;

	/* What an earlier hook has noted; see commands/package_memory.h. */
	bool noted;          /* there is a note about these files, from this boot */
	bool same;           /* from this transaction, as far as that is known */
	bool told;           /* the state, or what was done about it, was said */
	bool refused;        /* an upgrade was tried, and refused or undone */
	bool retry;          /* the configuration was refused, and has changed since */
	bool handed_over;    /* a hook of this transaction has, for any files */
	bool is_transaction; /* it is known which transaction this is */
	bool kept;           /* a build that served before is kept */
};

enum package_move package_judge(const struct package_facts *f);

/* "hand_over" */
const char *package_move_word(enum package_move move);

#endif
