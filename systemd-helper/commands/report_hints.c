/* Prints what an admin can set so that handovers lose less, or end sooner. */
#include <stddef.h>

#include "commands/report_hints.h"
#include "core/decide.h"
#include "core/preflight.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/config_scan.h"
#include "nginx/listeners.h"
#include "os/tcp_migrate.h"
#include "ui/say.h"

#define MIGRATE "net.ipv4.tcp_migrate_req"

void report_hints(const struct preflight *p)
{
	struct say_field keepalive[] = {{"setting", KEEPALIVE_MIN_TIMEOUT, 0}, {NULL, NULL, 0}};
	struct say_field responses[] = {{"setting", PROXY_RESPONSES, 0}, {NULL, NULL, 0}};
	struct say_field migrate[] = {
		{"setting", MIGRATE, 0}, {"closing", NULL, p->hints.closing}, {NULL, NULL, 0}};

	if (p->hints.keepalive_min)
		say_event(
			SAY_INFO, "hint", keepalive,
			"to lose less: the configuration does not set " KEEPALIVE_MIN_TIMEOUT
			", which %s %s knows. Workers that leave close idle kept-alive connections at once, and a request that is sent in that moment is reset; with it they stay open for so long",
			p->new_build.product, p->new_build.version);
	if (p->hints.unbounded_udp)
		say_event(
			SAY_INFO, "hint", responses,
			"to end sooner: a server of stream listens on UDP without " PROXY_RESPONSES
			". Each of its sessions keeps an old worker for proxy_timeout (10 minutes, unless set), so that the upgrade may end with exit code 151. Set it to the number of answers that end a session (for DNS: 1)");
	if (p->hints.closing)
		say_event(
			SAY_INFO, "hint", migrate,
			"to lose less: %u sockets with reuseport will be closed, and connections that wait on them in that moment are reset. \"sysctl -w " MIGRATE
			"=1\" before the handover has the kernel move them to a socket that stays",
			p->hints.closing);
}

/* Whether TCP sockets will be closed. WINCH is also skipped for UDP sockets, which the kernel does
 * not move. */
static bool closes_tcp(const struct world *w)
{
	struct listeners old;
	struct listeners new;

	return listeners_look(w->old.subject.process.pid, &old) == 0 &&
	       listeners_look(w->new.subject.process.pid, &new) == 0 &&
	       old.on_one_address > new.on_one_address;
}

void report_migrate(const struct run *run, enum action action)
{
	struct say_field fields[] = {{"setting", MIGRATE, 0}, {NULL, NULL, 0}};

	if (action != ACT_QUIT_OLD || run->phase != PHASE_BOTH || run->ask.goal != GOAL_FORWARD ||
	    !run->facts.winch_stalls || !tcp_migrate_is_off(run->world.old.subject.process.pid) ||
	    !closes_tcp(&run->world))
		return;
	say_event(
		SAY_NOTICE, "hint", fields,
		"           sockets with reuseport close now; connections that wait on them in this moment are reset. With \"sysctl -w " MIGRATE
		"=1\" the kernel would move them to a socket that stays");
}
