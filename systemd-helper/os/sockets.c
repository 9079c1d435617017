/*
 * Chooses how to list sockets: netlink works for our own network namespace only, and not on every
 * kernel; the tables in /proc can always be read, but take several times longer.
 */
#include <errno.h>
#include <stdio.h>

#include "os/network.h"
#include "os/procfs.h"
#include "os/sockets.h"
#include "os/sockets_private.h"

bool sockets_wanted(const struct sockets_reading *s, enum socket_kind kind, unsigned state)
{
	unsigned listening = kind == SOCKET_TCP ? SOCKETS_TCP_LISTENING : SOCKETS_UNIX_LISTENING;
	unsigned connected = kind == SOCKET_TCP ? SOCKETS_TCP_CONNECTED : SOCKETS_UNIX_CONNECTED;

	if (kind == SOCKET_UDP)
		return (s->wanted & SOCKETS_UDP) != 0;
	switch (state) {
	case STATE_LISTEN: return (s->wanted & listening) != 0;
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_CLOSE_WAIT: return (s->wanted & connected) != 0;
	default: return false;
	}
}

int sockets_each(pid_t pid, unsigned wanted, socket_row_fn *fn, void *arg)
{
	static const unsigned flags[] = {
		[SOCKET_TCP] = SOCKETS_TCP_LISTENING | SOCKETS_TCP_CONNECTED,
		[SOCKET_UDP] = SOCKETS_UDP,
		[SOCKET_UNIX] = SOCKETS_UNIX_LISTENING | SOCKETS_UNIX_CONNECTED,
	};
	struct sockets_reading s = {wanted, fn, arg, false};
	bool ours = network_is_ours(pid);
	unsigned kind;
	int r = 0;

	for (kind = SOCKET_TCP; kind <= SOCKET_UNIX && !r && !s.ended; kind++) {
		if (!(wanted & flags[kind]))
			continue;
		r = ours ? sockets_by_netlink((enum socket_kind)kind, &s) : -ENOTSUP;
		if (r < 0)
			r = sockets_by_tables(pid, (enum socket_kind)kind, &s);
	}
	return r;
}

void sockets_own_ports(unsigned *ret_first, unsigned *ret_last)
{
	char path[PATH_MAX];
	unsigned first;
	unsigned last;
	FILE *f;

	*ret_first = 32768;
	*ret_last = 60999;
	(void)snprintf(path, sizeof(path), "%s/sys/net/ipv4/ip_local_port_range", procfs_root);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fscanf(f, "%u %u", &first, &last) == 2) {
		*ret_first = first;
		*ret_last = last;
	}
	(void)fclose(f);
}
