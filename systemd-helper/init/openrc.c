/*
 * The adapter for OpenRC, whose script is openrc/nginx. OpenRC believes that a service runs when
 * there is a link for it in /run/openrc/started, and for no other reason. It starts nothing that
 * has a link and stops nothing that has none, not even at a shutdown, and it does not hear of an
 * nginx that is started or stopped at a shell. So the link is corrected with OpenRC's own programs,
 * and each verb of the script looks for nginx itself.
 *
 * While OpenRC starts or stops the service it writes down the result itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/init.h"
#include "init/limits.h"
#include "init/openrc.h"
#include "init/openrc_console.h"
#include "init/service_words.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/identity.h"
#include "ui/say.h"

/* OpenRC has these for "status" beside those of STATUS_CODES. */
enum { STATUS_STARTING = 8, STATUS_CRASHED = 32 };

#define MARK_TIMEOUT_US (10u * USEC_PER_SEC)

struct openrc {
	struct service_line line; /* of the command under way */
	bool warned;  /* the failure to tell OpenRC was reported: it is tried more than once */
	pid_t master; /* the attached one, or 0 */
};

static struct openrc *openrc_of(const struct init *init)
{
	return init->state;
}

/* openrc-run(8) sets RC_SVCNAME for the script, which passes the name on to us. */
static bool has_called(const char *service)
{
	const char *name = getenv("RC_SVCNAME");

	return service && name && strcmp(name, service) == 0;
}

static enum init_evidence evidence(const char *service, pid_t master)
{
	char name[OPENRC_NAME_SIZE];

	if (!openrc_has_booted() && !has_called(service))
		return INIT_NO;
	if (master && openrc_of_cgroup(master, name))
		return INIT_HOLDS;
	return service ? INIT_RULES : INIT_CALLED;
}

/* At a shell there is no line. */
static int announce(struct init *init, const char *verb)
{
	struct openrc *o = openrc_of(init);

	if (!init->service)
		return 0;
	if (!openrc_has_colours())
		say_plain();
	o->line = service_line_of(verb);
	if (o->line.printed || strcmp(verb, "status") == 0)
		say_hold();
	if (o->line.printed)
		openrc_words(o->line.words, init->service);
	return service_permits(verb);
}

/*
 * A handover that is done counts as good, even where something is still to come: the lines below
 * say so.
 */
static void conclude(struct init *init, int code)
{
	struct openrc *o = openrc_of(init);

	if (!init->service)
		return;
	if (o->line.words && !o->line.printed)
		openrc_words(o->line.words, init->service);
	if (o->line.words)
		openrc_mark(code == 0 || code == EXIT_DRAINING || code == EXIT_HELD ||
			    code == EXIT_UNREAD);
	o->line.words = NULL;
	say_release();
}

/* Tools look for the word "started" in this output, so that no other answer may contain it. */
static int state(struct init *init, pid_t master, int code)
{
	enum openrc_tone tone = OPENRC_BAD;
	const char *text = "status: unknown";

	(void)master;
	if (!init->service)
		return code;
	if (code == STATUS_DEAD_PID_FILE || code == STATUS_NOT_RUNNING)
		code = openrc_is(init->service, "starting")  ? STATUS_STARTING
		       : openrc_is(init->service, "started") ? STATUS_CRASHED
							     : STATUS_NOT_RUNNING;
	switch (code) {
	case STATUS_RUNS:
		tone = OPENRC_GOOD;
		text = "status: started";
		break;
	case STATUS_NOT_RUNNING:
		tone = OPENRC_GOOD;
		text = "status: stopped";
		break;
	case STATUS_STARTING:
		tone = OPENRC_WARN;
		text = "status: starting";
		break;
	case STATUS_CRASHED: text = "status: crashed"; break;
	default: break;
	}
	if (!say_how()->json)
		openrc_line(tone, text);
	return code;
}

static void attach(struct init *init, pid_t master)
{
	openrc_of(init)->master = master;
}

/*
 * The service of this nginx: the one whose script has called us; else the one that has saved this
 * pid file, or in whose cgroup the master is. ret is "" where there is none.
 */
static bool find_service(const struct init *init, char ret[OPENRC_NAME_SIZE])
{
	pid_t master = openrc_of(init)->master;

	(void)snprintf(ret, OPENRC_NAME_SIZE, "%s", init->service ? init->service : "");
	return ret[0] || (init->pid_path && openrc_of_pid_file(init->pid_path, ret)) ||
	       (master && openrc_of_cgroup(master, ret));
}

/* A start or stop at a shell that names no nginx is about the service "nginx". */
static bool is_usual(const struct init *init, enum init_news news, char ret[OPENRC_NAME_SIZE])
{
	if (!init->unnamed || (news != INIT_STARTED && news != INIT_STOPPED) ||
	    !openrc_is_ours("nginx"))
		return false;
	(void)snprintf(ret, OPENRC_NAME_SIZE, "nginx");
	return true;
}

/* Marks the service with OpenRC's own program. */
static void mark(struct init *init, const char *service, bool started)
{
	struct openrc *o = openrc_of(init);
	int r = openrc_mark_service(service, started, MARK_TIMEOUT_US);

	if (r && !o->warned)
		say(SAY_WARNING,
		    "OpenRC could not be told that %s is %s: %s. What to do: \"rc-service %s %s\"",
		    service, started ? "started" : "stopped",
		    r < 0 ? strerror(-r) : "its own program for that has failed", service,
		    started ? "start" : "zap");
	o->warned = o->warned || r;
}

static void note(struct init *init, enum init_news news, pid_t master, const char *status)
{
	bool runs = news == INIT_FOUND_RUNNING || news == INIT_STARTED;
	char service[OPENRC_NAME_SIZE];
	bool may;

	(void)status;
	if (master)
		openrc_of(init)->master = master;
	/*
	 * An nginx that ended by itself stays "crashed" for OpenRC until somebody stops or starts
	 * it.
	 */
	if (news == INIT_FOUND_NOTHING || !openrc_has_booted() ||
	    (!find_service(init, service) && !is_usual(init, news, service)))
		return;
	identity_lift();
	may = geteuid() == 0;
	identity_lower();
	if (!may)
		return;
	if (!openrc_is(service, "starting") && !openrc_is(service, "stopping") &&
	    openrc_is(service, "started") != runs)
		mark(init, service, runs);
	if (runs && init->pid_path)
		openrc_note_pid_file(service, init->pid_path);
}

static const char *not_ours(const struct init *init)
{
	char service[OPENRC_NAME_SIZE];

	return openrc_has_booted() && find_service(init, service) && !openrc_is(service, "started")
		       ? "it was started by hand, not by OpenRC"
		       : NULL;
}

/* OpenRC does not stop a service that it takes for stopped. */
static void examine(struct init *init, const struct init_plan *plan, init_finding_fn *fn, void *arg)
{
	const char *service = init->service ? init->service : "nginx";
	char text[128];
	char change[192];
	struct init_finding finding = {"openrc-not-started", text, NULL, change};

	if (!plan->master || !openrc_has_booted() || (!init->service && !init->unnamed) ||
	    !openrc_is_ours(service) || openrc_is(service, "started"))
		return;
	(void)snprintf(text, sizeof(text), "OpenRC takes %s for stopped, though its nginx runs",
		       service);
	finding.means =
		"it stops nothing that it has not started: a shutdown ends nginx with all its clients, and \"rc-service stop\" does nothing";
	(void)snprintf(change, sizeof(change), "tell it, by any verb: \"rc-service %s reopen\"",
		       service);
	fn(arg, &finding);
}

const struct init_ops init_openrc = {
	.name = "openrc",
	.settings = "/etc/conf.d",
	.state_size = sizeof(struct openrc),
	.evidence = evidence,
	.announce = announce,
	.conclude = conclude,
	.state = state,
	.attach = attach,
	.not_ours = not_ours,
	.examine = examine,
	.limits = init_callers_limits, /* set by rc_ulimit= in the settings */
	.note = note,
};
