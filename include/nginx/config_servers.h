/*
 * The servers of http in a configuration: the addresses and the names of each. config_scan_feed()
 * fills them in. The servers of stream and mail are not among them.
 *
 * A dump has one file after the other. In which block a file was included is found out from its
 * path and the `include` directives of the files before it. So a `listen` in a file of its own
 * counts for each server that includes that file.
 */
#ifndef NGINX_CONFIG_SERVERS_H
#define NGINX_CONFIG_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_NAME_MAX    256 /* nginx does not take a longer one from a request either */
#define CONFIG_SERVERS_MAX 1024
#define CONFIG_NAMES_MAX   8192 /* of all servers together; likewise addresses and includes */

/* The kinds of blocks where text may stand. A file that is included in several has several bits. */
enum config_place {
	PLACE_MAIN = 1,
	PLACE_HTTP = 2,
	PLACE_SERVER = 4, /* of http */
	PLACE_RIVAL = 8   /* stream or mail, which have server blocks, too */
};

struct config_server_listen {
	char *address; /* "ADDRESS:PORT" or "unix:PATH", as in config_scan.listen */
	bool tls;
	bool http2;
	bool proxy_protocol;
	bool is_default;
};

struct config_server {
	struct config_server_listen *listens; /* NULL: none, which means port 80 */
	size_t listen_count;
	char **names; /* as written */
	size_t name_count;
	bool tls;            /* "ssl on" */
	bool listens_unread; /* it has more `listen` that are not TCP, or whose address is not known
			      */

	/* While the configuration is read. */
	bool open;       /* the present text counts for this server */
	char **includes; /* patterns */
	size_t include_count;
};

struct config_servers {
	struct config_server *list;
	size_t count;
	size_t words; /* how many names, addresses and includes all have together */
	bool more;    /* there are servers, names or addresses that are not known */
	/* The kinds of the blocks around the present text, from the file's own level on. Deeper
	 * inside nothing is of interest. */
	unsigned char places[3];

	/* Of the present `listen`. */
	bool tls;
	bool http2;
	bool proxy_protocol;
	bool is_default;
};

#endif
