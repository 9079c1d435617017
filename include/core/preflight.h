/*
 * Everything that must be true before the first signal. Nothing here sends a signal or changes
 * anything. The configuration test is nginx's own, and the files it leaves are removed. A new
 * binary is copied beside its target under a temporary name, so that what is examined is what will
 * be installed.
 *
 *	preflight_init, inputs set -> preflight -> problems, results -> preflight_free
 */
#ifndef CORE_PREFLIGHT_H
#define CORE_PREFLIGHT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problems.h"
#include "core/world.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/http_requests.h"
#include "nginx/master.h"
#include "nginx/probe_accept.h"
#include "nginx/quic_sockets.h"
#include "nginx/staged.h"
#include "os/file_id.h"
#include "os/limits.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"

/* HTTP/3 in the configuration that the new master will read, and in the running one's sockets. */
struct preflight_quic {
	size_t count;          /* addresses; 0: no HTTP/3 */
	bool all_reuseport;    /* each address has a socket for each worker */
	unsigned workers;      /* how many will come, at least */
	struct quic_room room; /* room.room 0: the running master has no map of quic_bpf */
	char where[QUIC_WHERE_SIZE];
	char moves[QUIC_WHERE_SIZE]; /* with `steers`: see quic_fresh_moves() */
};

/* Settings with which a handover would lose less. */
struct preflight_hints {
	bool keepalive_min; /* the new binary knows keepalive_min_timeout, and it is not set */
	bool unbounded_udp; /* UDP sessions end only by their timeout */
	unsigned closing;   /* reuseport sockets that will be closed, where tcp_migrate_req would
			       help; 0: none */
};

struct preflight {
	/* Inputs. */
	struct world *world;    /* opened; its target and new_pid_file are filled in */
	struct init *init;      /* that watches over this nginx */
	const char *new_binary; /* to be installed; NULL: use the file at the target */
	const char *leads_to;   /* instead of new_binary: where a link on the way to the target will
				   lead; a path without links. NULL: no link is moved */
	const char *nginx;      /* the path of nginx by the settings; NULL: not set */
	int wake_fd;            /* when it is readable the preflight is interrupted */
	uint64_t test_timeout_us; /* for the test of the configuration; 0: the default */
	bool memory_warns;        /* too little memory is no problem, but fills low_memory */
	bool modules_placed; /* the modules in place belong to the new binary: the old one can load
				none */
	bool modules_due; /* the modules in place belong to the old binary and will be replaced: a
			     refusal means nothing */
	bool heals;  /* HTTP/3 sockets that nobody reads will be taken out of use before USR2 */
	bool steers; /* new clients of HTTP/3 will be led to the new generation */
	bool wants_hints;            /* fill in hints, which takes another look at sockets */
	struct http_requests *http;  /* filled with requests to ask the servers; NULL: not wanted */
	const struct limits *limits; /* limits that the master will be given; NULL: none */
	bool wants_all; /* go on after a problem, though some checks are not possible then */

	/* Results. */
	struct problems problems;
	bool interrupted;
	bool have_old_build;
	bool have_new_build;
	bool one_build; /* old and new build are the same file: old_build is new_build */
	struct build_info old_build;
	struct build_info new_build;
	struct program program;     /* the new binary: its copy, or the file at the target */
	struct program old_program; /* the file that the master executes */
	struct actor as_old;        /* to execute as the master, with its whole environment */
	struct running asked_old; /* the question for its version, started first; pid 0: it was not
				     asked */
	unsigned workers;         /* as many as the configuration asks for; 0: not known */
	bool workers_auto;        /* one for each CPU */
	uint64_t shutdown_us;     /* worker_shutdown_timeout; 0: none */
	struct config_warnings warnings; /* warnings of nginx about the configuration */
	uint64_t memory_needed; /* bytes that the running generation has for itself: the new one
				   will need as many beside it */
	bool memory_measured;
	uint64_t test_us; /* how long the test took; 0: there was none */
	bool accepted;    /* the new binary accepts the configuration, so that all of it is known */
	struct preflight_quic quic;
	struct preflight_hints hints;
	bool have_listens; /* `listens` is known */
	struct accept_config listens;
	char low_memory[512]; /* with memory_warns: the text of the problem, or "" */
	/*
	 * The file that the new master executes in the end, where the new binary is a launcher or a
	 * script; inode 0: not known. In other cases it is the file of `program`.
	 */
	struct file_id image;
	bool is_launcher;
	char image_path[PATH_MAX];
	bool source_doubt;    /* others could have changed the copied file: see staged.source */
	int flows;            /* of quic_steer_prepare(), closed by preflight_free(); -1: none */
	struct staged staged; /* the copy; preflight_free() removes it unless it was installed */
};

void preflight_init(struct preflight *p);

/* Runs all checks. True: there are no problems. */
bool preflight(struct preflight *p);

/*
 * After preflight() without a new binary: checks whether any new binary could be installed. Adds
 * problems.
 */
void preflight_install(struct preflight *p);

void preflight_free(struct preflight *p);

/*
 * How many workers the new generation will have at least; 0: not known. With "auto" it is one for
 * each CPU that nginx counts: all of the machine's, or those that it may use (nginx: ngx_os_init;
 * musl: sysconf). So no more than the old generation has (`now`) are expected.
 */
unsigned preflight_workers(const struct preflight *p, unsigned now);

/*
 * Whether the title shows all arguments that the master was started with: the room for it is that
 * of the arguments and the environment (nginx: ngx_init_setproctitle). Adds a problem where it does
 * not. Only Angie shows whether it does.
 */
bool arguments_known(const struct master *m, struct problems *problems);

/* Parts of preflight(), each adds its problems. */
void preflight_ask_old(struct preflight *p);
void preflight_master(struct preflight *p);
void preflight_target(struct preflight *p);
void preflight_builds(struct preflight *p);
void preflight_resources(struct preflight *p);
void preflight_disk(struct preflight *p, const char *binary);

/*
 * Sets memory_needed. With many workers this takes long. It does not depend on the new build:
 * preflight_builds() does it while it waits for the builds' answers, otherwise
 * preflight_resources() does.
 */
void preflight_measure(struct preflight *p);

/*
 * Part of preflight_builds(): judges the result of the test. comparable: both builds read the same
 * configuration.
 */
void preflight_test(struct preflight *p, struct config_test *t, bool comparable);

/* Part of preflight_builds(), after the configuration was read. */
void preflight_quic(struct preflight *p, const struct config_scan *scan);

/* Likewise. */
void preflight_hints(struct preflight *p, const struct config_scan *scan);

/* The path of the new binary, as the caller or the master names it. */
const char *preflight_new_path(const struct preflight *p);

#endif
