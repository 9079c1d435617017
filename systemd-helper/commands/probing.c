/* The settings' part of the probes: what is asked for, and for how long. */
#include <errno.h>
#include <string.h>

#include "commands/probing.h"
#include "core/probe_accepts.h"
#include "core/probe_by_http.h"
#include "core/probe_command.h"
#include "os/error_text.h"
#include "ui/say.h"

/* Of the one run that this process makes. */
static struct probe_command command;
static struct accept_probe accepts;
static struct http_requests requests;
static struct probe_http http;

bool probing_check(struct session *s, struct problems *problems)
{
	const struct settings *settings = s->settings;

	probe_command_close(&command);
	if (!settings->probe)
		return true;
	memset(&command, 0, sizeof(command));
	command.command = settings->probe;
	command.user = settings->probe_user;
	command.timeout_us = settings->probe_timeout_us;
	return probe_command_open(&command, &s->run.world.old_master.subject, problems);
}

/* Well before the run would take it for one that comes to no end. */
static void ask_accept(struct session *s, const struct preflight *p)
{
	uint64_t limit_us = s->settings->probe_timeout_us / 2;

	accept_probe_free(&accepts);
	memset(&accepts, 0, sizeof(accepts));
	if (limit_us < PROBE_ACCEPT_USUAL_US)
		accepts.limit_us = limit_us ? limit_us : 1;
	accepts.config = p && p->have_listens ? &p->listens : NULL;
	probe_accept_note(&accepts, &s->run);
	probes_add(&s->run, &probe_accept_kind, &accepts);
}

struct http_requests *probing_requests(const struct settings *settings)
{
	memset(&requests, 0, sizeof(requests));
	return settings->probe_http ? &requests : NULL;
}

int probing_before(struct session *s)
{
	const struct world *w = &s->run.world;
	struct probe_text text;
	int r;

	memset(&http, 0, sizeof(http));
	if (!s->settings->probe_http || !s->run.facts.old.accepting)
		return 0;
	http.requests = &requests;
	http.timeout_us = s->settings->probe_timeout_us;
	r = probe_http_before(&http, &w->old_master.subject, &w->believed, s->run.waker.signals);
	if (r == -EINTR) {
		s->interrupted = true;
		say(SAY_ERROR, "interrupted before any signal; nothing was changed");
		return EXIT_REFUSED;
	}
	if (r < 0)
		say(SAY_WARNING,
		    "nginx cannot be asked over HTTP: %s; --probe-http proves nothing in this run",
		    error_text(-r));
	else if (*probe_http_found(&http, &text))
		say(SAY_NOTICE, "--probe-http: %s", text.text);
	return 0;
}

void probing_ask(struct session *s, const struct preflight *p)
{
	s->run.ask.probe_timeout_us = s->settings->probe_timeout_us;
	if (strcmp(s->settings->probe_accept, "yes") == 0)
		ask_accept(s, p);
	if (command.command)
		probes_add(&s->run, &probe_command_kind, &command);
	if (http.requests && probe_http_any(&http))
		probes_add(&s->run, &probe_http_kind, &http);
	if (!p && s->settings->probe_http)
		say(SAY_NOTICE,
		    "--probe-http proves nothing in this run: what was answered before the handover is not known");
}
