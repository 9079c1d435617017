/*
 * Asks an nginx binary about itself: what it was built with (-V), and whether it accepts a
 * configuration (-T, or -t before 1.9.2). The binary runs with the user, working folder,
 * namespaces, limits and environment that the actor says: those of the master that it is to
 * replace.
 *
 *	version_start -> version_finish          several may be under way at once
 *	config_test_start -> config_test_finish -> config_test_free
 */
#ifndef NGINX_ASK_NGINX_H
#define NGINX_ASK_NGINX_H

#include <stdint.h>
#include <time.h>

#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/title.h"
#include "os/file_id.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"

/* Long, since a host name in a configuration may fail only after a resolver's time-out. */
#define CONFIG_TEST_TIMEOUT_US 90000000u
#define VERSION_TIMEOUT_US     10000000u

/* What nginx says on standard error when it accepts a configuration (nginx: main). */
#define CONFIG_TEST_PASSED "test is successful"

enum ask_failure_kind {
	ASK_NO_ANSWER,   /* for a reason that is none of the others */
	ASK_INTERRUPTED, /* by wake_fd */
	ASK_TIMEOUT,
	ASK_PIPE,      /* timed out, since it waits for a named pipe that nobody writes to */
	ASK_FOREIGN,   /* built for another machine, or its loader is missing */
	ASK_LIBRARY,   /* its loader does not find a library */
	ASK_NOEXEC,    /* its file system is mounted noexec */
	ASK_FORBIDDEN, /* its user may not execute it */
	ASK_RESOURCES, /* a limit of this machine or of ours */
	ASK_SIGNAL,    /* it was ended by a signal */
	ASK_NOT_NGINX,
	/* These are answers: nginx refuses the configuration. */
	ASK_OPTION, /* it does not know an option */
	ASK_DENIED, /* its user may not do what the configuration needs */
	ASK_REFUSED /* any other reason */
};

/* Why there was no answer, or a refusal. */
struct ask_failure {
	enum ask_failure_kind kind;
	bool interrupted; /* kind is ASK_INTERRUPTED */
	char text[1024];  /* the cause, for people */
	char pipe[256];   /* ASK_PIPE: its path */
};

/* Fills in *why when no process could be started: error is -errno of version_start() or
 * config_test_start(). */
void ask_not_started(int error, struct ask_failure *why);

/* What to do about it, for people; `path` is the binary. Returns ret. */
const char *ask_advice(const struct ask_failure *why, const char *path, char *ret, size_t size);

/* Starts nginx -V. program and as must stay valid until the finish. wake_fd: an interruption is
 * readable there; -1: none. 0, or -errno: no process could be started. */
int version_start(const struct program *program, const struct actor *as, int wake_fd,
		  struct running *ret);

/* Waits for the answer, VERSION_TIMEOUT_US at most. 0: *ret is the caller's to free; or
 * -errno with *why filled in; -EPROTO: it ran, and is no nginx that works. */
int version_finish(struct running *c, struct build_info *ret, struct ask_failure *why);

/* Both in one, and without interruption. */
int version_ask(const struct program *program, const struct actor *as, struct build_info *ret,
		struct ask_failure *why);

/* The arguments that select a configuration, of a running master or of settings. NULL: not
 * given. */
struct config_arguments {
	const char *argv0;
	const char *conf;       /* -c */
	const char *prefix;     /* -p */
	const char *directives; /* -g */
	const char *error_log;  /* -e */
};

/* The strings stay those of *t. */
struct config_arguments config_arguments_of(const struct title_arguments *t);

/* Puts the options into argv behind its first n entries: 8 at most, and a NULL. */
void config_arguments_add(const struct config_arguments *a, char **argv, size_t n);

/* nginx's [warn] lines, without what stands before the level. Each once, and cut if too long. */
enum { CONFIG_WARNINGS_MAX = 5 };

struct config_warnings {
	char list[CONFIG_WARNINGS_MAX][256];
	size_t count; /* of all warnings: may be more than the list has room for */
};

struct config_test {
	const struct program *program;
	const struct actor *as;
	int wake_fd;
	uint64_t timeout_us; /* 0: CONFIG_TEST_TIMEOUT_US */
	struct config_arguments arguments;
	bool dump; /* -T; else -t */
	char *argv[12];
	struct running running;
	struct config_scan scan; /* of -g and of what -T printed; with -t only of -g */
	struct timespec began;   /* by the clock of files' times */
	bool asked;              /* nginx was run, so it may have left a pid file */

	/* Set at the finish. */
	uint64_t began_us;
	uint64_t took_us;
	struct config_warnings warnings;
	char pipe[256]; /* the named pipe that it waited for; "": none */
	/* As in struct door_result: what the program has executed in its turn, if that was seen. */
	struct file_id image;
	char image_path[PATH_MAX];
	bool image_is_last;
	bool has_children;
};

/* Starts nginx -T. The caller fills in the fields up to `arguments`, which must stay valid, and
 * zeroes the others. 0, or -errno: no process could be started. */
int config_test_start(struct config_test *t);

/* Waits for the answer. 0: nginx accepts the configuration; 1: it refuses, why->text has its own
 * words; -errno: it gave no answer, see *why. */
int config_test_finish(struct config_test *t, struct ask_failure *why);

/*
 * Fills t->scan with what -g and the configuration file say at the main level. nginx itself is run
 * (-T) only if the file has no "pid" and includes others at the main level: running it takes as
 * long as a start, and leaves an empty pid file where there was none. To be followed by
 * config_test_sweep() and config_test_free().
 */
void config_read(struct config_test *t, const char *file);

/*
 * Removes the pid file if it is empty and this test has created it. `nginx -t` leaves one where
 * there was none (nginx: ngx_create_pidfile in ngx_init_cycle). pid_path is as seen from our root.
 */
void config_test_sweep(const struct config_test *t, const char *pid_path);

void config_test_free(struct config_test *t);

#endif
