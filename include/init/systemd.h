/*
 * What the files of the systemd adapter share: the connection to the manager, and the functions
 * that send to it. Private to init/systemd*.c.
 *
 * Every message is sent in the name of the unit's main process, whichever process sends it: root
 * may attach another pid to a notification (sd_pid_notify(3)). So NotifyAccess=main is enough, no
 * worker has to be allowed, and systemd can always look up the sender, since the main process
 * lives.
 */
#ifndef INIT_SYSTEMD_H
#define INIT_SYSTEMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/init.h"
#include "init/libsystemd.h"
#include "init/limits.h"
#include "init/manager.h"
#include "init/unit.h"
#include "os/duration.h"

/* How long systemd may take to answer a question. */
#define SYSTEMD_ASK_US (3u * USEC_PER_SEC)

/* sd_notify(3): EXTEND_TIMEOUT_USEC is known from this version on. */
enum { SYSTEMD_EXTENDS_SINCE = 236 };

enum systemd_job { SYSTEMD_START, SYSTEMD_STOP };

struct systemd {
	const struct libsystemd *lib; /* NULL: not opened yet */
	struct manager manager;       /* where its bus is closed nothing is known */
	char unit[UNIT_NAME_SIZE];    /* the unit of this nginx; "": it is in none */
	bool control;                 /* we are a command of that unit, started by systemd */
	bool loaded;                  /* systemd_load() was called */
	pid_t attached;               /* the master of ops.attach */
	struct init_round round;      /* the last */
	pid_t sent;                   /* the main process that this run reported last; 0: none */
	uint64_t sent_us;
	bool deaf_said; /* it was said that this unit accepts no notifications */
	bool reloading; /* RELOADING=1 was sent, and READY=1 has to follow */
	char status[256];
	uint64_t status_us;
	uint64_t opened_us;   /* right after the job that we are part of began */
	uint64_t extended_us; /* until when we have asked that job to be extended */
};

static inline struct systemd *systemd_of(const struct init *init)
{
	return init->state;
}

/*
 * Nothing else sends notifications (systemd_notify.c). systemd_notify_open() is to be called before
 * this process has changed its environment; only the first call counts. The results of the others
 * are those of libsystemd.h.
 */
void systemd_notify_open(void);

/* Whether the supervisor that started this program gave it a socket, and waits for READY=1. */
bool systemd_notify_wanted(void);

/* Sends to that supervisor, and waits until it has read it. 0 where nobody waits. */
int systemd_notify_ready(const struct libsystemd *lib, const char *state, uint64_t timeout_us);

/* The warning for where that has failed. */
void systemd_say_unready(void);

/* Sends to that supervisor without waiting. */
int systemd_notify_given(const struct libsystemd *lib, const char *state);

/* Sends to the system's manager, in the name of that process (0: our own). */
int systemd_notify_as(const struct libsystemd *lib, pid_t name, const char *state);

/* Waits until the manager has read everything that was sent to it, where that can be known. */
void systemd_notify_barrier(const struct libsystemd *lib, uint64_t timeout_us);

/* Opens the libraries and the connection, once. Says what is missing. */
void systemd_load(struct systemd *s);

/*
 * The process that systemd takes for the main process, if that is one of ours or dead; 0: not
 * known, or another process.
 */
pid_t systemd_main(const struct systemd *s);

bool systemd_main_is_dead(const struct systemd *s);

/*
 * Waits for two seconds at most until the manager shows the wanted main process, and repeats the
 * report meanwhile.
 */
bool systemd_await_main(struct systemd *s);

/*
 * Whether nginx runs in a service that is about something else (cron, ssh), which is not ours to
 * change.
 */
bool systemd_is_strangers(const struct systemd *s);

/*
 * Whether messages that can wait may be sent now: systemd logs each message that is not from the
 * main process, and while a report is on its way it is not certain which process that is.
 */
bool systemd_may_chat(const struct systemd *s);

/* Sends it in the name of the main process. */
void systemd_say(struct systemd *s, const char *state);

/* Sends MAINPID=. To be called again until the manager shows it. */
void systemd_report_main(struct systemd *s);

/* As ops.patience. */
void systemd_patience_for(struct systemd *s, uint64_t us);

/* Starts or stops the unit that the manager follows, and says how that went. */
enum init_job systemd_run_job(struct systemd *s, enum systemd_job job, uint64_t timeout_us);

/*
 * To be called when a stop has ended all of nginx: clears what an old systemd would call a failure.
 */
void systemd_stopped(struct systemd *s);

bool systemd_is_masked(const char *unit);

/* Whether there is a drop-in for the unit that m follows which systemd has not read: its path. */
bool systemd_drop_in_unread(struct manager *m, uint64_t until_us, char *ret, size_t size);

/* Functions of the table (init/ops.h) that have files of their own. */
void systemd_status(struct init *init, const char *text);
void systemd_settle(struct init *init, const struct init_end *end);
int systemd_exit_code(struct init *init, int code, bool stopped);
void systemd_patience(struct init *init, uint64_t us);
bool systemd_time_left(struct init *init, struct init_limit *ret);
const char *systemd_waits_for(struct init *init, pid_t holder);
void systemd_examine(struct init *init, const struct init_plan *plan, init_finding_fn *fn,
		     void *arg);
enum init_job systemd_adopt(struct init *init, struct init_adoption *what);
bool systemd_limits(struct init *init, pid_t master, struct init_limits *ret);
bool systemd_believes(pid_t master, struct init_belief *ret);
bool systemd_down(struct init *init, const char *nginx, struct init_down *ret);
enum init_job systemd_start_again(struct init *init, uint64_t timeout_us);
enum init_job systemd_background(struct init *init, const struct init_background *what);
enum init_job systemd_start(struct init *init, const char *pid_path, uint64_t timeout_us,
			    int *ret_code);
enum init_job systemd_stop(struct init *init, pid_t old_master, pid_t new_master,
			   uint64_t timeout_us);

/*
 * Sends everything that is said (ui/say.h) to the journal, as entries with fields. loaded: the unit
 * is known; before that, and where there is no journal, the lines go to syslog.
 */
void systemd_journal_open(bool loaded);

/* Later entries are about the unit and the master of s. */
void systemd_journal_about(const struct systemd *s);

#endif
