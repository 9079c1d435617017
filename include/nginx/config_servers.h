/*
 * The servers of http in a configuration: where each listens, how, and for which names. Filled by
 * config_scan_feed(); the servers of stream and mail are not among them.
 *
 * In a dump each file stands by itself. In which block it was included is told from its path and
 * the `include` directives of the files before it, so that a `listen` in a file of its own counts
 * for each server that includes it.
 */
#ifndef NGINX_CONFIG_SERVERS_H
#define NGINX_CONFIG_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_NAME_MAX    256  /* nginx takes no longer name from a request either */
#define CONFIG_SERVERS_MAX 1024 /* with all that is below */
#define CONFIG_NAMES_MAX   8192 /* of all servers together; likewise addresses and includes */

/* Where text stands; several at once where a file is included in several. */
enum config_place {
	PLACE_MAIN = 1,
	PLACE_HTTP = 2,
	PLACE_SERVER = 4, /* of http */
	PLACE_RIVAL = 8   /* stream or mail, which have servers, too */
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
	bool listens_unread; /* another `listen` than those, which is not known, or not TCP */

	/* While it is read. */
	bool open;       /* what is read now counts for it */
	char **includes; /* patterns */
	size_t include_count;
};

struct config_servers {
	struct config_server *list;
	size_t count;
	size_t words;   /* names, addresses and includes of all */
	bool more;      /* there are some that are not known */
	unsigned place; /* of the file that is read; of enum config_place */
	/* The blocks around what is read, from the file's own level on; deeper there is no place.
	 */
	unsigned char places[3];

	/* Of the `listen` that is read. */
	bool tls;
	bool http2;
	bool proxy_protocol;
	bool is_default;
};

#endif
