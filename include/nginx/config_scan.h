/*
 * Reads the few directives that this program must know from a configuration: from the dump that
 * `nginx -T` prints, from a file, or from the text of -g. The text is fed in pieces, as it arrives,
 * and only what is looked for is kept.
 *
 *	config_scan_init -> config_scan_feed ... -> read the fields -> config_scan_free
 *
 * Quotes, escapes, comments and braces are as in nginx (nginx: ngx_conf_read_token). Except for
 * `listen`, only directives of the main level count. The first one of a name wins, since nginx
 * refuses a second one.
 *
 * A dump has one file after the other. Whether a file was included at the main level is found out
 * from its path and from the `include` directives of the files before it, since nginx prints an
 * including file first (nginx: ngx_conf_add_dump). A file that matches no `include` may be of the
 * main level: its directives count if no other file has them. Only its error_log never counts,
 * since that directive may stand at any level.
 */
#ifndef NGINX_CONFIG_SCAN_H
#define NGINX_CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nginx/config_servers.h"

/* nginx 1.27.4 */
#define KEEPALIVE_MIN_TIMEOUT "keepalive_min_timeout"

#define PROXY_RESPONSES "proxy_responses"

#define CONFIG_WORD_MAX    4096
#define CONFIG_ENV_MAX     64
#define CONFIG_LISTEN_MAX  1024
#define CONFIG_INCLUDE_MAX 1024
#define CONFIG_WORKERS_MAX 1024 /* nginx: NGX_MAX_PROCESSES */

/* The level of the file that is being read. */
enum config_level {
	CONFIG_MAIN,     /* the main level */
	CONFIG_INNER,    /* included within a block */
	CONFIG_SOMEWHERE /* not known */
};

struct config_include {
	char *pattern; /* as written */
	enum config_level level;
	unsigned places; /* bits of enum config_place: the blocks where it stands */
};

/* An address where nginx listens for HTTP/3. */
struct config_quic {
	char *address;  /* as in config_scan.listen, without "/udp" */
	bool reuseport; /* each worker has a socket of its own */
};

struct config_scan {
	char *pid;         /* the path as written, or NULL */
	bool pid_included; /* `pid` stands in another file than the first one of the dump */
	char *error_log;   /* the first one of the main level, as written, or NULL */
	bool daemon_off;
	bool master_process_off;
	unsigned workers;     /* the number of worker_processes; 0: not set, or not known */
	bool workers_auto;    /* one for each CPU */
	uint64_t shutdown_us; /* worker_shutdown_timeout; 0: not set, or not known */

	char *env[CONFIG_ENV_MAX + 1]; /* "NAME" or "NAME=value", ended by NULL */
	bool env_more;                 /* there were more than that */

	/*
	 * The addresses that it listens on, each once, in no order. "ADDRESS:PORT", where ADDRESS
	 * is
	 * "*", an IPv4 address or an IPv6 address in brackets; or "unix:PATH". The address and a
	 * range of ports ("*:8000-8010") are as written. With `udp` or `quic` "/udp" follows.
	 */
	char **listen; /* NULL: none */
	size_t listen_count;
	bool listen_unknown;      /* there are more: host names, variables, too many, or cut text */
	struct config_quic *quic; /* those with `quic`, each once; NULL: none */
	size_t quic_count;
	bool default_listen; /* a server of http has no `listen`: it has *:80, or *:8000 if nginx is
			      * not started by root */

	bool http;              /* there is an http block */
	bool keepalive_min;     /* keepalive_min_timeout stands somewhere */
	bool responses;         /* proxy_responses stands outside of a server */
	bool unbounded_udp;     /* a UDP server has no proxy_responses, and includes nothing */
	bool reuseport_streams; /* a `listen` that is not of UDP has reuseport */
	struct config_servers servers;

	/* State of the lexer. */
	int state;
	bool variable; /* the last letter was a '$': "${" opens no block */
	bool escaped;  /* the last letter was a backslash */
	bool daemon_seen;
	bool master_process_seen;
	bool workers_seen;
	unsigned depth;
	unsigned word_index;
	bool overflow;  /* a word longer than CONFIG_WORD_MAX was skipped */
	bool of_quic;   /* `quic` is one of the words from the third on */
	bool datagram;  /* `udp` is one of them */
	bool reuseport; /* `reuseport` is one of them */
	size_t word_length;
	char name[32];
	char word[CONFIG_WORD_MAX];
	char more[CONFIG_NAME_MAX]; /* the third word, or a later one */

	/* The files of the dump; see config_dump.c. */
	unsigned files;   /* how many have begun */
	unsigned line_at; /* how much of the line that begins a file has matched */
	size_t file_length;
	char file[CONFIG_WORD_MAX];  /* the rest of that line: the file's path */
	char *folder;                /* of the first file, with a slash; NULL: not known yet */
	enum config_level level;     /* of the present file */
	enum config_level pid_level; /* of the file that has `pid` */
	struct config_include *includes;
	size_t include_count;

	/* The server block that is open; see config_listen.c. */
	unsigned server_depth; /* 0: none */
	bool server_listens;
	bool server_includes;
	bool server_datagrams; /* it listens on UDP, but not for HTTP/3 */
	bool server_responses; /* it has proxy_responses */
};

void config_scan_init(struct config_scan *s);

/* Reads the next piece of text. It goes on after a failure. 0 or -ENOMEM: something was not
 * kept. */
int config_scan_feed(struct config_scan *s, const char *text, size_t length);

/* Feeds a file, without the files that it includes. 0 or -errno. */
int config_scan_file(struct config_scan *s, const char *path);

/* Whether there is an `include` at the main level, whose file may have more of the directives. */
bool config_scan_includes_more(const struct config_scan *s);

void config_scan_free(struct config_scan *s);

#endif
