/*
 * What the files of the systemd adapter share: the connection to the manager, and the one way to
 * speak to it. Private to init/systemd*.c.
 *
 * Everything is said in the name of the unit's main process, wherever we run: root may attach
 * another pid to a notification (sd_pid_notify(3)). So NotifyAccess=main is enough, no worker is
 * heard, and nothing is lost because its sender is gone before systemd looks it up: the main
 * process lives.
 */
#ifndef INIT_SYSTEMD_H
#define INIT_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

#include "init/init.h"
#include "init/libsystemd.h"
#include "init/manager.h"

struct systemd {
	const struct libsystemd *lib; /* NULL: not opened yet */
	struct manager manager;       /* its bus may be closed: then nothing is known */
	char unit[UNIT_NAME_SIZE];    /* the nginx's own; "": it is in none */
	bool control;                 /* we run in that unit, started by systemd */
	bool loaded;                  /* systemd_load() was called */
	pid_t attached;               /* a master of it */
	struct init_round round;      /* the last */
	pid_t sent;                   /* whom we reported last, in this run; 0: nobody */
	uint64_t sent_us;
	bool deaf_said; /* that it hears nobody */
	bool reloading; /* RELOADING=1 was said, READY=1 is owed */
	char status[256];
	uint64_t status_us;
	uint64_t opened_us;   /* the job that we are part of began right before */
	uint64_t extended_us; /* until when it may last, as far as we asked */
};

extern struct systemd the_systemd;

/*
 * Sending, the only way to: systemd_notify.c. _open is to be called before anything of this process
 * has changed its environment, and counts the first time. Of the others the results are those of
 * libsystemd.h.
 */
void systemd_notify_open(void);

/* Whoever started this program gave it a socket, and waits for READY=1 of it. */
bool systemd_notify_wanted(void);

/* To that one alone, and until it has read that; 0 where nobody waits. */
int systemd_notify_ready(const struct libsystemd *lib, const char *state, uint64_t timeout_us);

/* The same, and waits for nothing. */
int systemd_notify_given(const struct libsystemd *lib, const char *state);

/* To the system's manager, in the name of that process (0: our own). */
int systemd_notify_as(const struct libsystemd *lib, pid_t name, const char *state);

/* Returns when the manager has read what was sent to it before, where that can be known. */
void systemd_notify_barrier(const struct libsystemd *lib, uint64_t timeout_us);

/* Opens the libraries and the connection; once. Says what is missing. */
void systemd_load(struct systemd *s);

/* What systemd takes for the main process, if it is one of ours, or dead; 0: not known, or a
 * stranger. */
pid_t systemd_main(const struct systemd *s);

bool systemd_main_is_dead(const struct systemd *s);

/* Until the manager shows the wanted main process, for two seconds; told again while it does not.
 */
bool systemd_await_main(struct systemd *s);

/*
 * nginx was started by a service that is about something else (cron, ssh): none of our business.
 */
bool systemd_is_strangers(const struct systemd *s);

/* Whether what can wait may be said now: systemd logs each message from anybody but the main
 * process, and while a report is on its way it is not certain who that is. */
bool systemd_may_chat(const struct systemd *s);

/* Says it in the name of the main process. */
void systemd_say(struct systemd *s, const char *state);

/* MAINPID=, again and again until the manager shows it. */
void systemd_report_main(struct systemd *s);

/* For init_examine(): systemd_examine.c. */
void systemd_examine(const struct init_plan *plan, init_finding_fn *fn, void *arg);

void systemd_status(const char *text);
void systemd_settle(const struct init_end *end);
bool systemd_kills_on_failure(void);
bool systemd_stop_is_wanted(void);

/* For init_patience(), init_time_left() and init_waits_for(): systemd_limits.c. */
void systemd_patience(uint64_t us);
bool systemd_time_left(uint64_t *ret_us);
bool systemd_waits_for(pid_t holder);

/* All that the unit's own stop was to end has ended. */
void systemd_stopped(void);

bool systemd_is_masked(const char *unit);

/* For init_believes(): systemd_believes.c. */
bool systemd_believes(pid_t master, struct init_belief *ret);

/* For init_look_down() and init_start_again(): systemd_down.c. */
bool systemd_down(const char *nginx, struct init_down *ret);
enum init_job systemd_start_again(uint64_t timeout_us);

/* For init_background(): systemd_transient.c. */
enum init_job systemd_background(const struct init_background *what);

enum init_job systemd_start(const char *pid_path, uint64_t timeout_us, int *ret_code);
/* "StartUnit" or "StopUnit" of the unit that the manager follows, with what is said about it. */
enum init_job systemd_run_job(const char *method, const char *wanted_state, uint64_t timeout_us);
enum init_job systemd_stop(pid_t old_master, pid_t new_master, uint64_t timeout_us);

/*
 * The sink for everything that is said (ui/say.h): an entry with fields in the journal. loaded:
 * whether it is about a unit; before, and where no journal is, the lines go to syslog.
 */
void systemd_journal_open(bool loaded);

#endif
