/*
 * Makes requests from the servers of a configuration. The options of an address in one server apply
 * to all servers there (nginx: ngx_http_add_addresses).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/config_servers.h"
#include "nginx/http_requests.h"
#include "os/socket_address.h"

/* The name in a request for the default server of an address that has no usable name. */
#define ANY_NAME "localhost"

enum { RANGE_MAX = 16 }; /* so many ports of a range are asked */

/* A name for the Host header: for "*.example.com" one that matches. False: there is none. */
static bool usable_name(const char *name, char ret[CONFIG_NAME_MAX])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	const char *prefix = "";

	if (strncmp(name, "*.", 2) == 0) {
		prefix = "www.";
		name += 2;
	} else if (*name == '.') {
		name++;
	}
	if (!*name || strcmp(name, "_") == 0 || name[strspn(name, letters)] || strlen(name) > 250)
		return false;
	(void)snprintf(ret, CONFIG_NAME_MAX, "%s%.250s", prefix, name);
	return true;
}

static struct http_request *find_request(struct http_requests *all, const char *address,
					 const char *host)
{
	unsigned i;

	for (i = 0; i < all->count; i++) {
		struct http_request *r = &all->list[i];

		if (strcmp(r->address, address) == 0 && strcmp(r->host, host) == 0)
			return r;
	}
	return NULL;
}

static void add_request(struct http_requests *all, const char *address, const char *host)
{
	struct http_request *r;

	if (find_request(all, address, host))
		return;
	if (all->count == HTTP_REQUESTS_MAX) {
		all->left_out++;
		return;
	}
	r = &all->list[all->count++];
	memset(r, 0, sizeof(*r));
	(void)snprintf(r->address, sizeof(r->address), "%s", address);
	(void)snprintf(r->host, sizeof(r->host), "%s", host);
}

/* One request for each port of "ADDRESS:8000-8010". */
static void add_range(struct http_requests *all, const char *address, const char *host)
{
	const char *colon = strrchr(address, ':');
	char *end;
	unsigned long first, last, port;
	char one[HTTP_ADDRESS_MAX];

	if (strlen(address) >= HTTP_ADDRESS_MAX) {
		all->more = true;
		return;
	}
	if (socket_address_path(address) || !colon || !strchr(colon, '-')) {
		add_request(all, address, host);
		return;
	}
	first = strtoul(colon + 1, &end, 10);
	last = *end ? strtoul(end + 1, NULL, 10) : first;
	for (port = first; port <= last && port - first < RANGE_MAX; port++) {
		(void)snprintf(one, sizeof(one), "%.*s:%lu", (int)(colon - address), address, port);
		add_request(all, one, host);
	}
	if (port <= last)
		all->left_out += (unsigned)(last - port + 1);
}

/* The address of a server without `listen`. */
static void listens_by_default(struct config_server_listen *ret, bool as_root)
{
	static char as_root_on[] = "*:80", as_user_on[] = "*:8000";

	memset(ret, 0, sizeof(*ret));
	ret->address = as_root ? as_root_on : as_user_on;
}

struct walk {
	const struct config_servers *servers;
	struct http_requests *ret;
	bool as_root;
};

typedef void listen_fn(struct walk *w, const struct config_server *server,
		       const struct config_server_listen *listen);

static void each_listen(struct walk *w, listen_fn *fn)
{
	struct config_server_listen by_default;
	size_t i, k;

	listens_by_default(&by_default, w->as_root);
	for (i = 0; i < w->servers->count; i++) {
		const struct config_server *server = &w->servers->list[i];

		for (k = 0; k < server->listen_count; k++)
			fn(w, server, &server->listens[k]);
		if (!server->listen_count && !server->listens_unread)
			fn(w, server, &by_default);
	}
}

static bool first_name(const struct config_server *server, char ret[CONFIG_NAME_MAX])
{
	size_t i;

	for (i = 0; i < server->name_count; i++) {
		if (usable_name(server->names[i], ret))
			return true;
	}
	return false;
}

/* Whether this server is the default of that address: it is the one that says so, else the
 * first. */
static bool is_default(const struct walk *w, const struct config_server *server,
		       const struct config_server_listen *listen)
{
	const struct config_server *first = NULL;
	struct config_server_listen by_default;
	size_t i, k;

	listens_by_default(&by_default, w->as_root);
	for (i = 0; i < w->servers->count; i++) {
		const struct config_server *other = &w->servers->list[i];
		bool none = !other->listen_count && !other->listens_unread;

		for (k = 0; k < other->listen_count; k++) {
			const struct config_server_listen *l = &other->listens[k];

			if (strcmp(l->address, listen->address) != 0)
				continue;
			if (l->is_default)
				return other == server;
			first = first ? first : other;
		}
		if (none && strcmp(by_default.address, listen->address) == 0)
			first = first ? first : other;
	}
	return first == server;
}

/* The default server of an address. These requests come first, so that each address has one even if
 * there is no room for all names. */
static void add_default(struct walk *w, const struct config_server *server,
			const struct config_server_listen *listen)
{
	char host[CONFIG_NAME_MAX];

	if (!is_default(w, server, listen))
		return;
	if (!first_name(server, host))
		(void)snprintf(host, sizeof(host), "%s", ANY_NAME);
	add_range(w->ret, listen->address, host);
}

static void add_names(struct walk *w, const struct config_server *server,
		      const struct config_server_listen *listen)
{
	char host[CONFIG_NAME_MAX];
	bool any = false;
	size_t i;

	for (i = 0; i < server->name_count; i++) {
		if (!usable_name(server->names[i], host))
			continue;
		any = true;
		add_range(w->ret, listen->address, host);
	}
	if (!any && !is_default(w, server, listen))
		w->ret->nameless++;
}

/* Whether the request is to that address, or to a port of that range. */
static bool is_to(const struct http_request *r, const char *address)
{
	const char *colon = strrchr(address, ':'), *own = strrchr(r->address, ':');
	unsigned long first, last, port;
	char *end;

	if (strcmp(r->address, address) == 0)
		return true;
	if (!colon || !own || colon - address != own - r->address ||
	    strncmp(address, r->address, (size_t)(colon - address)) != 0 ||
	    socket_address_path(address))
		return false;
	first = strtoul(colon + 1, &end, 10);
	last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;
	port = strtoul(own + 1, NULL, 10);
	return first <= port && port <= last;
}

/* How the requests to that address are to be made. */
static void note_options(struct walk *w, const struct config_server *server,
			 const struct config_server_listen *listen)
{
	unsigned i;

	for (i = 0; i < w->ret->count; i++) {
		struct http_request *r = &w->ret->list[i];

		if (!is_to(r, listen->address))
			continue;
		r->tls = r->tls || listen->tls || server->tls;
		r->http2 = r->http2 || listen->http2;
		r->proxy_protocol = r->proxy_protocol || listen->proxy_protocol;
	}
}

void http_requests_of(const struct config_servers *servers, bool as_root, struct http_requests *ret)
{
	struct walk w = {servers, ret, as_root};

	memset(ret, 0, sizeof(*ret));
	ret->more = servers->more;
	each_listen(&w, add_default);
	each_listen(&w, add_names);
	each_listen(&w, note_options);
}
