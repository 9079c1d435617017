/*
 * Asks an nginx binary about itself: what it was built with (-V), and whether it accepts a
 * configuration (-T, or -t before 1.9.2). The program runs as whom the actor says: with the user,
 * working folder, namespaces, limits and environment of the master that it is to replace.
 *
 *	version_start -> version_finish          several questions may be under way at once
 *	config_test_start -> config_test_finish -> config_test_free
 */
#ifndef NGINX_ASK_NGINX_H
#define NGINX_ASK_NGINX_H

#include <time.h>

#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/title.h"
#include "trust/door.h"

/* A host name in a configuration may take a resolver's time-out to fail. */
#define CONFIG_TEST_TIMEOUT_US 90000000u
#define VERSION_TIMEOUT_US     10000000u

/* What nginx says on standard error when it accepts a configuration (nginx: main). */
#define CONFIG_TEST_PASSED "test is successful"

enum ask_fault {
	ASK_NO_ANSWER,   /* none of the others */
	ASK_INTERRUPTED, /* by wake_fd */
	ASK_TIMEOUT,
	ASK_PIPE,      /* likewise: it waits for a named pipe that nobody writes to */
	ASK_FOREIGN,   /* it is not made for this machine, or its loader is missing */
	ASK_LIBRARY,   /* its loader does not find what it needs */
	ASK_NOEXEC,    /* its file system is mounted noexec */
	ASK_FORBIDDEN, /* its user may not execute it */
	ASK_RESOURCES, /* a limit of this machine or of ours */
	ASK_SIGNAL,    /* it was ended by one */
	ASK_NOT_NGINX,
	/* It has answered that it will not have the configuration: */
	ASK_OPTION, /* it does not know an option */
	ASK_DENIED, /* its user may not do what the configuration needs */
	ASK_REFUSED /* anything else */
};

/* Why an answer could not be had; text is for people and names the cause. */
struct ask_failure {
	enum ask_fault fault;
	bool interrupted;
	char text[1024];
	char pipe[256]; /* ASK_PIPE: its path */
};

/* Why where not even a process could be started: -errno of config_test_start(). */
void ask_not_started(int error, struct ask_failure *why);

/* What to do about it where `path` is what was asked. Returns ret. */
const char *ask_advice(const struct ask_failure *why, const char *path, char *ret, size_t size);

/* -errno: not even forked. Both must stay valid until the finish. */
int version_start(const struct program *program, const struct actor *as, int wake_fd,
		  struct running *ret);

/* 0, or -1 with *why. */
int version_finish(struct running *c, struct build_info *ret, struct ask_failure *why);

/* Both in one. */
int version_ask(const struct program *program, const struct actor *as, struct build_info *ret,
		struct ask_failure *why);

/* The arguments that say which configuration: those of a running master, or of settings. */
struct config_arguments {
	const char *argv0;
	const char *conf;
	const char *prefix;
	const char *directives;
	const char *error_log;
};

struct config_arguments config_arguments_of(const struct title_arguments *t);

/* Adds the options among them behind the n arguments in argv: 8 at most, and a NULL. */
void config_arguments_add(const struct config_arguments *a, char **argv, size_t n);

/* nginx's [warn] lines, from the level on, each once and cut to its room. */
enum { CONFIG_WARNINGS_MAX = 5 };

struct config_warnings {
	char list[CONFIG_WARNINGS_MAX][256];
	size_t count; /* of all: may be more than there is room for */
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
	struct config_scan scan; /* of -g and of what -T printed; empty with -t */
	struct timespec began;   /* by the clock that stamps files */
	bool asked;              /* nginx has been run; else there is nothing to sweep */

	/* Found at the finish. */
	uint64_t began_us;
	uint64_t took_us;
	struct config_warnings warnings;
	char pipe[256]; /* that it waited for; "": none */
	/* As in door_result: what the program has executed in its turn, where that was seen. */
	struct file_id image;
	char image_path[PATH_MAX];
	bool image_is_last;
	bool has_children;
};

/* The fields up to `arguments` are the caller's; the others begin as 0. */
int config_test_start(struct config_test *t);

/* 0: accepted; 1: refused, *why holds nginx's own words; -1: it could not be asked. */
int config_test_finish(struct config_test *t, struct ask_failure *why);

/*
 * Fills t->scan with what -g and the configuration file say at the main level. Only where the file
 * has no "pid" and includes others there nginx itself is asked (-T), since that leaves an empty pid
 * file where there is none, and takes as long as a start. Then config_test_sweep, config_test_free.
 */
void config_read(struct config_test *t, const char *file);

/*
 * `nginx -t` leaves an empty pid file where none was (nginx: ngx_create_pidfile in ngx_init_cycle).
 * Removes it if it is empty and came into being during this test. path is as we reach it.
 */
void config_test_sweep(const struct config_test *t, const char *pid_path);

void config_test_free(struct config_test *t);

#endif
