/*
 * systemd's manager, asked over D-Bus: what it takes for a unit's main process, and in which state
 * the unit is. org.freedesktop.systemd1(5).
 *
 * Only the answers to our own questions count. A signal may come from anybody on the bus; it does
 * no more than make us ask again.
 *
 *	manager_open -> manager_follow -> (manager_turn, manager_wait, ...) -> manager_close
 */
#ifndef INIT_MANAGER_H
#define INIT_MANAGER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/bus.h"
#include "init/unit.h"

enum { MANAGER_QUESTIONS = 12 };

/*
 * It is asked again unasked after this: a signal of a manager that was executed anew may not reach
 * us, and one of a unit that is unloaded need not come.
 */
#define MANAGER_ASK_US 250000u

/* What it said last. Empty texts: not answered. */
struct manager_view {
	uint32_t main_pid; /* 0: none */
	int32_t exec_main_status;
	uint32_t job; /* id of the unit's pending job, 0: none */
	char active_state[24];
	char notify_access[16];
	char type[24];
	char kill_mode[24];
	char pid_file[PATH_MAX]; /* "": none is set */
	bool exec_stop;          /* the unit has a command to stop it */
	char result[24];         /* "success", or why it is to be called failed */
	uint64_t timeout_start_us;
	char version[64]; /* "219", "252.22-1~deb12u1", "v257" */
};

struct manager {
	struct bus bus;
	char unit[UNIT_NAME_SIZE];
	char object[UNIT_NAME_SIZE * 3 + 40];
	struct manager_view view;
	bool known;    /* the view holds what it said */
	bool answered; /* every question of the last asking has been answered */
	bool refused;  /* one of them with an error: what the view holds may be true no more */
	bool stale;    /* something has changed since it was asked */
	uint64_t asked_us;
	uint32_t pending[MANAGER_QUESTIONS]; /* serial numbers of the calls; 0: answered */
	struct {                             /* the answer to one call of another kind */
		uint32_t serial;
		bool failed;
		char text[512];  /* an object path, or the name of the error, or a property */
		uint64_t number; /* a property that is one */
	} call;
};

/* 0, or -1 with the reason in ret_why. Never blocks. */
int manager_open(struct manager *m, char *ret_why, unsigned size);

/* From here on it is about this unit; asks everything. */
void manager_follow(struct manager *m, const char *unit);

/* Reads what has come; asks again where something has changed, or where ask_again. */
void manager_turn(struct manager *m, bool ask_again);

/*
 * Whether there is a connection, and the view holds answers, maybe of a moment ago. Not where the
 * last answers were errors.
 */
bool manager_knows(const struct manager *m);

/* Whether they are answers to what was asked at this time or later. */
bool manager_is_fresh(const struct manager *m, uint64_t since_us);

/* Turns until done() says so: true; false at the deadline, or when the connection is lost. */
typedef bool manager_done_fn(const struct manager *m, const void *arg);
bool manager_wait(struct manager *m, manager_done_fn *done, const void *arg, uint64_t until_us);

/* A done function: every question has its answer. */
bool manager_answered(const struct manager *m, const void *arg);

/* Asks anew, and waits for the answers. False also where they are errors. */
bool manager_ask(struct manager *m, uint64_t until_us);

/* "stop", "restart", "reload", ...: the type of the unit's pending job. False: there is none. */
bool manager_job_type(struct manager *m, uint64_t until_us, char *ret, unsigned size);

/*
 * "StartUnit" or "StopUnit" of the unit that is followed; returns when the unit has no job left. 0:
 * look at the view; -ETIMEDOUT: the job goes on; -1: the manager refused, ret_why says so.
 */
int manager_run_job(struct manager *m, const char *method, uint64_t until_us, char *ret_why,
		    unsigned size);

/*
 * Looks for a service whose PIDFile= is this file (links are followed): nginx.service first, then
 * all that are loaded. Follows it. False where there is none.
 */
bool manager_find(struct manager *m, const char *pid_path, uint64_t until_us);

/*
 * Calls a method of the manager and waits for its answer, which m->call then holds. False: no
 * answer.
 */
bool manager_call(struct manager *m, const char *method, const char *const *arguments,
		  uint64_t until_us);

/* The same with arguments that are not all strings; see bus_call_filled(). */
bool manager_call_filled(struct manager *m, const char *method, bus_fill_fn *fill, const void *arg,
			 uint64_t until_us);

/* The number in "252.22-1~deb12u1" or "v257"; 0: it did not say. */
unsigned manager_version(const struct manager *m);

/* Accepts one that is not open. */
void manager_close(struct manager *m);

#endif
