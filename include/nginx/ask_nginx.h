/*
 * Asks an nginx binary about itself: what it was built with (-V), and whether it accepts a
 * configuration (-T, or -t before 1.9.2). The program runs with the user, working folder and
 * namespaces of the master it is to replace, and in a clean environment, as it will after USR2.
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
#include "os/child.h"

/* A host name in a configuration may take a resolver's time-out to fail. */
#define CONFIG_TEST_TIMEOUT_US 90000000u
#define VERSION_TIMEOUT_US     10000000u

/* Why an answer could not be had; text is for people and names the cause. */
struct ask_failure {
	bool interrupted;
	char text[1024];
};

/* -errno: not even forked. as and path must stay valid until the finish. */
int version_start(const char *path, const struct surroundings *as, int wake_fd, struct child *ret);

/* 0, or -1 with *why. */
int version_finish(struct child *c, struct build_info *ret, struct ask_failure *why);

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

struct config_test {
	const char *path;
	struct surroundings as;
	int wake_fd;
	struct config_arguments arguments;
	bool dump; /* -T; else -t */
	char *argv[12];
	struct child child;
	struct config_scan scan; /* of -g and of what -T printed; empty with -t */
	struct timespec began;   /* by the clock that stamps files */
};

int config_test_start(struct config_test *t);

/* 0: accepted; 1: refused, *why holds nginx's own words; -1: it could not be asked. */
int config_test_finish(struct config_test *t, struct ask_failure *why);

/*
 * `nginx -t` leaves an empty pid file where none was (nginx: ngx_create_pidfile in ngx_init_cycle).
 * Removes it if it is empty and came into being during this test. path is as we reach it.
 */
void config_test_sweep(const struct config_test *t, const char *pid_path);

void config_test_free(struct config_test *t);

#endif
