/*
 * The process titles that nginx and its flavours give themselves (nginx: ngx_setproctitle), and the
 * arguments that can be read back from a master's title:
 *
 *	nginx: master process /usr/sbin/nginx -c /etc/nginx/nginx.conf
 *	angie: master process v1.12.1 #1 [/usr/sbin/angie -c /etc/angie/angie.conf]
 *
 * Angie writes the number of its configuration behind the #, in all titles: "angie: worker process
 * #2". The text is that of /proc/PID/cmdline, and any process can give itself such a title. All
 * functions but title_read() and title_is_cut() are pure.
 */
#ifndef NGINX_TITLE_H
#define NGINX_TITLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "nginx/flavour.h"

#define TITLE_MAX 4096

enum title {
	TITLE_OTHER, /* no title of nginx: another program, or an nginx that has not set its title
			yet */
	TITLE_MASTER,
	TITLE_WORKER,  /* initialised; it accepts connections */
	TITLE_LEAVING, /* a worker or a cache helper that is shutting down */
	TITLE_HELPER   /* cache manager, cache loader, privileged agent */
};

enum title title_classify(const char *cmdline);

/* The arguments of a master. The strings are in buf; NULL: not given. */
struct title_arguments {
	const char *argv0;      /* "": the title was cut before it */
	const char *conf;       /* -c */
	const char *prefix;     /* -p */
	const char *directives; /* -g */
	const char *error_log;  /* -e */
	const struct flavour *flavour;
	bool cut; /* the end is missing: Angie's last bracket; for nginx see title_is_cut() */
	char buf[TITLE_MAX];
};

/*
 * Splits a master's title. The arguments are joined by blanks there, so a value with blanks in it
 * (-g 'daemon on; pid /run/x;') is taken to end before the next option letter. 0; -EINVAL: this is
 * no master's title, or it has no argv[0]; -E2BIG.
 */
int title_parse(const char *cmdline, struct title_arguments *ret);

/*
 * Reads a process's title, as procfs_read() reads "cmdline". It is read again while it has only the
 * first word: a process that changes its title writes "angie: " and a NUL first. Angie's master
 * does so at every HUP; in a test 10 of 660 reads have met it. It is read a few times at most.
 */
ssize_t title_read(pid_t pid, char *buf, size_t size);

/*
 * Whether a master's title was cut for lack of room. nginx writes it over the arguments and the
 * environment that it was started with (nginx: ngx_init_setproctitle). If the environment was
 * shorter than the text that the title has before the arguments, their end is missing. False also
 * if /proc cannot be read.
 */
bool title_is_cut(pid_t pid, const struct title_arguments *a);

#endif
