/*
 * What an init system is told and asked: the table of functions of an adapter. A function is called
 * as init->ops.follow(init, ...). Functions that an adapter leaves out do nothing, and return that
 * there is nothing to report (init/none.c).
 *
 * A new adapter needs its table, and a row in init/adapters.h. It must have `name` and `evidence`;
 * then come `believes` (for "status"), `examine` (for "doctor") and `note`. An adapter executes the
 * programs of its init system through trust/door.h.
 */
#ifndef INIT_OPS_H
#define INIT_OPS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/adapters.h"
#include "init/adoption.h" /* IWYU pragma: export */
#include "init/limits.h"

/* How sure an adapter is that an nginx belongs to its init system. The strongest evidence wins. */
enum init_evidence {
	INIT_NO,     /* this init system is not here, or has nothing to do with that nginx */
	INIT_CALLED, /* one of its scripts has called us, which does not tell who started nginx */
	INIT_RULES,  /* it starts the services of this machine, and so probably this one */
	INIT_HOLDS,  /* the master is in the cgroup of one of its services, or is the process that
			one has written down as its own */
	INIT_PARENT, /* it is the parent of the master, and the kernel tells it when that ends */
};

/* For the name of a service. */
enum { UNIT_TEXT = 256 };

/* What the init system is told in each round of a run. */
struct init_round {
	pid_t old_master; /* 0: none, or dead */
	pid_t new_master;
	pid_t main;          /* the process to take as main process; 0: no change */
	uint64_t patient_us; /* how long from now until something must have happened */
	bool signalled; /* this round is only about a signal, which may be its way to stop us */
};

/* How it has reacted to that. */
struct init_verdict {
	/* It can be told, it answers, and it still takes the old master for the main process. */
	bool behind;
	/*
	 * NULL: it has followed to the new master, or that is not known. Else it still takes the
	 * old master for the service: when that one ends it will kill the rest, unless this pid
	 * file ("": none) leads it to the new master. The text is the adapter's, valid until the
	 * next call.
	 */
	const char *clings;
	/* It is stopping this service: all generations have to end. */
	bool stop_asked;
	/* Becomes readable when follow has something to do. -1: nothing to wait for. */
	int fd;
};

/* How a run ends. */
struct init_end {
	struct init_round round;
	pid_t worker;       /* a worker of the new master, where that serves alone; else 0 */
	const char *status; /* how the service stands */
};

/* What has become of nginx, other than by a handover. */
enum init_news {
	INIT_FOUND_RUNNING, /* a command that may change something has found it running */
	INIT_FOUND_NOTHING, /* such a command has found nothing of it */
	INIT_STARTED,       /* we started it, or took it over, and its workers accept */
	INIT_STOPPED,       /* after a stop nothing of it is left, or nothing was there before */
};

/* The result where starting or stopping may be the init system's own task. */
enum init_job {
	INIT_JOB_OURS,   /* the caller has to do it: not its task, or it has called us for that */
	INIT_JOB_DONE,   /* it has done it */
	INIT_JOB_FAILED, /* it tried or refused, and its reason was said */
};

/* The time that it leaves us, and that it cannot be asked to extend. */
struct init_limit {
	uint64_t left_us;
	const char *text;   /* "this systemd cannot be asked for more time than ..." */
	const char *advice; /* what to do where it is too short */
};

/* The state of a service whose nginx does not run. */
struct init_down {
	bool masked;              /* nothing may start it */
	bool failed;              /* it ended by itself: failed, or about to be started again */
	uint64_t active_until_us; /* since 1970; 0: not active since the boot */
	char pid_file[PATH_MAX];  /* named by the service; "": none */
};

/* How long a handover and a stop of this nginx may take, by the settings. */
struct init_plan {
	pid_t master; /* that serves */
	const char *pid_path;
	uint64_t handover_us;
	uint64_t stop_us;
};

/* A setting of the service that would spoil a handover, or what comes after it. */
struct init_finding {
	const char *id; /* one word */
	const char *text;
	const char *means;
	const char *change; /* the line to change */
};

typedef void init_finding_fn(void *arg, const struct init_finding *found);

/* A program of ours that has to survive this run, its shell and its session. */
struct init_background {
	const char *name;        /* one word, unique while it runs */
	const char *description; /* for people */
	const char *const *argv; /* argv[0] is the path; ended by a NULL */
};

/* What it believes about a service whose nginx runs. */
struct init_belief {
	const char *name; /* of the init system: "systemd" */
	char unit[UNIT_TEXT];
	char state[24];                 /* in its words */
	pid_t main;                     /* the process it takes for the main process; 0: none */
	bool right_state;               /* the state is one of a running service */
	char mend_state[3 * UNIT_TEXT]; /* what to do where the state is wrong */
	char mend_main[3 * UNIT_TEXT];  /* what to do where `main` is wrong */
};

struct init;

struct init_ops {
	const char *name;     /* of --init */
	size_t state_size;    /* of its state, which is zeroed at the begin */
	unsigned descriptors; /* the most files that it has open at once */
	const char *settings; /* the folder with a settings file for each service; NULL: none of its
				 own */
	const char *by;       /* who stops nginx where stop is DONE: "its unit" */
	const char *log;      /* where that is logged: "its journal" */

	/* --- who: asked before there is a state -------------------------------------------- */

	/* master: 0 where none is known. service: the init script that called us, or NULL. */
	enum init_evidence (*evidence)(const char *service, pid_t master);
	/* The name of the service in whose cgroup this process is. NULL: it has no such names. */
	bool (*unit)(pid_t pid, char ret[UNIT_TEXT]);
	/* Whether it has started us as part of a service, rather than a person or a script. */
	bool (*is_part)(void);

	/* --- what a script prints, and a person sees --------------------------------------- */

	/*
	 * A command begins. 0, or the exit code where this caller may not do that, after saying so.
	 * A command that consists of others announces and concludes each of them.
	 */
	int (*announce)(struct init *init, const char *verb);
	void (*conclude)(struct init *init, int code);
	/*
	 * Prints the state of the service in its own words, and returns its exit code for "status".
	 * code: by nginx and its pid file (LSB). master: 0 where none runs.
	 */
	int (*state)(struct init *init, pid_t master, int code);

	/* --- a session --------------------------------------------------------------------- */

	/* Looks for the init system's sockets and files. Waits for nothing. */
	void (*open)(struct init *init);
	/* The nginx in question runs, and this is one of its masters. May be called again. */
	void (*attach)(struct init *init, pid_t master);
	/* Does what takes time now, while the caller waits for something else. */
	void (*prepare)(struct init *init);
	void (*close)(struct init *init);

	/* --- a run ------------------------------------------------------------------------- */

	/*
	 * Tells it what has changed, and repeats what it has not taken. To be called before the
	 * first look and in every round. With round->signalled it is told nothing, but asked, for a
	 * fifth of a second at most.
	 */
	void (*follow)(struct init *init, const struct init_round *round, struct init_verdict *ret);
	/*
	 * A line about the present state, for people who look at the service. Cheap when it has not
	 * changed.
	 */
	void (*status)(struct init *init, const char *text);
	/*
	 * The end of a run: waits, for a bounded time, until it has followed; says where it has
	 * not.
	 */
	void (*settle)(struct init *init, const struct init_end *end);
	/*
	 * The exit code to use in place of this one, after settle: where we are part of the service
	 * it might take our failure for the end of the service, and kill it. stopped: the run has
	 * stopped nginx. Says so where a failure becomes a success.
	 */
	int (*exit_code)(struct init *init, int code, bool stopped);

	/* --- before it --------------------------------------------------------------------- */

	/*
	 * Whether it is certain to kill the new generation. Then ret holds a sentence about that
	 * and, after a newline, what to do. To be asked before the first signal; waits for a tenth
	 * of a second at most. init NULL: another init system is told, and this one is not.
	 */
	bool (*obstacle)(struct init *init, pid_t master, char *ret, size_t size);
	/*
	 * The command that raises the memory limit of the attached nginx's service. False: there is
	 * none. v2: the version of the cgroups.
	 */
	bool (*raise_memory)(const struct init *init, bool v2, char *ret, size_t size);
	/*
	 * What comes next may take this long: the job that we were started for must not be called
	 * failed before.
	 */
	void (*patience)(struct init *init, uint64_t us);
	/* Whether it will call that job failed after a time that cannot be extended. */
	bool (*time_left)(struct init *init, struct init_limit *ret);
	/*
	 * NULL, or why the run of the process `holder` has to be waited for: a refusal of ours
	 * would harm that run or the service. Waits for an answer for some seconds at most.
	 */
	const char *(*waits_for)(struct init *init, pid_t holder);
	/*
	 * Whether a master may belong to the service that we are part of. False: it belongs to
	 * another.
	 */
	bool (*may_be_ours)(const struct init *init, pid_t master);
	/* The pid file that is named by the service that we are part of. False: it names none. */
	bool (*pid_file)(struct init *init, char *ret, size_t size);
	/*
	 * NULL, or why the attached nginx must not be touched unless somebody asks for it: "it was
	 * started by hand, ...".
	 */
	const char *(*not_ours)(const struct init *init);
	/*
	 * Reports what is wrong with the settings of the attached nginx's service. Waits for
	 * answers for some seconds at most.
	 */
	void (*examine)(struct init *init, const struct init_plan *plan, init_finding_fn *fn,
			void *arg);
	/*
	 * The limits that this master would be started with now. Waits for answers for two seconds
	 * at most. False: it sets none.
	 */
	bool (*limits)(struct init *init, pid_t master, struct init_limits *ret);
	/*
	 * What it believes about the service that this master is in. For commands that only look:
	 * needs no open. False: it is in none, or nobody can be asked.
	 */
	bool (*believes)(pid_t master, struct init_belief *ret);

	/* --- start and stop ---------------------------------------------------------------- */

	/* master, status: with INIT_STARTED only. */
	void (*note)(struct init *init, enum init_news news, pid_t master, const char *status);
	/*
	 * Has it start the nginx of this pid file, or stop that of these masters (0: none), where
	 * that is its task. *ret_code: the exit code of what it has started, where that failed.
	 */
	enum init_job (*start)(struct init *init, const char *pid_path, uint64_t timeout_us,
			       int *ret_code);
	enum init_job (*stop)(struct init *init, pid_t old_master, pid_t new_master,
			      uint64_t timeout_us);
	/*
	 * NULL, or the program that ends with the attached nginx and is started with the next one
	 * by others: a stop and a start by us would leave it out. "nginx-handover run (pid 7)". The
	 * text is the adapter's, valid until the next call.
	 */
	const char *(*ends_with)(struct init *init);
	/*
	 * The state of the service that starts the binary at this path, and whose nginx does not
	 * run. False: there is no such service, or nobody can be asked. After it, start_again
	 * starts just that service, whatever its name.
	 */
	bool (*down)(struct init *init, const char *nginx, struct init_down *ret);
	enum init_job (*start_again)(struct init *init, uint64_t timeout_us);
	/*
	 * Moves a running nginx that was started by others into its own service, and says how that
	 * went. OURS: it has no services that hold processes. FAILED: nginx stayed where it was.
	 */
	enum init_job (*adopt)(struct init *init, struct init_adoption *what);
	/*
	 * Has it start a program as a service of its own. OURS: it does no such thing, or could
	 * not, and the caller may do it.
	 */
	enum init_job (*background)(struct init *init, const struct init_background *what);
};

#define INIT_DECLARE(name) extern const struct init_ops init_##name;
INIT_ADAPTERS(INIT_DECLARE)
#undef INIT_DECLARE

/*
 * For a container without init system, a private nginx, or --init none. It has every function, and
 * none does anything.
 */
extern const struct init_ops init_none;

#endif
