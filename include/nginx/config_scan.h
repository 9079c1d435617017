/*
 * Reads the few directives that the helper must know from a configuration: from the dump that
 * `nginx -T` prints, or from the text of -g. It is fed piece by piece, as the text arrives, and
 * keeps only what it looks for.
 *
 *	config_scan_init -> config_scan_feed ... -> read the fields -> config_scan_free
 *
 * Quotes, escapes, comments and braces are nginx's (nginx: ngx_conf_read_token). But for `listen`,
 * only directives of the main level count; the first of a name wins, as nginx refuses a second one.
 *
 * In a dump each file stands by itself. Whether one was included at the main level is told from its
 * path and from the `include` directives of the files before it, which nginx prints first (nginx:
 * ngx_conf_add_dump). A file that no `include` accounts for may be of the main level: what it says
 * counts where no other file says it, but for error_log, which may stand at any level.
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

/* Where the text stands that is read now. */
enum config_level {
	CONFIG_MAIN,     /* at the main level */
	CONFIG_INNER,    /* it was included within a block */
	CONFIG_SOMEWHERE /* not known */
};

struct config_include {
	char *pattern; /* as written */
	enum config_level level;
	unsigned places; /* of enum config_place */
};

/* An address on which HTTP/3 is listened for. */
struct config_quic {
	char *address;  /* as one of config_scan.listen, without "/udp" */
	bool reuseport; /* a socket for each worker */
};

struct config_scan {
	char *pid;         /* the path as written, or NULL */
	bool pid_included; /* another file than the first of the dump says it */
	char *error_log;   /* the first main-level one, as written, or NULL */
	bool daemon_off;
	bool master_process_off;
	unsigned workers;  /* the number of worker_processes; 0: none is said, or none is known */
	bool workers_auto; /* one for each CPU */
	uint64_t shutdown_us; /* worker_shutdown_timeout; 0: none is said, or none is known */

	char *env[CONFIG_ENV_MAX + 1]; /* "NAME" or "NAME=value", ended by NULL */
	bool env_more;                 /* there were more than that */

	/*
	 * Where it listens, each once, in no order: "ADDRESS:PORT" with "*", an IPv4 address or one
	 * of IPv6 in brackets, or "unix:PATH". The address and a range of ports ("*:8000-8010") are
	 * as written. "/udp" stands behind those of `udp` and `quic`.
	 */
	char **listen; /* NULL: none */
	size_t listen_count;
	bool listen_unknown; /* there are more: a host name, a variable, too many, or no whole text
			      */
	struct config_quic *quic; /* of these, each of `quic` once; NULL: none */
	size_t quic_count;
	bool default_listen; /* a server of http without one: *:80, of other users than root *:8000
			      */

	bool http;              /* there is a block of it */
	bool keepalive_min;     /* keepalive_min_timeout is said somewhere */
	bool responses;         /* proxy_responses is said outside of a server */
	bool unbounded_udp;     /* a server of UDP does not say it, and includes nothing */
	bool reuseport_streams; /* one of `listen`, and not of UDP, has it */
	struct config_servers servers;

	/* The lexer's own. */
	int state;
	bool variable; /* a '$' was last: "${" opens no block */
	bool escaped;  /* a backslash was last */
	bool daemon_seen;
	bool master_process_seen;
	bool workers_seen;
	unsigned depth;
	unsigned word_index;
	bool overflow;  /* a word longer than CONFIG_WORD_MAX was passed over */
	bool of_quic;   /* `quic` is among the words behind the second, */
	bool datagram;  /* or `udp`, */
	bool reuseport; /* or `reuseport` */
	size_t word_length;
	char name[32];
	char word[CONFIG_WORD_MAX];
	char more[CONFIG_NAME_MAX]; /* a word behind the second */

	/* The dump's files; see config_dump.c. */
	unsigned files;   /* that have begun */
	unsigned line_at; /* how much of the line that begins a file has matched */
	size_t file_length;
	char file[CONFIG_WORD_MAX]; /* the rest of that line */
	char *folder; /* of the first file, with a slash behind; NULL: not known yet */
	enum config_level level;
	enum config_level pid_level; /* of the text that said it */
	struct config_include *includes;
	size_t include_count;

	/* The server block that is open; see config_listen.c. */
	unsigned server_depth; /* 0: none */
	bool server_listens;
	bool server_includes;
	bool server_datagrams; /* it listens on UDP, and not for HTTP/3 */
	bool server_responses; /* it says proxy_responses */
};

void config_scan_init(struct config_scan *s);

/* 0 or -ENOMEM. */
int config_scan_feed(struct config_scan *s, const char *text, size_t length);

/* Feeds a file, without those that it includes. Looks only. -errno. */
int config_scan_file(struct config_scan *s, const char *path);

/* Whether a file was included at the main level, whose directives count as if they stood there. */
bool config_scan_includes_more(const struct config_scan *s);

void config_scan_free(struct config_scan *s);

#endif
