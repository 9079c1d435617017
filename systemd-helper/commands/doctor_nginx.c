/* What of nginx itself, of its configuration and of the settings makes a handover lose connections,
 * fail, or take long. */
#include <stdio.h>
#include <string.h>

#include "commands/doctor.h"
#include "commands/findings.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "core/look_http3.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/file_copy.h"
#include "nginx/listeners.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_steer.h"
#include "os/duration.h"
#include "trust/subject.h"

#define SHUTDOWN "worker_shutdown_timeout"

/* Before this version, a master that gets TERM removes the files of its unix sockets, also where
 * another master still listens on them. */
#define KEEPS_SOCKETS_SINCE "1.19.1"

/* A test of the configuration that takes this long is worth a finding: the new master reads the
 * configuration once more. */
#define SLOW_TEST_US (5u * USEC_PER_SEC)

static void check_endless_clients(const struct session *s, const struct preflight *p,
				  struct findings *f)
{
	struct finding *x;
	char time[32];

	if (p->shutdown_us || strcmp(s->settings->drain_expired, "term") == 0)
		return;
	x = finding_add(f, "shutdown-timeout", "nothing ends clients that never end by themselves");
	finding_means(
		x,
		"a websocket, or a long download, keeps old workers alive without limit: the upgrade ends with exit code 151 after %s, and each further upgrade keeps one more generation in memory",
		duration_text(s->settings->drain_timeout_us, time, sizeof(time)));
	if (file_contains(p->program.fd, SHUTDOWN))
		problem_advise(
			&x->what,
			"\"" SHUTDOWN
			" 1h;\" at the main level of nginx's configuration, and a reload; or DRAIN_EXPIRED=term in the settings, which ends them after DRAIN_TIMEOUT");
	else
		problem_advise(
			&x->what,
			"DRAIN_EXPIRED=term in the settings ends them after DRAIN_TIMEOUT; this nginx knows no " SHUTDOWN
			" (1.11.11 and newer do)");
}

static void check_resets(const struct preflight *p, struct findings *f)
{
	struct finding *x;

	if (p->hints.keepalive_min) {
		x = finding_add(f, "keepalive",
				"the configuration does not set " KEEPALIVE_MIN_TIMEOUT);
		finding_means(
			x,
			"workers that leave close idle kept-alive connections at once, and a request that is sent in that moment is reset");
		problem_advise(&x->what,
			       "\"" KEEPALIVE_MIN_TIMEOUT
			       " 5s;\" in the http block of nginx's configuration, and a reload");
	}
	if (p->hints.unbounded_udp) {
		x = finding_add(f, "udp-sessions",
				"a server of stream listens on UDP without " PROXY_RESPONSES);
		finding_means(
			x,
			"each of its sessions keeps an old worker for proxy_timeout, 10 minutes unless set");
		problem_advise(&x->what,
			       "\"" PROXY_RESPONSES
			       " 1;\" in that server, or the number of answers that end a session");
	}
	if (p->hints.closing) {
		x = finding_add(
			f, "reuseport",
			"the configuration wants %u reuseport sockets less than the running nginx has",
			p->hints.closing);
		finding_means(
			x,
			"they are closed, and connections that wait on them in that moment are reset");
		problem_advise(&x->what,
			       "\"sysctl -w net.ipv4.tcp_migrate_req=1\" before the upgrade");
	}
}

/* What an upgrade does to HTTP/3 here. It depends on the setting QUIC. */
static void add_http3_cost(const struct session *s, const struct preflight *p, struct findings *f)
{
	static const char drain[] =
		"a small DRAIN_TIMEOUT with DRAIN_EXPIRED=term in the settings makes that time short";
	const struct preflight_quic *q = &p->quic;
	bool heals = strcmp(s->settings->quic, "off") != 0 &&
		     quic_heal_possible(&s->run.world.old.subject) == 0;
	struct finding *x = finding_add(f, "http3", "HTTP/3 is listened for on %s", q->where);
	const char *means =
		"most QUIC connections that are open are lost in an upgrade, and new ones get no answer for as long as old workers finish their clients";

	if (q->room.room && heals)
		means = "in an upgrade QUIC connections that are open live on until the old workers leave, and a part of the new ones gets no answer until then; the sockets that old workers leave behind are taken out of use";
	else if (q->room.room)
		means = "an upgrade leaves the old sockets without a reader, so that a part of the new HTTP/3 clients gets no answer until that is repaired";
	finding_means(x, "%s. Over TCP all are served, and nothing of TCP is lost", means);
	if (q->room.room && !heals)
		problem_advise(
			&x->what, "QUIC=heal in the settings, or %s",
			"\"nginx-handover restart\" after an upgrade, when a moment without service does least harm");
	else
		problem_advise(&x->what, "%s", drain);
}

static void check_http3_steered(const struct subject *master, struct findings *f)
{
	struct quic_steer led;
	struct finding *x;

	if (quic_steer_look(master, NULL, &led) < 0 || led.to == QUIC_STEER_NONE)
		return;
	x = finding_add(
		f, "http3-led",
		"a program leads clients of HTTP/3 on %s for a handover which was cut short",
		led.where);
	finding_means(x, "workers that come later get no new clients");
	problem_advise(&x->what, "\"nginx-handover heal\" removes it");
}

static void check_http3(const struct session *s, const struct preflight *p, struct findings *f)
{
	const struct subject *master = &s->run.world.old.subject;
	struct quic_unread u = {0, 0, ""};
	struct finding *x;
	char why[320];
	int r;

	if (p->quic.count)
		add_http3_cost(s, p, f);
	check_http3_steered(master, f);
	if (generation_unread(&s->run.world.old, &u) < 0 || !u.unread)
		return;
	r = quic_heal_possible(master);
	x = finding_add(f, "http3-unread", "of %u UDP sockets on %s %u have no reader",
			u.unread + u.read, u.where, u.unread);
	finding_means(x, "about that share of the new HTTP/3 clients gets no answer%s%s",
		      r ? "; " : "", r ? report_quic_no_heal(r, why, sizeof(why)) : "");
	problem_advise(&x->what, "%s", report_quic_way(r));
}

static void check_unix_sockets(const struct session *s, const struct preflight *p,
			       struct findings *f)
{
	const char *version = p->have_old_build ? p->old_build.nginx_version : NULL;
	struct socket_paths paths = {0, NULL};
	struct finding *x;

	if (!version || version_compare(version, KEEPS_SOCKETS_SINCE) >= 0)
		return;
	listeners_unix_paths(s->run.world.old.subject.process.pid, &paths);
	if (paths.count) {
		x = finding_add(f, "unix-socket", "nginx %s listens on unix:%s", version,
				paths.list[0].text);
		finding_means(
			x,
			"before " KEEPS_SOCKETS_SINCE
			" a new master that gets TERM, or \"nginx -s stop\", removes that file, so that the old one serves on where nobody finds it");
		problem_advise(
			&x->what,
			"while two generations run, end one by \"nginx-handover rollback\" or \"finish\" only, never by TERM; " KEEPS_SOCKETS_SINCE
			" and newer keep the file");
	}
	socket_paths_free(&paths);
}

static void check_slow_test(const struct session *s, const struct preflight *p, struct findings *f)
{
	bool is_short = session_start_is_short(s->settings, p->test_us);
	struct finding *x;
	char took[32], set[32];

	if (!is_short && p->test_us < SLOW_TEST_US)
		return;
	(void)duration_text(p->test_us, took, sizeof(took));
	x = finding_add(f, "slow-test", "nginx takes %s to read its configuration", took);
	if (is_short) {
		finding_means(
			x,
			"an upgrade may be undone since the new master is not ready in time: START_TIMEOUT is set to %s",
			duration_text(s->settings->start_timeout_us, set, sizeof(set)));
		problem_advise(
			&x->what,
			"take START_TIMEOUT out of the settings, then it follows from the test; or set more");
	} else {
		finding_means(x, "an upgrade takes twice that before anything happens");
		problem_advise(
			&x->what,
			"see what is slow in \"nginx -t\": mostly host names of upstreams that a resolver answers late, or many rules");
	}
}

static void check_low_memory(const struct preflight *p, struct findings *f)
{
	struct finding *x;

	if (!p->low_memory[0])
		return;
	x = finding_add(f, "memory", "%s", p->low_memory);
	finding_means(
		x,
		"the kernel may kill a process of nginx in the upgrade, which goes on all the same since MEMORY_CHECK=warn is set");
	problem_advise(&x->what, "free memory or add swap for the time of the upgrade");
}

static void check_workers(const struct session *s, struct findings *f)
{
	struct finding *x;

	if (s->run.facts.old.accepting)
		return;
	x = finding_add(f, "no-workers", "master %d has no worker that accepts connections",
			(int)s->run.world.old.subject.process.pid);
	finding_means(x,
		      "nobody is served, and an upgrade cannot be undone to something that serves");
	problem_advise(&x->what, "see nginx's error log; \"nginx-handover reload\" starts workers");
}

void doctor_nginx(const struct session *s, const struct preflight *p, struct findings *f)
{
	check_workers(s, f);
	if (p->accepted) {
		check_endless_clients(s, p, f);
		check_resets(p, f);
		check_slow_test(s, p, f);
	}
	check_http3(s, p, f);
	check_unix_sockets(s, p, f);
	check_low_memory(p, f);
}
