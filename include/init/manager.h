/*
 * systemd's manager, asked over D-Bus: which process is a unit's main process, and in which state
 * the unit is. org.freedesktop.systemd1(5).
 *
 * Only the answers to our own questions count. Anybody on the bus can send a signal, which
 * therefore does no more than make us ask again.
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
 * The manager is asked at least this often, also without a signal: a manager that was executed anew
 * may have lost our subscription, and a unit that is unloaded sends no signal.
 */
#define MANAGER_ASK_US 250000u

/* The last answers. An empty text: not answered. */
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

typedef void manager_each_fn(void *arg, const char *text);

struct manager {
	struct bus bus;
	char unit[UNIT_NAME_SIZE];
	char object[UNIT_NAME_SIZE * 3 + 40];
	struct manager_view view;
	bool known;    /* the view holds answers */
	bool answered; /* all questions of the last round have been answered */
	bool refused;  /* one of them with an error: the view may be out of date */
	bool stale;    /* something has changed since the last questions */
	uint64_t asked_us;
	uint32_t pending[MANAGER_QUESTIONS]; /* serial numbers of the calls; 0: answered */
	struct {                             /* the answer to one other call */
		uint32_t serial;
		bool failed;
		char text[512];        /* an object path, the name of the error, or a property */
		uint64_t number;       /* a property that is a number */
		manager_each_fn *each; /* of an array of texts; NULL: nobody asks for them */
		void *arg;
	} call;
};

/* 0, or -1 with the reason in ret_why. Never blocks. */
int manager_open(struct manager *m, char *ret_why, unsigned size);

/* Chooses the unit that all later calls are about, and asks everything about it. */
void manager_follow(struct manager *m, const char *unit);

/*
 * For a command that only looks: opens a connection, as root, and asks about the service that this
 * process is in. False: it is in none, or there was no answer within wait_us. The caller closes *m
 * in either case.
 */
bool manager_about(struct manager *m, pid_t pid, uint64_t wait_us);

/* Reads what has arrived. Asks again where something has changed, or where ask_again. */
void manager_turn(struct manager *m, bool ask_again);

/*
 * Whether there is a connection and the view holds answers, even if older ones. False where the
 * last answers were errors.
 */
bool manager_knows(const struct manager *m);

/* Whether the view holds answers to questions of this time or later. */
bool manager_is_fresh(const struct manager *m, uint64_t since_us);

/*
 * Calls manager_turn() until done() returns true. False: the deadline is over, or the connection is
 * lost.
 */
typedef bool manager_done_fn(const struct manager *m, const void *arg);
bool manager_wait(struct manager *m, manager_done_fn *done, const void *arg, uint64_t until_us);

/* A done function: all questions have been answered. */
bool manager_answered(const struct manager *m, const void *arg);

/* Asks again, and waits for the answers. False also where they are errors. */
bool manager_ask(struct manager *m, uint64_t until_us);

/* "stop", "restart", "reload", ...: the type of the unit's pending job. False: there is none. */
bool manager_job_type(struct manager *m, uint64_t until_us, char *ret, unsigned size);

/*
 * Calls "StartUnit" or "StopUnit" for the unit that is followed, and waits until the unit has no
 * job left. 0: the view shows the result; -ETIMEDOUT: the job goes on; -ECANCELED: the manager
 * refused, with the reason in ret_why.
 */
int manager_run_job(struct manager *m, const char *method, uint64_t until_us, char *ret_why,
		    unsigned size);

/*
 * Finds a service whose PIDFile= is this file (links are resolved), and follows it: first
 * nginx.service, then all units that are loaded. False: there is none.
 */
bool manager_find(struct manager *m, const char *pid_path, uint64_t until_us);

/*
 * Loads the unit of that name, which has no object on the bus before, and follows it. Each of the
 * two steps takes at most timeout_us. False: there is no such unit, or no answer.
 */
bool manager_load(struct manager *m, const char *unit, uint64_t timeout_us);

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
