/*
 * The init system that watches over nginx: what it must be told during a handover, and what it may
 * be asked. One table of functions each; nothing outside an adapter knows its words. A handover
 * never waits for it, and never fails because of it, but for one case: where the init system is
 * known to kill the new generation when the old master leaves (see init_clings_to()).
 *
 *	init_choose -> init_announce
 *	-> init_open -> init_attach -> (init_follow, init_status, ...) -> init_settle -> init_close
 *	-> init_conclude
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What it is told in each round of a run. */
struct init_round {
	pid_t old_master; /* 0: none, or dead */
	pid_t new_master;
	pid_t main;          /* whom it is to take for the main process; 0: whom it takes now */
	uint64_t patient_us; /* how long from now until something must have happened */
};

/* How a run ends. */
struct init_end {
	struct init_round round;
	pid_t worker;       /* a worker of the new master, when that serves alone; else 0 */
	const char *status; /* how the service stands */
};

/* Where starting or stopping is the init system's own business. */
enum init_job {
	INIT_JOB_OURS,   /* do it yourself: nothing of its own, or it is what called us */
	INIT_JOB_DONE,   /* it did it */
	INIT_JOB_FAILED, /* it tried, or refused, and has been quoted */
};

/* How the service was left where its nginx does not run. */
struct init_down {
	bool masked; /* nothing may start it */
	bool failed; /* it ended by itself and is called failed, or is about to be started again */
	uint64_t active_until_us; /* since 1970; 0: it was not active since the boot */
	char pid_file[PATH_MAX];  /* that it names; "": none */
};

/* What a handover and a stop of this nginx may take, by the settings. */
struct init_plan {
	pid_t master; /* that serves */
	const char *pid_path;
	uint64_t handover_us;
	uint64_t stop_us;
};

/* What of the service's own settings would spoil a handover, or what comes after it. */
struct init_finding {
	const char *id; /* one word */
	const char *text;
	const char *means;
	const char *change; /* the line to change */
};

typedef void init_finding_fn(void *arg, const struct init_finding *found);

/* A program of ours that is to go on when this run, its shell and its session have gone. */
struct init_background {
	const char *name;        /* one word, nobody else's while it runs */
	const char *description; /* for people */
	const char *const *argv; /* argv[0] is its path; a NULL ends it */
};

/* What it makes of a service whose nginx runs. */
enum { UNIT_TEXT = 256 };
struct init_belief {
	const char *name; /* its own: "systemd" */
	char unit[UNIT_TEXT];
	char state[24];   /* in its words */
	pid_t main;       /* whom it takes for the main process; 0: nobody */
	bool right_state; /* that is one of a service which runs */
};

struct init_ops {
	const char *name;
	bool (*detect)(void);
	int (*announce)(const char *verb);
	void (*conclude)(int code);
	int (*state)(pid_t master, int code);
	void (*open)(void);
	void (*attach)(pid_t master);
	void (*prepare)(void);
	int (*fd)(void);
	void (*follow)(const struct init_round *round);
	bool (*is_behind)(pid_t old_master);
	const char *(*clings_to)(pid_t old_master);
	const char *(*obstacle)(pid_t master);
	bool (*stop_asked)(bool signalled);
	bool (*is_part)(void);
	bool (*may_be_ours)(pid_t master);
	bool (*pid_file)(char *ret, size_t size);
	bool (*is_control)(void);
	void (*patience)(uint64_t us);
	bool (*time_left)(uint64_t *ret_us);
	bool (*waits_for)(pid_t holder);
	const char *(*not_ours)(void);
	void (*examine)(const struct init_plan *plan, init_finding_fn *fn, void *arg);
	void (*status)(const char *text);
	void (*settle)(const struct init_end *end);
	bool (*kills_on_failure)(void);
	bool (*stop_is_wanted)(void);
	void (*found)(bool runs);
	void (*started)(pid_t master, const char *status);
	void (*stopped)(void);
	enum init_job (*start)(const char *pid_path, uint64_t timeout_us, int *ret_code);
	enum init_job (*stop)(pid_t old_master, pid_t new_master, uint64_t timeout_us);
	bool (*believes)(pid_t master, struct init_belief *ret);
	bool (*down)(const char *nginx, struct init_down *ret);
	enum init_job (*start_again)(uint64_t timeout_us);
	enum init_job (*background)(const struct init_background *what);
	void (*close)(void);
};

extern const struct init_ops init_systemd;
extern const struct init_ops init_sysv;

/*
 * which: "auto", "systemd", "sysv" or "none". service: the name of the init script that called us;
 * NULL: none did. Kept by reference.
 */
void init_choose(const char *which, const char *service);

/* The name of the service as its init script has it; "nginx" where none called us. */
const char *init_service(void);

/* Whether an init script called us. */
bool init_has_service(void);

/*
 * A command of this name begins: what an init script prints about it. 0, or the exit code where
 * this caller may not do that, with everything said. A command that is made of others announces and
 * concludes each.
 */
int init_announce(const char *verb);

/* It ends, with this exit code. */
void init_conclude(int code);

/*
 * How the service stands, in the words of the init system, and the exit code of "status" there.
 * code is the one by what nginx and its pid file say (LSB); master is 0 where none runs.
 */
int init_state(pid_t master, int code);

/* Looks for what is there; waits for nothing. */
void init_open(void);

/* The nginx that this is about runs, and this is (one of) its master(s). */
void init_attach(pid_t master);

/* Takes its time to get ready, if it needs some: for when something else is waited for. */
void init_prepare(void);

/* Readable: init_follow() has something to do. -1: there is nothing to wait for. */
int init_fd(void);

/* Tells it what changed, and repeats what it has not taken. To be called in every round. */
void init_follow(const struct init_round *round);

/* It can be told, it answers, and it still takes the old master for the main process. */
bool init_is_behind(pid_t old_master);

/*
 * NULL: it has followed to the new master, or it is not known what it does. Else it still takes the
 * old master for the service, and its end for the end of the service, which it then kills, unless
 * the pid file whose path is returned ("": none) leads it to the new one.
 */
const char *init_clings_to(pid_t old_master);

/*
 * NULL, or why it would kill the new generation for sure: a sentence, and what to do about it,
 * parted by a newline. To be asked before the first signal; waits for a tenth of a second at most.
 * systemd is asked wherever it runs, whatever was chosen: where it is told nothing, it follows by
 * its PIDFile= alone.
 */
const char *init_obstacle(pid_t master);

/*
 * Whether it is stopping this service, so that all generations must end. signalled: a signal came
 * that may have been its way to say so; it is asked then, for a fifth of a second at most.
 */
bool init_stop_asked(bool signalled);

/* Whether we were started by it, as (a part of) some service, not by a person or a script. */
bool init_is_part(void);

/* Whether a master may be that of the service that we are a part of: false where it is another's.
 */
bool init_may_be_ours(pid_t master);

/* The pid file that the service which we are a part of names. False: it names none. */
bool init_pid_file(char *ret, size_t size);

/* The same, of the very service that the attached nginx belongs to (systemd: ExecReload, ...). */
bool init_is_control(void);

/* What comes next may take so long: what it started us for is not to be called failed before. */
void init_patience(uint64_t us);

/* Whether it will call that failed after a time which it cannot be asked to move; what is left. */
bool init_time_left(uint64_t *ret_us);

/*
 * Whether a run that this process is at has to be waited for, since our own failure would harm it,
 * or the service. Waits for an answer for some seconds at most.
 */
bool init_waits_for(pid_t holder);

/*
 * NULL, or why the attached nginx is not to be touched when nobody asked for it: "it was started by
 * hand, ...".
 */
const char *init_not_ours(void);

/* Looks at the service of the attached nginx; waits for answers for some seconds at most. */
void init_examine(const struct init_plan *plan, init_finding_fn *fn, void *arg);

/* A line about the present state, for whoever looks at the service. Cheap when it is the same. */
void init_status(const char *text);

/* The end of a run: waits, bounded, until it has followed; says where it has not. */
void init_settle(const struct init_end *end);

/*
 * After the end: whether it would take a failure of ours for the end of the service, and kill it.
 * It has not followed to the generation that serves, and looks at the pid file only after a
 * success.
 */
bool init_kills_on_failure(void);

/* Whether somebody wants the service stopped, other than that it stops because nginx ended. */
bool init_stop_is_wanted(void);

/*
 * A command that may change something has looked: nginx runs, or nothing of it is left. For an init
 * system with a mark of its own, without which it would not stop what runs.
 */
void init_found(bool runs);

/* nginx has been started by us and its workers accept. */
void init_started(pid_t master, const char *status);

/* Nothing of nginx is left, or nothing was there. */
void init_stopped(void);

/*
 * Has the init system start the nginx of this pid file, or stop that of these masters (0: none),
 * where that is its business. *ret_code: the exit code of what it started, where it failed.
 */
enum init_job init_start(const char *pid_path, uint64_t timeout_us, int *ret_code);
enum init_job init_stop(pid_t old_master, pid_t new_master, uint64_t timeout_us);

/* What it makes of the service that this master is in; for a look, without init_open(). False: it
 * is in none, or nobody can be asked. */
bool init_believes(pid_t master, struct init_belief *ret);

/*
 * What is known of the service that starts the binary at this path, and whose nginx does not run.
 * False: there is no such service, or nobody can be asked. After it, init_start_again() starts just
 * that one, whatever it was called before.
 */
bool init_look_down(const char *nginx, struct init_down *ret);
enum init_job init_start_again(uint64_t timeout_us);

/*
 * Has the init system start it, in a place of its own. OURS: it does no such thing, or could not,
 * and the caller may do it himself.
 */
enum init_job init_background(const struct init_background *what);

/*
 * This process watches over nginx for whoever started it: wherever it runs, it is no part of a
 * service. To be called before anything else is asked.
 */
void init_stand_alone(void);

void init_close(void);

#endif
