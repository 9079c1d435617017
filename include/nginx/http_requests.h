/*
 * Which requests tell whether a configuration is served: one for each address of http and each
 * name of a server there, with the path "/".
 *
 *	http_requests_of -> (probe_http.h) -> http_requests_free
 */
#ifndef NGINX_HTTP_REQUESTS_H
#define NGINX_HTTP_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nginx/config_servers.h"

enum { HTTP_REQUESTS_MAX = 64, HTTP_ADDRESS_MAX = 128 };

enum http_outcome {
	HTTP_UNASKED,   /* it cannot be asked, or there was no time */
	HTTP_ANSWERED,  /* with `status` */
	HTTP_REFUSED,   /* no connection */
	HTTP_CLOSED,    /* without an answer */
	HTTP_SILENT,    /* nothing came for as long as `took_us` */
	HTTP_NO_HTTP,   /* what came is no answer */
	HTTP_UNTRUSTED, /* TLS: the certificate is not to be trusted */
	HTTP_UNSPOKEN   /* it takes curl, or a newer one */
};

struct http_answer {
	enum http_outcome outcome;
	unsigned status;
	bool cut;         /* it broke off */
	uint64_t took_us; /* until the headers were there */
};

enum http_request_state { HTTP_WAITING, HTTP_GOING, HTTP_DONE };

struct http_request {
	char address[HTTP_ADDRESS_MAX]; /* "ADDRESS:PORT" with "*", or "unix:PATH" */
	char host[CONFIG_NAME_MAX];
	bool tls;
	bool http2; /* without TLS: nothing else is understood there */
	bool proxy_protocol;
	bool strict; /* TLS: the certificate is to be proven */
	struct http_answer before;
	struct http_answer after;

	/* Of the pass that goes. */
	enum http_request_state state;
	unsigned tries;
	uint64_t not_before_us;
};

struct http_requests {
	struct http_request list[HTTP_REQUESTS_MAX];
	unsigned count;
	unsigned left_out; /* for which there was no room */
	unsigned nameless; /* servers that no name reaches: their names are patterns */
	bool more;         /* the configuration has servers or addresses that are not known */
};

/* as_root: who runs nginx decides the port of a server that names none (nginx:
 * ngx_http_core_server). */
void http_requests_of(const struct config_servers *servers, bool as_root,
		      struct http_requests *ret);

#endif
