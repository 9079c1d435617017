/* The line that a package's hook prints where it changes nothing, with what to do. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commands/hold.h"
#include "commands/package_act.h"
#include "commands/package_look.h"
#include "commands/package_memory.h"
#include "commands/session.h"
#include "commands/upgrade.h"
#include "core/fault.h"
#include "core/package.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "os/exit_code.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

static pid_t master_of(const struct session *s)
{
	return s->run.world.old.subject.process.pid;
}

static const char *when(const struct package_note *note, char *ret, size_t size)
{
	time_t at = (time_t)note->seconds;
	struct tm tm;

	if (!localtime_r(&at, &tm) || !strftime(ret, size, "%Y-%m-%d %H:%M", &tm))
		(void)snprintf(ret, size, "before");
	return ret;
}

static int say_broken(const struct session *s, const struct package_look *l)
{
	const char *why = l->not_ours;

	say(SAY_ERROR,
	    "nginx (master %d) runs what is installed, and serves nobody: none of its workers stays alive.%s%s%s What to do: see its error log; %s",
	    (int)master_of(s), why ? " It was left alone: " : "", why ? why : "", why ? "." : "",
	    l->facts.kept
		    ? "\"nginx-handover rollback --restart\" goes back to the build that served before"
		    : "no build that served before is kept, so install a build that works, then \"nginx-handover restart\"");
	return EXIT_FAILED;
}

static int say_down(const struct session *s)
{
	say(SAY_ERROR,
	    "nginx does not run any more: this update has ended it, and it was left alone, as ON_PACKAGE_UPDATE=%s says. What to do: see why in its error log; \"nginx-handover backups\" shows the builds that served before, and \"nginx-handover start\" starts what is installed",
	    s->settings->on_package_update);
	return EXIT_NOT_RUNNING;
}

static int say_unfinished(struct session *s)
{
	int r = upgrade_refuse_unfinished(s);

	say(SAY_ERROR,
	    "nginx was not handed over to what has been installed (exit code %d). What to do: see above; then \"nginx-handover upgrade\" tries again, and \"nginx-handover rollback\" puts back the binary that runs",
	    r);
	return r;
}

static int say_due(const struct session *s, const struct package_look *l, enum package_move move)
{
	pid_t master = master_of(s);
	char at[32];

	switch (move) {
	case PACKAGE_REPORT:
		say(SAY_NOTICE,
		    "%s. nginx (master %d) goes on with the old files; \"nginx-handover upgrade\" loads the new ones, and ON_PACKAGE_UPDATE=upgrade in the settings always does so",
		    l->what, (int)master);
		return 0;
	case PACKAGE_REPORT_2ND:
		say(SAY_NOTICE,
		    "%s, after this transaction has handed over once already. nginx (master %d) goes on with what it has; \"nginx-handover upgrade\" loads the new files",
		    l->what, (int)master);
		return 0;
	case PACKAGE_LEAVE:
		say(SAY_NOTICE,
		    "nginx (master %d) does not run what is installed, and was left alone: %s. \"nginx-handover upgrade\" hands over",
		    (int)master, l->not_ours);
		return 0;
	default:
		say(SAY_WARNING,
		    "%s, and was refused at %s, so that master %d goes on with what it has. Nothing has changed since, and it was not tried again; \"nginx-handover upgrade\" does",
		    l->what, when(&l->note, at, sizeof(at)), (int)master);
		return l->note.code;
	}
}

int package_say(const struct session *s, const struct package_look *l, enum package_move move)
{
	char old[HOLD_OLD_SIZE];

	say_release();
	switch (move) {
	case PACKAGE_UNFINISHED: return say_unfinished((struct session *)s);
	case PACKAGE_TELL: return say_broken(s, l);
	case PACKAGE_TELL_DOWN: return say_down(s);
	case PACKAGE_DRAINS:
		say(SAY_NOTICE,
		    "nginx runs what is installed: it was handed over already; master %d serves, and %s",
		    (int)master_of(s), hold_old_text(l->drains, l->is_held ? &l->held : NULL, old));
		return 0;
	default: return say_due(s, l, move);
	}
}

/* Whether the file is an nginx that can be executed. */
static bool answers(const struct session *s, const char *path)
{
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(&s->run.world.old_master.subject, NULL);
	struct ask_failure failure;
	struct build_info build;
	struct distrust why;
	bool is_nginx = false;

	if (program_at(&s->run.world.believed, "", path, &program, &why) == 0 &&
	    version_ask(&program, &as, &build, &failure) == 0) {
		is_nginx = true;
		build_info_free(&build);
	}
	program_close(&program);
	actor_free(&as);
	return is_nginx;
}

const char *package_next_boot(struct session *s, int code, char *ret, size_t size)
{
	const char *path = s->run.world.target;

	ret[0] = '\0';
	if (!path[0] || s->run.world.old_master.subject.other_root || s->unfit)
		return ret;
	if (code == EXIT_UNDONE && fault_is_of_binary(s->run.fault))
		(void)snprintf(
			ret, size,
			"; until then the next boot or restart starts the file that has failed, %s",
			path);
	else if (code == EXIT_CONFIG)
		(void)snprintf(
			ret, size,
			"; until then nginx does not come up at the next boot or restart, since %s refuses the configuration",
			path);
	else if (code == EXIT_REFUSED && !answers(s, path))
		(void)snprintf(
			ret, size,
			"; until then nginx does not come up at the next boot or restart, since %s does not run",
			path);
	return ret;
}
