/*
 * Everything that must be true before the first signal. Nothing here signals, and nothing is
 * changed: the configuration test is nginx's own, and its traces are removed; a new binary is
 * copied beside its target, under a temporary name, since what is examined must be what is
 * installed.
 *
 *	preflight_init, inputs set -> preflight -> problems, results -> preflight_free
 */
#ifndef CORE_PREFLIGHT_H
#define CORE_PREFLIGHT_H

#include <limits.h>
#include <stdbool.h>

#include "core/observe.h"
#include "core/problems.h"
#include "nginx/ask_nginx.h"
#include "nginx/http_requests.h"
#include "nginx/probe_accept.h"
#include "nginx/staged.h"

/* HTTP/3 in the configuration that the new master will read, and in the running one's sockets. */
struct preflight_quic {
	size_t count;          /* addresses; 0: no HTTP/3 */
	bool all_reuseport;    /* each has a socket for each worker */
	unsigned workers;      /* that will come, at least */
	struct quic_room room; /* room.room: the running master has quic_bpf's map */
	char where[QUIC_WHERE_SIZE];
};

/* Settings with which a handover would lose less. */
struct preflight_hints {
	bool keepalive_min; /* keepalive_min_timeout, which the new binary knows, is not set */
	bool unbounded_udp; /* sessions of UDP end by their timeout alone */
	unsigned closing;   /* reuseport sockets, which tcp_migrate_req would help; 0: none */
};

struct preflight {
	/* Inputs. */
	struct world *world;    /* opened; target and new_pid_path are filled in */
	const char *new_binary; /* to be installed, as we see it; NULL: what stands at the target */
	const char *leads_to; /* instead: to where a link on the way to the target will be moved; a
				 path without links. NULL: none */
	const char *nginx;    /* the path that the user says nginx has; NULL: not said */
	int wake_fd;          /* readable: give up */
	uint64_t test_timeout_us; /* for the test of the configuration; 0: the usual */
	bool memory_warns;        /* too little of it is no problem */
	bool modules_placed; /* the modules in place are the new binary's: the old one loads none */
	bool modules_due;    /* they are the old one's, and will not be: a refusal says nothing */
	bool wants_hints;    /* fill in hints: it takes another look at sockets */
	struct http_requests *http; /* filled in: what can be asked of the servers; NULL: not */
	bool wants_all;             /* go on also where the rest can be asked but in part */

	/* Results. */
	struct problems problems;
	bool interrupted;
	bool have_old_build;
	bool have_new_build;
	bool one_build; /* old_build is new_build: they are the same file */
	struct build_info old_build;
	struct build_info new_build;
	struct program program; /* the new binary: a copy of it in its place, or what stands at the
				   target */
	struct program old_program;      /* what the master executes */
	struct actor as_old;             /* as the master, with all that it was started with */
	struct running asked_old;        /* its version, asked before all else; pid 0: not */
	unsigned workers;                /* that the configuration asks for; 0: not known */
	bool workers_auto;               /* as many as there are CPUs */
	uint64_t shutdown_us;            /* worker_shutdown_timeout; 0: none */
	struct config_warnings warnings; /* of nginx, about the configuration */
	uint64_t memory_needed; /* what the running generation holds for itself, in bytes: the new
				   one will need it beside it */
	bool memory_measured;
	uint64_t test_us; /* what the test took; 0: there was none */
	bool accepted;    /* the configuration, by the new binary, so that all is known of it */
	struct preflight_quic quic;
	struct preflight_hints hints;
	bool have_listens; /* `listens` is known */
	struct accept_config listens;
	char low_memory[512]; /* with memory_warns: what would be the problem, or "" */
	/* What the new master executes in the end, where the new binary is a launcher or a script;
	 * inode 0: not known. Else it is what program is. */
	struct file_id image;
	bool is_launcher;
	char image_path[PATH_MAX];
	bool source_doubt; /* others could have changed the file that was copied: staged.source */
	struct staged staged; /* the copy; to be installed, or dropped by preflight_free() */
};

enum { EXIT_REFUSED = 154, EXIT_CONFIG = 6, EXIT_NOT_PRIVILEGED = 4 };

void preflight_init(struct preflight *p);

/* Whether there are no problems. */
bool preflight(struct preflight *p);

/* After it, where there was no new binary: what would stand in the way of any. Adds its problems.
 */
void preflight_install(struct preflight *p);

void preflight_free(struct preflight *p);

/*
 * Whether the title tells all the arguments of its start: it has no more room than they and the
 * environment had (nginx: ngx_init_setproctitle). A problem where it does not; only Angie's show
 * it.
 */
bool arguments_known(const struct master *m, struct problems *problems);

/* Parts of it, each adding its problems. */
void preflight_ask_old(struct preflight *p);
void preflight_master(struct preflight *p);
void preflight_target(struct preflight *p);
void preflight_builds(struct preflight *p);
void preflight_resources(struct preflight *p);
void preflight_disk(struct preflight *p, const char *binary);

/*
 * Sets memory_needed. It takes longest where there are many workers, and has nothing to do with the
 * new build: preflight_builds() does it while that is asked, else preflight_resources().
 */
void preflight_measure(struct preflight *p);

/* Of preflight_builds(): what came of the test; comparable: it was about the same configuration. */
void preflight_test(struct preflight *p, struct config_test *t, bool comparable);

/* Of preflight_builds(), when the configuration has been read. */
void preflight_quic(struct preflight *p, const struct config_scan *scan);

/* Of preflight_builds(): likewise. */
void preflight_hints(struct preflight *p, const struct config_scan *scan);

/* The new binary, as the caller or the master names it. */
const char *preflight_new_path(const struct preflight *p);

#endif
