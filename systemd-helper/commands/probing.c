/* Makes the probes that the settings ask for, and adds them to a session's run. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "commands/probing.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/storage.h"
#include "core/preflight.h"
#include "core/probe.h"
#include "core/probe_accepts.h"
#include "core/probe_by_http.h"
#include "core/probe_command.h"
#include "core/problems.h"
#include "nginx/http_requests.h"
#include "nginx/probe.h"
#include "nginx/probe_accept.h"
#include "nginx/probe_http.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "ui/say.h"

struct probing {
	struct probe_command command;
	struct accept_probe accepts;
	struct http_requests requests;
	struct probe_http http;
};

/* NULL: there is no memory, which has been printed. */
static struct probing *probing_of(struct session *s)
{
	if (!s->probing)
		s->probing = storage_new(sizeof(*s->probing));
	return s->probing;
}

bool probing_check(struct session *s, struct problems *problems)
{
	const struct settings *settings = s->settings;
	struct probing *p = probing_of(s);

	if (!p) {
		problem_advise(
			problem_add(problems, EXIT_FAILED, "there is no memory for the probes"),
			"see what uses it (\"free -m\")");
		return false;
	}
	probe_command_close(&p->command);
	if (!settings->probe)
		return true;
	memset(&p->command, 0, sizeof(p->command));
	p->command.command = settings->probe;
	p->command.user = settings->probe_user;
	p->command.timeout_us = settings->probe_timeout_us;
	return probe_command_open(&p->command, &s->run.world.old_master.subject, problems);
}

bool probing_found(const struct session *s, char ret_word[PATH_MAX])
{
	struct probing *p = s->probing;

	return !p || !p->command.command ||
	       probe_command_found(&p->command, &s->run.world.old_master.subject, ret_word);
}

void probing_forget(struct session *s)
{
	if (s->probing)
		probe_command_close(&s->probing->command);
}

/* Half of --probe-timeout at most: when all of that is over the run takes the probe for hung. */
static void ask_accept(struct session *s, struct accept_probe *accepts, const struct preflight *p)
{
	uint64_t limit_us = s->settings->probe_timeout_us / 2;

	accept_probe_free(accepts);
	memset(accepts, 0, sizeof(*accepts));
	if (limit_us < PROBE_ACCEPT_USUAL_US)
		accepts->limit_us = limit_us ? limit_us : 1;
	accepts->config = p && p->have_listens ? &p->listens : NULL;
	probe_accept_note(accepts, &s->run);
	probes_add(&s->run, &probe_accept_kind, accepts);
}

struct http_requests *probing_requests(struct session *s)
{
	struct probing *p = s->settings->probe_http ? probing_of(s) : NULL;

	if (!p)
		return NULL;
	memset(&p->requests, 0, sizeof(p->requests));
	return &p->requests;
}

int probing_before(struct session *s)
{
	const struct world *w = &s->run.world;
	struct probe_http *http;
	struct probe_text text;
	int r;

	if (!s->probing)
		return 0;
	http = &s->probing->http;
	memset(http, 0, sizeof(*http));
	if (!s->settings->probe_http || !s->run.facts.old.accepting)
		return 0;
	http->requests = &s->probing->requests;
	http->timeout_us = s->settings->probe_timeout_us;
	r = probe_http_before(http, &w->old_master.subject, &w->believed, s->run.waker.signals);
	if (r == -EINTR) {
		s->interrupted = true;
		say(SAY_ERROR, "interrupted before any signal; nothing was changed");
		return EXIT_REFUSED;
	}
	if (r < 0)
		say(SAY_WARNING,
		    "nginx cannot be asked over HTTP: %s; --probe-http proves nothing in this run",
		    error_text(-r));
	else if (*probe_http_found(http, &text))
		say(SAY_NOTICE, "--probe-http: %s", text.text);
	return 0;
}

void probing_ask(struct session *s, const struct preflight *p)
{
	struct probing *probing = probing_of(s);

	s->run.ask.probe_timeout_us = s->settings->probe_timeout_us;
	if (!probing)
		return;
	if (strcmp(s->settings->probe_accept, "yes") == 0)
		ask_accept(s, &probing->accepts, p);
	if (probing->command.command)
		probes_add(&s->run, &probe_command_kind, &probing->command);
	if (probing->http.requests && probe_http_any(&probing->http))
		probes_add(&s->run, &probe_http_kind, &probing->http);
	if (!p && s->settings->probe_http)
		say(SAY_NOTICE,
		    "--probe-http proves nothing in this run: what was answered before the handover is not known");
}

void probing_end(struct session *s)
{
	if (!s->probing)
		return;
	probe_command_close(&s->probing->command);
	accept_probe_free(&s->probing->accepts);
	free(s->probing);
	s->probing = NULL;
}
