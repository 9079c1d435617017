/*
 * Settings of nginx and of the kernel with which a handover would lose less. Nothing here prevents
 * one.
 */
#include "core/preflight.h"
#include "nginx/config_scan.h"
#include "nginx/file_copy.h"
#include "nginx/listeners.h"
#include "os/cpus.h"
#include "os/tcp_migrate.h"

/* The file is searched for the name: other products have version numbers of their own. */
static bool lacks_keepalive_min(const struct preflight *p, const struct config_scan *scan)
{
	return scan->http && !scan->keepalive_min &&
	       file_contains(p->program.fd, KEEPALIVE_MIN_TIMEOUT);
}

/*
 * How many reuseport sockets of the running master the new one will not have: 0: none, or not
 * known.
 */
static unsigned sockets_to_close(const struct preflight *p, const struct config_scan *scan)
{
	pid_t master = p->world->old_master.subject.process.pid;
	unsigned to_come = p->workers_auto ? cpus_of(master) : p->workers;
	struct listeners have;

	if (listeners_look(master, &have) < 0 || have.on_one_address < 2)
		return 0;
	if (!scan->reuseport_streams)
		to_come = 1;
	return to_come && to_come < have.on_one_address ? have.on_one_address - to_come : 0;
}

void preflight_hints(struct preflight *p, const struct config_scan *scan)
{
	if (!p->wants_hints)
		return;
	p->hints.keepalive_min = lacks_keepalive_min(p, scan);
	p->hints.unbounded_udp = scan->unbounded_udp && !scan->responses;
	if (tcp_migrate_is_off(p->world->old_master.subject.process.pid))
		p->hints.closing = sockets_to_close(p, scan);
}
