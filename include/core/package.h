/*
 * What the hook of a package finds, and what it is to do about it: one pure function. The hook is
 * called several times in a transaction: in the place of a package's own upgrade, and again when
 * everything is in place; and other scripts may have worked on nginx in between.
 *
 *	facts filled -> package_judge() -> one of these, done by commands/package_*.c
 */
#ifndef CORE_PACKAGE_H
#define CORE_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define PACKAGE_MOVES(X)                                                                     \
	X(NOTHING,    "nothing")      /* all is well, or none of our business */             \
	X(SILENCE,    "silence")      /* it was told in this transaction already */          \
	X(REMIND,     "remind")       /* these files were refused in an earlier one */       \
	X(REPORT,     "report")       /* it is due, and nobody wants it done here */         \
	X(REPORT_2ND, "report_2nd")   /* it is due again, after a handover of this very      \
				       * transaction */                                      \
	X(LEAVE,      "leave")        /* it is due, and this nginx is not to be touched */   \
	X(HAND_OVER,  "hand_over")                                                           \
	X(DRAINS,     "drains")       /* somebody has handed over, and the old one drains */ \
	X(UNFINISHED, "unfinished")   /* two generations, and somebody has to decide */      \
	X(GO_BACK,    "go_back")      /* what runs is what was installed, and serves nobody: \
				       * to what served before */                            \
	X(TELL,       "tell")         /* the same, where that is not to be done */           \
	X(HEAL,       "heal")         /* the update has ended the service: what served       \
				       * before is put back and started */                   \
	X(TELL_DOWN,  "tell_down")    /* the same, where that is not to be done */

#define PACKAGE_MOVE_ENUM(name, word) PACKAGE_##name,
enum package_move { PACKAGE_MOVES(PACKAGE_MOVE_ENUM) PACKAGE_MOVE_COUNT };
#undef PACKAGE_MOVE_ENUM
/* clang-format on */

/*
 * How the service was left, where no nginx runs. Whether it was this update that has ended it is
 * told by evidence, so that nothing is started that somebody has stopped:
 *
 *  - Under systemd its unit must be "failed", or about to be started again by itself; one that was
 *    stopped is "inactive". And it must have been active until a moment after the file came to its
 *    path (ActiveExitTimestamp and the ctime of the file, both of the machine's clock): one that
 *    had failed before was not, and one that has not run since the boot has no such time. Or a hook
 *    of this very transaction (the same package manager, by pid and start) has seen it serve.
 *  - Without a unit: such a hook has seen it serve; or what only an orderly end takes away, the
 *    lock file of its init script or its pid file, is still there, and was made before the file
 *    came. Both are of this boot: their folders are emptied by it.
 *
 * Nothing of that counts where the unit is masked, where policy-rc.d(8) forbids it, or where no
 * file stands at the path: then nginx was removed.
 */
struct package_down {
	bool file;                /* one stands at the path, that can be executed */
	bool forbidden;           /* masked, or by policy-rc.d */
	bool unit_known;          /* the manager has told about its unit */
	bool unit_failed;         /* failed, or about to be started again */
	uint64_t active_until_us; /* the unit was, since 1970; 0: not since the boot */
	uint64_t replaced_us;     /* when the file came to its path, since 1970; 0: not known */
	bool seen_serving;        /* by a hook of this transaction */
	uint64_t left_us;         /* when what is left behind was made, since 1970; 0: nothing is */
};

bool package_ended_it(const struct package_down *d);

struct package_facts {
	/* The settings. */
	bool may_act;   /* ON_PACKAGE_UPDATE=auto or upgrade */
	bool libraries; /* upgrade: also for those */

	/* The nginx. */
	bool unknown;    /* it runs, perhaps, and something is wrong: an upgrade says what */
	bool runs;       /* one master */
	bool drains;     /* it came by a handover, and the old master is on its way out */
	bool unfinished; /* two masters, or signs of them */
	bool serves;     /* its workers accept, and live */
	bool due_nginx;  /* the binary or a module was replaced */
	bool due_library;
	bool not_ours; /* started by hand, its unit is masked, or policy-rc.d forbids it */
	struct package_down down;

	/* What a hook has noted; see commands/package_memory.h. */
	bool noted;          /* about these very files, in this boot */
	bool same;           /* in this transaction, as far as that can be told */
	bool told;           /* it was told what stands, or what was done about it */
	bool refused;        /* it was tried, and refused or undone */
	bool retry;          /* it was the configuration that was refused, and that has changed */
	bool handed_over;    /* a hook of this transaction has; any files */
	bool is_transaction; /* it is known which one this is */
	bool kept;           /* a build that served before is kept */
};

enum package_move package_judge(const struct package_facts *f);

/* "hand_over" */
const char *package_move_word(enum package_move move);

#endif
