/*
 * The process titles that nginx and its flavours give themselves (nginx: ngx_setproctitle), and the
 * arguments that can be read back from a master's title:
 *
 *	nginx: master process /usr/sbin/nginx -c /etc/nginx/nginx.conf
 *	angie: master process v1.12.1 #1 [/usr/sbin/angie -c /etc/angie/angie.conf]
 *
 * Angie counts its configurations behind the #, in all titles: "angie: worker process #2". The text
 * is that of /proc/PID/cmdline, which anybody can give himself. All but
 * title_read() and title_is_cut() is pure.
 */
#ifndef NGINX_TITLE_H
#define NGINX_TITLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "nginx/flavour.h"

#define TITLE_MAX 4096

enum title {
	TITLE_OTHER, /* no nginx title: another program, or an nginx that has not set it yet */
	TITLE_MASTER,
	TITLE_WORKER,  /* initialised, accepts connections */
	TITLE_LEAVING, /* a worker, or cache helper, that shuts down */
	TITLE_HELPER   /* cache manager, cache loader, privileged agent */
};

enum title title_classify(const char *cmdline);

/* The arguments of a master. Strings stand in buf; NULL: not given. */
struct title_arguments {
	const char *argv0;      /* "" where the title was cut before it */
	const char *conf;       /* -c */
	const char *prefix;     /* -p */
	const char *directives; /* -g */
	const char *error_log;  /* -e */
	const struct flavour *flavour;
	bool cut; /* the end is missing: Angie's bracket tells; of nginx see title_is_cut() */
	char buf[TITLE_MAX];
};

/*
 * Splits a master's title. The title joins the arguments by blanks, so that a value with blanks in
 * it (-g 'daemon on; pid /run/x;') is taken to reach to the next option letter. -EINVAL: not a
 * master's title, or no argv[0] in it; -E2BIG.
 */
int title_parse(const char *cmdline, struct title_arguments *ret);

/*
 * Reads a process's title as procfs_read() does "cmdline", and again while there is only the word
 * in it: a process that changes its title writes "angie: " and a NUL first, and Angie's master does
 * so at every HUP (seen in 10 of 660, looking all the time). A few times at most.
 */
ssize_t title_read(pid_t pid, char *buf, size_t size);

/*
 * Whether a master's title had no room: it is written over the arguments and the environment of the
 * start (nginx: ngx_init_setproctitle), and so, where the environment was shorter than what comes
 * before the arguments, their end is missing. False where /proc does not tell.
 */
bool title_is_cut(pid_t pid, const struct title_arguments *a);

#endif
