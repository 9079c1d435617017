/*
 * Reads the few main-level directives that the helper must know from a configuration: from the dump
 * that `nginx -T` prints, or from the text of -g. It is fed piece by piece, as the text arrives,
 * and keeps only what it looks for.
 *
 *	config_scan_init -> config_scan_feed ... -> read the fields -> config_scan_free
 *
 * Quotes, escapes, comments and braces are nginx's (nginx: ngx_conf_read_token). Only directives at
 * depth 0 count; the first of a name wins, as nginx refuses a second one.
 *
 * In a dump each file stands by itself, so that an included file does not show whether it was
 * included at the main level. That matters to error_log only, which may stand at any level: it is
 * taken from -g and from the first file.
 */
#ifndef NGINX_CONFIG_SCAN_H
#define NGINX_CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_WORD_MAX 4096

struct config_scan {
	char *pid;       /* the path as written, or NULL */
	char *error_log; /* the first main-level one, as written, or NULL */
	bool daemon_off;
	bool master_process_off;

	/* The lexer's own. */
	int state;
	bool variable; /* a '$' was last: "${" opens no block */
	bool escaped;  /* a backslash was last */
	bool daemon_seen;
	bool master_process_seen;
	unsigned files;   /* of the dump, that have begun */
	unsigned line_at; /* how much of the line that begins a file has matched */
	char last;        /* letter of that line */
	unsigned depth;
	unsigned word_index;
	bool overflow; /* a word longer than CONFIG_WORD_MAX was passed over */
	size_t word_length;
	char name[32];
	char word[CONFIG_WORD_MAX];
};

void config_scan_init(struct config_scan *s);

/* 0 or -ENOMEM. */
int config_scan_feed(struct config_scan *s, const char *text, size_t length);

/* Feeds a file, without those that it includes. Looks only. -errno. */
int config_scan_file(struct config_scan *s, const char *path);

void config_scan_free(struct config_scan *s);

#endif
