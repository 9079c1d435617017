/*
 * The requests that show whether a configuration is served: one for each address of http and each
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
	HTTP_UNASKED,   /* no request was made: not possible, or no time */
	HTTP_ANSWERED,  /* with `status` */
	HTTP_REFUSED,   /* no connection */
	HTTP_CLOSED,    /* closed without an answer */
	HTTP_SILENT,    /* no answer within `took_us` */
	HTTP_NO_HTTP,   /* an answer that is not HTTP */
	HTTP_UNTRUSTED, /* TLS: the certificate is not trusted */
	HTTP_UNSPOKEN   /* no request was made: it needs curl, or a newer one */
};

struct http_answer {
	enum http_outcome outcome;
	unsigned status;
	bool cut;         /* it broke off before its end */
	uint64_t took_us; /* until the headers were there */
};

enum http_request_state { HTTP_WAITING, HTTP_GOING, HTTP_DONE };

struct http_request {
	char address[HTTP_ADDRESS_MAX]; /* "ADDRESS:PORT" with "*", or "unix:PATH" */
	char host[CONFIG_NAME_MAX];
	bool tls;
	bool http2; /* without TLS it means that nothing else is understood there */
	bool proxy_protocol;
	bool strict; /* TLS: check the certificate */
	struct http_answer before;
	struct http_answer after;

	/* Of the present pass; see nginx/probe_http.h. */
	enum http_request_state state;
	unsigned tries;
	uint64_t not_before_us;
};

struct http_requests {
	struct http_request list[HTTP_REQUESTS_MAX];
	unsigned count;
	unsigned left_out; /* how many more there would be if there was room */
	unsigned nameless; /* servers without a usable name: they have patterns only */
	bool more;         /* the configuration has servers or addresses that are not known */
};

/* as_root: nginx is started by root, so a server without `listen` has port 80, not 8000 (nginx:
 * ngx_http_core_server). */
void http_requests_of(const struct config_servers *servers, bool as_root,
		      struct http_requests *ret);

#endif
