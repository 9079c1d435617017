/* Compares the UDP sockets of a master with what workers read, and with what quic_bpf can hold. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/config_scan.h"
#include "nginx/quic_sockets.h"
#include "nginx/udp_sockets.h"
#include "os/bpf_maps.h"
#include "os/socket_holders.h"

/* Counts list[from] to list[to - 1], which have the same port. */
static void count_port(const struct udp_sockets *s, size_t from, size_t to,
		       const struct inodes *readers, struct quic_unread *ret)
{
	const struct udp_socket *last = NULL;
	unsigned unread = 0;
	unsigned read = 0;
	size_t i;

	for (i = from; i < to; i++) {
		const struct udp_socket *u = &s->list[i];

		read += inodes_have(readers, u->inode);
		if (!udp_is_unread(s, i, readers))
			continue;
		unread++;
		if (!last || udp_compare(last, u) != 0)
			udp_add_where(ret->where, u);
		last = u;
	}
	ret->unread += unread;
	if (unread)
		ret->read += read;
}

static int look_for_unread(pid_t master, const pid_t *workers, size_t count, bool quick,
			   struct quic_unread *ret)
{
	struct quic_unread found = {0, 0, ""};
	struct udp_sockets s;
	struct inodes readers;
	size_t from, to;
	int r = udp_sockets_of(master, &s);

	if (r)
		return r;
	inodes_init(&readers);
	if (udp_share_a_port(&s)) {
		r = sockets_read_by_all(workers, count, quick, &readers);
		for (from = 0; from < s.count && !r; from = to) {
			to = udp_end_of_port(&s, from);
			count_port(&s, from, to, &readers, &found);
		}
	}
	inodes_free(&readers);
	udp_sockets_free(&s);
	if (!r)
		*ret = found;
	return r;
}

int quic_unread_look(pid_t master, const pid_t *workers, size_t count, struct quic_unread *ret)
{
	struct quic_unread found = {0, 0, ""};
	struct quic_unread again = {0, 0, ""};
	int r = look_for_unread(master, workers, count, true, &found);

	/* With accept_mutex workers take turns at reading, and the look may have fallen in a moment
	 * when none of them did. And the quick look does not see every reader. */
	if (!r && found.unread) {
		r = look_for_unread(master, workers, count, false, &again);
		if (!r && again.unread < found.unread)
			found = again;
	}
	if (!r)
		*ret = found;
	return r;
}

int quic_contested_look(pid_t master, const pid_t *leaving, size_t count,
			struct quic_contested *ret)
{
	struct quic_contested found = {0, ""};
	const struct udp_socket *last = NULL;
	struct udp_sockets s;
	struct inodes readers;
	size_t i;
	int r = udp_sockets_of(master, &s);

	if (r)
		return r;
	inodes_init(&readers);
	if (s.count)
		r = sockets_read_by_all(leaving, count, false, &readers);
	for (i = 0; i < s.count && !r; i++) {
		if (!inodes_have(&readers, s.list[i].inode))
			continue;
		found.count++;
		if (!last || udp_compare(last, &s.list[i]) != 0)
			udp_add_where(found.where, &s.list[i]);
		last = &s.list[i];
	}
	inodes_free(&readers);
	udp_sockets_free(&s);
	if (!r)
		*ret = found;
	return r;
}

/* ---- room in the map ---- */

/* Whether the socket has an address as config_scan writes it: "*:443", "[::]:443",
 * "127.0.0.1:8000-8010". */
static bool is_at(const char *address, const struct udp_socket *u)
{
	char text[256];
	const char *colon = strrchr(address, ':');
	unsigned first = 0, last = 0;
	unsigned char ip[16];
	size_t length = colon ? (size_t)(colon - address) : 0;
	int n = colon ? sscanf(colon + 1, "%u-%u", &first, &last) : 0;

	if (n < 1 || length >= sizeof(text) || u->port < first || u->port > (n == 2 ? last : first))
		return false;
	memset(ip, 0, sizeof(ip));
	memcpy(text, address, length);
	text[length] = '\0';
	if (*text == '[') {
		text[length - 1] = '\0';
		return u->family == AF_INET6 && inet_pton(AF_INET6, text + 1, ip) == 1 &&
		       memcmp(ip, u->ip, sizeof(ip)) == 0;
	}
	return u->family == AF_INET && (*text == '*' || inet_pton(AF_INET, text, ip) == 1) &&
	       memcmp(ip, u->ip, 4) == 0;
}

bool quic_is_shared(const struct config_scan *scan, const struct udp_socket *u)
{
	size_t i;

	for (i = 0; i < scan->quic_count; i++) {
		if (scan->quic[i].reuseport && is_at(scan->quic[i].address, u))
			return true;
	}
	return false;
}

static void find_fullest(const struct udp_sockets *s, const struct config_scan *scan,
			 struct quic_room *ret)
{
	size_t i;
	unsigned run = 0;

	for (i = 0; i < s->count; i++) {
		run = i && udp_compare(&s->list[i], &s->list[i - 1]) == 0 ? run + 1 : 1;
		if (run <= ret->holds || !quic_is_shared(scan, &s->list[i]))
			continue;
		ret->holds = run;
		udp_address_text(&s->list[i], ret->where, sizeof(ret->where));
	}
}

int quic_room_look(pid_t master, const struct config_scan *scan, struct quic_room *ret)
{
	struct quic_room found = {0, 0, ""};
	struct udp_sockets s;
	int r = scan->quic_count ? bpf_maps_room(master, &found.room) : 0;

	if (!r && found.room) {
		r = udp_sockets_of(master, &s);
		if (!r) {
			find_fullest(&s, scan, &found);
			udp_sockets_free(&s);
		}
	}
	if (!r)
		*ret = found;
	return r;
}
