/* Proves that a new generation listens, reads its sockets and accepts. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nginx/accept_connect.h"
#include "nginx/accept_sockets.h"
#include "nginx/addresses.h"
#include "nginx/config_scan.h"
#include "nginx/config_servers.h"
#include "nginx/probe.h"
#include "nginx/probe_accept.h"
#include "nginx/socket_place.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/sockets.h"
#include "trust/path.h"
#include "trust/subject.h"

#define LEAVE_OUT                                                                                  \
	". What to do: see what the new binary's error log says; --probe-accept no hands over without this proof"

#define UDP "/udp"

/* ---- the configuration ---- */

static int add_datagram(struct addresses *a, const char *text)
{
	char address[256];
	size_t length = strlen(text);

	if (length <= strlen(UDP) || length >= sizeof(address) ||
	    strcmp(text + length - strlen(UDP), UDP) != 0)
		return 0;
	memcpy(address, text, length - strlen(UDP));
	address[length - strlen(UDP)] = '\0';
	return addresses_add(a, address);
}

static int add_server(struct addresses *a, const struct config_server *server, bool by_root)
{
	size_t i;
	int r = 0;

	for (i = 0; i < server->listen_count && !r; i++)
		r = addresses_add(a, server->listens[i].address);
	if (!r && !server->listen_count && !server->listens_unread)
		r = addresses_add(a, by_root ? "*:80" : "*:8000");
	return r;
}

int accept_config_of(const struct config_scan *scan, bool by_root, struct accept_config *ret)
{
	size_t i;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = addresses_of_config(scan, by_root, &ret->named);
	for (i = 0; i < scan->listen_count && !r; i++)
		r = add_datagram(&ret->datagrams, scan->listen[i]);
	for (i = 0; i < scan->servers.count && !r; i++)
		r = add_server(&ret->http, &scan->servers.list[i], by_root);
	if (r < 0)
		accept_config_free(ret);
	return r;
}

void accept_config_free(struct accept_config *c)
{
	addresses_free(&c->named);
	addresses_free(&c->datagrams);
	addresses_free(&c->http);
}

static bool is_among(const struct addresses *all, const struct accept_socket *s)
{
	struct address address;
	struct addresses one = {&address, 1, false};

	memset(&address, 0, sizeof(address));
	address.family = s->at.kind == SOCKET_UNIX ? AF_UNIX : s->at.family;
	address.port = address.last_port = s->at.port;
	memcpy(address.ip, s->at.ip, sizeof(address.ip));
	memcpy(address.path, s->at.path, sizeof(address.path));
	return addresses_meet(&one, all);
}

static bool is_named(const struct accept_config *c, const struct accept_socket *s)
{
	return is_among(s->at.kind == SOCKET_UDP ? &c->datagrams : &c->named, s);
}

/* ---- the old generation ---- */

int accept_probe_note_old(struct accept_probe *p, pid_t master, const pid_t *workers, size_t count)
{
	int r;

	accept_sockets_free(&p->old);
	p->old_is_noted = false;
	r = accept_sockets_of(master, &p->old);
	if (r < 0)
		return r;
	accept_sockets_read(&p->old, workers, count);
	p->old_is_noted = true;
	return 0;
}

/*
 * Whether the old generation read it. A socket that no look has shown to be read was not read if it
 * shares its address, since each of these has a reader of its own, or if it is UDP, which has no
 * accept_mutex. Any other socket counts as read: with accept_mutex no look may have shown it.
 */
static bool was_read(const struct accept_probe *p, const struct accept_socket *s)
{
	if (s->at.kind == SOCKET_UDP)
		return p->old_is_noted && !p->old.unread_unknown && s->read;
	return s->read || !s->shared || !p->old_is_noted || p->old.unread_unknown;
}

/* Whether the old generation read the socket `inode` at that address; 0: any socket there.
 * `otherwise`: the result if it had no such socket. */
static bool was_any_read(const struct accept_probe *p, const struct accept_socket *address,
			 uint64_t inode, bool otherwise)
{
	const struct accept_socket *s = accept_sockets_at(&p->old, &address->at);
	const struct accept_socket *end = s ? p->old.list + p->old.count : NULL;

	for (; s < end && socket_place_same(&s->at, &address->at); s++) {
		if (inode && s->inode == inode)
			return was_read(p, s);
		if (!inode && was_read(p, s))
			return true;
	}
	return otherwise;
}

/* ---- the new generation ---- */

/* A new TCP or unix socket should be read, and one that the old generation read. Of UDP each socket
 * of an address that the old generation read. */
static bool should_be_read(const struct accept_probe *p, const struct accept_socket *s)
{
	if (s->at.kind == SOCKET_UDP)
		return was_any_read(p, s, 0, false);
	return was_any_read(p, s, s->inode, true);
}

static bool any_is_read(const struct accept_sockets *all, const struct accept_socket *address)
{
	const struct accept_socket *s = accept_sockets_at(all, &address->at);

	for (; s && s < all->list + all->count && socket_place_same(&s->at, &address->at); s++) {
		if (s->read)
			return true;
	}
	return false;
}

/* The first socket that should be read and is not, and how many there are; NULL: none. */
static const struct accept_socket *find_unread(const struct accept_probe *p, unsigned *ret_count)
{
	const struct accept_socket *first = NULL;
	size_t i;

	*ret_count = 0;
	for (i = 0; i < p->now.count; i++) {
		const struct accept_socket *s = &p->now.list[i];

		if (s->read || !should_be_read(p, s) ||
		    (s->at.kind == SOCKET_UDP && any_is_read(&p->now, s)))
			continue;
		first = first ? first : s;
		++*ret_count;
	}
	return first;
}

/* A socket that the old generation served and the configuration names, at an address that the new
 * generation does not serve. NULL: none. */
static const struct accept_socket *find_missing(const struct accept_probe *p)
{
	size_t i;

	for (i = 0; p->config && i < p->old.count; i++) {
		const struct accept_socket *s = &p->old.list[i];

		if (was_read(p, s) && is_named(p->config, s) &&
		    !accept_sockets_serve(&p->now, &s->at))
			return s;
	}
	return NULL;
}

/* Whether one of the sockets of that address was read by nobody before either: a connection that
 * waits there proves nothing. */
static bool any_was_unread(const struct accept_probe *p, const struct accept_socket *address)
{
	const struct accept_socket *s = accept_sockets_at(&p->now, &address->at);

	for (; s && s < p->now.list + p->now.count && socket_place_same(&s->at, &address->at);
	     s++) {
		if (!should_be_read(p, s))
			return true;
	}
	return false;
}

/* Marks the sockets to which connections are made. */
static void want_http(struct accept_probe *p)
{
	size_t i;

	for (i = 0; p->config && i < p->now.count; i++) {
		struct accept_socket *s = &p->now.list[i];

		s->wanted = s->at.kind != SOCKET_UDP && is_among(&p->config->http, s);
		s->others = s->others || (s->shared && s->wanted && any_was_unread(p, s));
	}
}

int accept_probe_begin(struct accept_probe *p, pid_t old_master, const struct subject *new_master,
		       const struct believed *believed)
{
	int r;

	accept_probe_end(p);
	if (!p->old_is_noted) {
		accept_sockets_free(&p->old);
		/* If the old master has had QUIT or has gone, nothing is known, which is no
		 * failure. */
		if (old_master > 0)
			(void)accept_sockets_of(old_master, &p->old);
	}
	r = accept_sockets_of(new_master->process.pid, &p->now);
	if (r < 0)
		return r;
	want_http(p);
	p->missing = find_missing(p);
	p->began_us = clock_us();
	p->all_read = false;
	if (!p->limit_us)
		p->limit_us = PROBE_ACCEPT_USUAL_US;
	r = accept_connect_begin(&p->connect, new_master, believed, &p->now, p->limit_us);
	if (r < 0)
		accept_sockets_free(&p->now);
	return r;
}

/* ---- the result ---- */

static enum probe_state say_missing(const struct accept_socket *s, struct probe_text *ret)
{
	char text[ACCEPT_ADDRESS_SIZE];

	(void)snprintf(
		ret->text, sizeof(ret->text),
		"the new master does not listen on %s, which the old generation served and the configuration names" LEAVE_OUT,
		accept_socket_text(s, text));
	return PROBE_FAILED;
}

static enum probe_state say_unread(const struct accept_probe *p, const struct accept_socket *s,
				   unsigned count, struct probe_text *ret)
{
	char text[ACCEPT_ADDRESS_SIZE];
	char time[32];

	(void)snprintf(
		ret->text, sizeof(ret->text),
		"no worker of the new generation has begun to read %s in %s (%u of %zu sockets are read by none)" LEAVE_OUT,
		accept_socket_text(s, text), duration_text(p->limit_us, time, sizeof(time)), count,
		p->now.count);
	return PROBE_FAILED;
}

static enum probe_state say_unaccepted(const struct accept_probe *p, struct probe_text *ret)
{
	const struct accept_place *place = p->connect.failed;
	char text[ACCEPT_ADDRESS_SIZE];
	char time[32];

	(void)snprintf(
		ret->text, sizeof(ret->text),
		"a connection to %s was accepted by nobody in %s (%u were tried, %zu workers have accepted one)" LEAVE_OUT,
		accept_socket_text(place->socket, text),
		duration_text(p->limit_us, time, sizeof(time)), place->tried, place->by.count);
	return PROBE_FAILED;
}

static enum probe_state say_passed(const struct accept_probe *p, struct probe_text *ret)
{
	size_t proven = accept_connect_proven(&p->connect);
	size_t read = 0;
	size_t i;
	int n;

	for (i = 0; i < p->now.count; i++)
		read += p->now.list[i].read;
	n = snprintf(ret->text, sizeof(ret->text),
		     "%zu of %zu sockets are read, %zu of %zu addresses of HTTP have accepted",
		     read, p->now.count, proven, p->connect.count);
	if (p->now.unread_unknown)
		n += snprintf(ret->text + n, sizeof(ret->text) - (size_t)n,
			      "; which sockets the workers read is not known");
	if (!p->config)
		n += snprintf(ret->text + n, sizeof(ret->text) - (size_t)n,
			      "; which addresses are of HTTP is not known");
	if (proven < p->connect.count)
		(void)snprintf(ret->text + n, sizeof(ret->text) - (size_t)n,
			       "; who accepts on the others is not known");
	return PROBE_PASSED;
}

enum probe_state accept_probe_step(struct accept_probe *p, const struct acceptors *by,
				   struct probe_text *ret)
{
	const struct accept_socket *socket;
	enum probe_state connected;
	unsigned unread = 0;

	if (p->missing)
		return say_missing(p->missing, ret);
	if (!p->all_read)
		accept_sockets_read(&p->now, by->workers, by->count);
	socket = find_unread(p, &unread);
	p->all_read = !socket || p->now.unread_unknown;
	if (!p->all_read && clock_us() - p->began_us >= p->limit_us)
		return say_unread(p, socket, unread, ret);
	connected = accept_connect_step(&p->connect, by);
	if (connected == PROBE_FAILED)
		return say_unaccepted(p, ret);
	return connected == PROBE_PASSED && p->all_read ? say_passed(p, ret) : PROBE_GOING;
}

void accept_probe_end(struct accept_probe *p)
{
	accept_connect_end(&p->connect);
	accept_sockets_free(&p->now);
	p->missing = NULL;
}

void accept_probe_free(struct accept_probe *p)
{
	accept_probe_end(p);
	accept_sockets_free(&p->old);
	p->old_is_noted = false;
}
