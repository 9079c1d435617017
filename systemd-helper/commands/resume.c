/* finish and rollback: what becomes of a handover that was interrupted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/session.h"
#include "commands/upgrade.h"
#include "core/preflight.h"
#include "nginx/install.h"
#include "nginx/rescue.h"
#include "ui/say.h"

static bool target_is_running(const struct session *s)
{
	struct file_id at_path;

	return file_id_of(s->run.world.target, &at_path) == 0 &&
	       file_id_equal(&at_path, &s->run.world.old_master.subject.image_id);
}

/* A run that was killed between the install and USR2 has left the new binary at the path. */
static bool stands_before_usr2(struct session *s)
{
	struct world *w = &s->run.world;

	if (world_unfinished(&s->run.facts) || s->run.facts.quitting ||
	    master_binary(&w->old_master, w->target) < 0)
		return false;
	return access(w->target, F_OK) == 0 && !target_is_running(s);
}

static int finish(struct session *s)
{
	if (!stands_before_usr2(s)) {
		s->run.world.target[0] = '\0';
		s->run.ask.goal = GOAL_FORWARD;
		return session_drive(s);
	}
	say(SAY_NOTICE,
	    "no new master was started yet, and %s is another file than master %d runs: it is handed over to",
	    s->run.world.target, (int)s->run.world.old.subject.process.pid);
	return upgrade_in_session(s);
}

int command_finish(const struct settings *settings)
{
	static struct session s;
	int r = session_begin(&s, settings, "finish");

	if (r)
		return r;
	return session_conclude(&s, finish(&s));
}

static bool is_newer(const char *a, const char *b)
{
	struct stat x;
	struct stat y;

	if (stat(a, &x) < 0 || stat(b, &y) < 0)
		return false;
	return x.st_ctim.tv_sec != y.st_ctim.tv_sec ? x.st_ctim.tv_sec > y.st_ctim.tv_sec
						    : x.st_ctim.tv_nsec > y.st_ctim.tv_nsec;
}

/* Of those beside the binary, and of those that a package manager has removed. */
static int last_backup(const struct world *w, char ret[PATH_MAX], struct distrust *ret_passed)
{
	const char *own = master_own_path(&w->old_master, w->target);
	struct believed b = w->believed;
	char rescued[PATH_MAX];
	char place[PATH_MAX];
	int r = newest_backup(&b, master_root_of(&w->old_master, w->target), own, ret, ret_passed);

	if (rescue_place(own, false, place) < 0 || newest_backup(&b, "", place, rescued, NULL) < 0)
		return r;
	if (r < 0 || is_newer(rescued, ret))
		memcpy(ret, rescued, strlen(rescued) + 1);
	return 0;
}

/* Nothing is under way: the file goes back, or what was backed up last is handed over to. */
static int rollback_alone(struct session *s, const struct settings *settings)
{
	struct world *w = &s->run.world;
	static char backup[PATH_MAX];
	struct believed b = w->believed;
	char reason[2 * PATH_MAX];
	char advice[PATH_MAX + 64];
	struct install_error failed;
	struct distrust passed;
	struct settings upgrade;
	int r;

	if (!target_is_running(s)) {
		r = restore_binary(&b, master_root_of(&w->old_master, w->target),
				   master_own_path(&w->old_master, w->target),
				   w->old_master.subject.image, &failed);
		if (r < 0) {
			say(SAY_ERROR,
			    "the binary that runs could not be put back: could not %s %s: %s",
			    failed.step, failed.path,
			    install_error_reason(&failed, r, reason, sizeof(reason)));
			return 1;
		}
		say(SAY_NOTICE,
		    "no handover is under way; the binary that master %d runs is back at %s. Nothing was signalled",
		    (int)w->old.subject.process.pid, w->target);
		return 0;
	}
	r = last_backup(w, backup, &passed);
	if (passed.kind != DISTRUST_NONE)
		say(SAY_WARNING,
		    "the backup %s is passed over: %s. What to do: see that it is what you mean, then %s",
		    passed.path, distrust_text(&passed, reason, sizeof(reason)),
		    distrust_advice(&passed, advice, sizeof(advice)));
	if (r < 0) {
		say(SAY_ERROR,
		    "no handover is under way and there is no backup of %s to go back to; nothing was done. \"nginx-handover upgrade --binary FILE\" hands over to any binary",
		    w->target);
		return EXIT_REFUSED;
	}
	say(SAY_NOTICE, "no handover is under way; handing over to the last backup, %s", backup);
	upgrade = *settings;
	upgrade.binary = backup;
	upgrade.pid_file = s->site.pid_path;
	session_end(s); /* the upgrade takes the lock for itself */
	return command_upgrade(&upgrade);
}

int command_rollback(const struct settings *settings)
{
	static struct session s;
	struct ask *ask = &s.run.ask;
	int r = session_begin(&s, settings, "rollback");

	if (r)
		return r;
	if (master_binary(&s.run.world.old_master, s.run.world.target) < 0)
		s.run.world.target[0] = '\0';
	if (!world_unfinished(&s.run.facts)) {
		r = rollback_alone(&s, settings);
		session_end(&s);
		return r;
	}
	if (s.run.facts.closing) {
		say(SAY_ERROR,
		    "too late: old master %d has already had QUIT and cannot come back. Nothing was done; \"nginx-handover finish\" waits for its end, then \"nginx-handover rollback\" hands over to the backup",
		    (int)s.run.world.old.subject.process.pid);
		session_end(&s);
		return EXIT_REFUSED;
	}
	ask->goal = GOAL_BACK;
	ask->restore_binary = s.run.world.target[0] != '\0';
	r = session_conclude(&s, session_drive(&s));
	/* What was asked for is done: the undo is this command's success. */
	if (s.run.outcome == OUTCOME_UNDONE && s.run.fault == FAULT_NONE)
		return 0;
	if (s.run.outcome == OUTCOME_UNDONE && s.run.fault == FAULT_NEW_STAYS)
		return EXIT_DRAINING;
	return r;
}
