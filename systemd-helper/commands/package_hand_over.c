/* The handover that a hook makes; and the rollback, where another script has brought up a build
 * that does not serve. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/hold.h"
#include "commands/keep.h"
#include "commands/package_act.h"
#include "commands/package_check.h"
#include "commands/package_look.h"
#include "commands/put_back.h"
#include "commands/report.h"
#include "commands/report_quic.h"
#include "commands/rollback.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/upgrade.h"
#include "core/cut.h"
#include "core/run.h"
#include "os/exit_code.h"
#include "ui/say.h"

static void say_handed_over(const struct session *s, int code, bool served)
{
	const struct run *run = &s->run;
	pid_t master = run->world.new.subject.process.pid;
	const char *drains = code == EXIT_DRAINING ? ", and the old one still drains"
			     : code == EXIT_HELD   ? ", and the old one is held as the way back"
						   : "";
	char cut[768];
	char text[512];

	(void)report_cut(run, ", as DRAIN_EXPIRED=term says", cut, sizeof(cut));
	if (run->unread.unread)
		say(SAY_WARNING,
		    "nginx %s -> %s: handed over; master %d serves%s. But of HTTP/3 %s",
		    run->old_version, run->new_version, (int)master, cut,
		    report_quic_unread(&run->unread, &run->world.new.subject, text, sizeof(text)));
	else if (!served)
		say(SAY_NOTICE,
		    "nginx %s -> %s: handed over; master %d serves. The old one had served nobody",
		    run->old_version, run->new_version, (int)master);
	else if (cut_any(&run->cut))
		say(report_cut_level(run, SAY_NOTICE),
		    "nginx %s -> %s: handed over; master %d serves%s%s", run->old_version,
		    run->new_version, (int)master, drains, cut);
	else
		say(SAY_NOTICE,
		    "nginx %s -> %s: handed over without losing a connection%s; master %d serves%s",
		    run->old_version, run->new_version,
		    run->quic && !report_led(run) ? " over TCP" : "", (int)master, drains);
}

/* For ON_PACKAGE_FAILURE=restore, where the installed files are to blame. Returns whether files
 * were put back; ret gets the clause about that. */
static bool put_back(struct session *s, char *ret, size_t size)
{
	const char *paths[] = {s->run.world.target};
	char check[512];
	struct put_back done;

	if (!put_back_is_wanted(s->settings) || put_back_running(s, &done) ||
	    !(done.binary || done.modules))
		return false;
	if (!done.binary)
		paths[0] = done.first;
	if (!package_check(paths, 1, check, sizeof(check)))
		check[0] = '\0';
	(void)snprintf(
		ret, size,
		"; as ON_PACKAGE_FAILURE=restore says, the running build is at its path again, so that the next boot or restart works%s%s%s",
		check[0] ? " (\"" : "", check, check[0] ? "\" shows it as changed)" : "");
	return true;
}

static const char *next_step(const struct session *s, bool is_back)
{
	if (s->run.facts.closing)
		return "\"nginx-handover finish\" waits for the end of the old master, and then \"nginx-handover upgrade\" tries again";
	if (is_back)
		return "then install a package that works";
	return "then \"nginx-handover upgrade\" tries again, and \"nginx-handover rollback\" puts back the binary that runs";
}

static void say_failed(struct session *s, int code)
{
	char boot[PATH_MAX + 512];
	bool is_back = false;

	(void)package_next_boot(s, code, boot, sizeof(boot));
	if (boot[0])
		is_back = put_back(s, boot, sizeof(boot));
	say_release();
	say(SAY_ERROR,
	    "nginx was not handed over to what has been installed (exit code %d). What to do: see above; %s%s",
	    code, next_step(s, is_back), boot);
}

/* An upgrade is due again, while the old master of an earlier handover (by a package's own script,
 * or by hand) still drains or is held. */
static int refuse_beside_old(const struct session *s, const struct package_look *l)
{
	char old[HOLD_OLD_SIZE];

	say(SAY_ERROR, "%s, and while it lives master %d cannot hand over",
	    hold_old_text(l->drains, l->is_held ? &l->held : NULL, old),
	    (int)s->run.world.old.subject.process.pid);
	say(SAY_ERROR,
	    "nginx was not handed over to what has been installed (exit code %d). What to do: \"nginx-handover finish\" %s, and then \"nginx-handover upgrade\" tries again",
	    EXIT_UNFINISHED, l->is_held ? "ends that" : "waits for the end of the old master");
	say_release();
	return EXIT_UNFINISHED;
}

int package_hand_over(struct session *s, struct package_look *l)
{
	bool served = l->facts.serves;
	int r;

	if (l->facts.unknown) {
		r = problems_say(&s->problems);
		say_release();
		return r;
	}
	if (l->facts.drains)
		return refuse_beside_old(s, l);
	/* Before anything else: the running binary has no file any more, and after a refusal a
	 * package's own script may end its master. */
	keep_what_serves(s);
	s->run.summed_up = true;
	r = upgrade_in_session(s);
	s->run.summed_up = false;
	if (session_handed_over(r)) {
		l->now.handed_over = true;
		say_release();
		say_handed_over(s, r, served);
	} else {
		say_failed(s, r);
	}
	return r;
}

struct way_back_plan {
	struct settings settings;
	struct rollback_plan rollback;
};

static int go_back(struct session *s, struct way_back_plan *plan)
{
	int r;

	plan->settings = *s->settings;
	/* Where no worker accepts a restart costs nobody a connection. */
	plan->settings.restart = !s->run.facts.old.accepting;
	s->settings = &plan->settings;
	s->verb = "rollback"; /* so that the build it leaves is recorded as no good */
	r = rollback_alone(s, &plan->rollback);
	if (r || !plan->rollback.ready)
		return r;
	session_end(s);
	return rollback_restart_now(&plan->rollback);
}

int package_go_back(struct session *s)
{
	const struct settings *settings = s->settings;
	struct way_back_plan *plan = storage_new(sizeof(*plan));
	pid_t master = s->run.world.old.subject.process.pid;
	char binary[PATH_MAX];
	int r = EXIT_FAILED;

	(void)package_binary(s, binary);
	if (plan)
		r = go_back(s, plan);
	s->settings = settings; /* those in the plan go with it */
	free(plan);
	if (session_handed_over(r))
		say_forget();
	say_release();
	if (session_handed_over(r)) {
		say(SAY_ERROR,
		    "what has been installed does not serve: none of the workers of master %d stayed alive. nginx went back to the build that served before, which is at %s again. What to do: see nginx's error log; the package manager calls that file changed until a package brings a sound one",
		    (int)master, binary);
		return EXIT_UNDONE;
	}
	say(SAY_ERROR,
	    "what has been installed does not serve: none of the workers of master %d stays alive, and going back has failed (exit code %d). What to do: see above; \"nginx-handover rollback --restart\" tries again",
	    (int)master, r);
	return r;
}
