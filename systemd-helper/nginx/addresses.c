/* Listening addresses of processes and of configurations, in a form that can be compared. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nginx/addresses.h"
#include "nginx/config_scan.h"
#include "os/socket_address.h"
#include "os/socket_holders.h"
#include "os/sockets.h"

#define UDP "/udp"

static int add_address(struct addresses *a, const struct address *address)
{
	struct address *longer = realloc(a->list, (a->count + 1) * sizeof(*longer));

	if (!longer) {
		a->unknown = true;
		return -ENOMEM;
	}
	a->list = longer;
	a->list[a->count++] = *address;
	return 0;
}

void addresses_free(struct addresses *a)
{
	free(a->list);
	memset(a, 0, sizeof(*a));
}

/* ---- of a process ---- */

struct reading {
	const struct inodes *held;
	struct addresses *ret;
};

static bool add_row(const struct socket_row *row, void *arg)
{
	const struct reading *reading = arg;
	struct address address;

	if (!inodes_have(reading->held, row->inode))
		return true;
	memset(&address, 0, sizeof(address));
	address.family = row->family;
	address.port = address.last_port = row->port;
	address.inode = row->inode;
	memcpy(address.ip, row->ip, sizeof(address.ip));
	memcpy(address.path, row->path, sizeof(address.path));
	return add_address(reading->ret, &address) == 0;
}

int addresses_of(pid_t pid, struct addresses *ret)
{
	struct inodes held;
	struct reading reading = {&held, ret};
	int r;

	memset(ret, 0, sizeof(*ret));
	inodes_init(&held);
	r = sockets_held(pid, &held);
	if (!r)
		r = sockets_each(pid, SOCKETS_TCP_LISTENING | SOCKETS_UNIX_LISTENING, add_row,
				 &reading);
	inodes_free(&held);
	if (!r && ret->unknown)
		r = -EBADMSG;
	if (r < 0)
		addresses_free(ret);
	return r;
}

/* ---- of a configuration ---- */

static bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text);

	return length > strlen(ending) && strcmp(text + length - strlen(ending), ending) == 0;
}

static bool parse_ip(const char *text, size_t length, struct address *ret)
{
	char ip[64];

	if (length >= sizeof(ip))
		return false;
	memcpy(ip, text, length);
	ip[length] = '\0';
	ret->family = AF_INET;
	if (strcmp(ip, "*") == 0 || inet_pton(AF_INET, ip, ret->ip) == 1)
		return true;
	ret->family = AF_INET6;
	if (length < 2 || ip[length - 1] != ']')
		return false;
	ip[length - 1] = '\0';
	return inet_pton(AF_INET6, ip + 1, ret->ip) == 1;
}

static bool parse_config(const char *text, struct address *ret)
{
	const char *colon = strrchr(text, ':');
	const char *path = socket_address_path(text);
	int n;

	memset(ret, 0, sizeof(*ret));
	if (path) {
		ret->family = AF_UNIX;
		(void)snprintf(ret->path, sizeof(ret->path), "%s", path);
		return strlen(path) < sizeof(ret->path);
	}
	if (!colon || !parse_ip(text, (size_t)(colon - text), ret))
		return false;
	n = sscanf(colon + 1, "%u-%u", &ret->port, &ret->last_port);
	if (n == 1)
		ret->last_port = ret->port;
	return n >= 1;
}

int addresses_add(struct addresses *a, const char *text)
{
	struct address address;

	if (!parse_config(text, &address)) {
		a->unknown = true;
		return 0;
	}
	return add_address(a, &address);
}

static int add_unless_udp(struct addresses *a, const char *text)
{
	return ends_with(text, UDP) ? 0 : addresses_add(a, text);
}

int addresses_of_config(const struct config_scan *scan, bool by_root, struct addresses *ret)
{
	size_t i;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	ret->unknown = scan->listen_unknown;
	for (i = 0; i < scan->listen_count && !r; i++)
		r = add_unless_udp(ret, scan->listen[i]);
	if (!r && scan->default_listen)
		r = add_unless_udp(ret, by_root ? "*:80" : "*:8000");
	if (r < 0)
		addresses_free(ret);
	return r;
}

/* ---- compared ---- */

/* Whether they have the same address and a port in common. */
static bool overlap(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_UNIX)
		return strcmp(a->path, b->path) == 0;
	return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port <= b->last_port &&
	       b->port <= a->last_port;
}

static bool has_address(const struct addresses *all, const struct address *one)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (overlap(&all->list[i], one))
			return true;
	}
	return false;
}

/* Whether each port of it is listened on, at that address or at the wildcard. */
static bool is_served(const struct address *wanted, const struct addresses *held,
		      const struct addresses *config)
{
	struct address one = *wanted;
	struct address all = *wanted;

	memset(all.ip, 0, sizeof(all.ip));
	for (; one.port <= wanted->last_port; one.port++) {
		one.last_port = all.port = all.last_port = one.port;
		if (!has_address(held, &one) &&
		    (one.family == AF_UNIX || socket_address_is_wildcard(one.ip) ||
		     !has_address(config, &all) || !has_address(held, &all)))
			return false;
	}
	return true;
}

bool addresses_are(const struct addresses *held, const struct addresses *config)
{
	size_t i;

	if (held->unknown || config->unknown || !held->count)
		return false;
	for (i = 0; i < held->count; i++) {
		if (!has_address(config, &held->list[i]))
			return false;
	}
	for (i = 0; i < config->count; i++) {
		if (!is_served(&config->list[i], held, config))
			return false;
	}
	return true;
}

bool addresses_meet(const struct addresses *a, const struct addresses *b)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		if (has_address(b, &a->list[i]))
			return true;
	}
	return false;
}

int addresses_held_by(const struct addresses *a, pid_t pid)
{
	struct inodes held;
	size_t i;
	int r;

	inodes_init(&held);
	r = sockets_held(pid, &held);
	for (i = 0; i < a->count && !r; i++)
		r = inodes_have(&held, a->list[i].inode);
	inodes_free(&held);
	return r;
}
