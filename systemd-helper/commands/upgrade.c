/* upgrade: the checks, the handover, and what is printed and kept after it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/configtest.h"
#include "commands/drain_watch.h"
#include "commands/hold.h"
#include "commands/keep.h"
#include "commands/keep_set.h"
#include "commands/limits.h"
#include "commands/package_memory.h"
#include "commands/probing.h"
#include "commands/record.h"
#include "commands/report.h"
#include "commands/report_hints.h"
#include "commands/report_quic.h"
#include "commands/session.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "commands/upgrade.h"
#include "core/decide.h"
#include "core/observe.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/builds.h"
#include "nginx/error_log.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/replaced.h"
#include "nginx/sets.h"
#include "os/exit_code.h"
#include "os/limits.h"
#include "trust/path.h"
#include "ui/say.h"

static bool is_needed(const struct run *run, const struct preflight *p)
{
	const struct master *m = &run->world.old_master;
	char why[PATH_MAX + 64];
	struct replaced r;

	if (p->new_binary)
		return file_same_content(p->program.fd, m->subject.image) != 1;
	return replaced_find(m, &r, why, sizeof(why));
}

static int refuse_held(const struct run *run, const struct hold_seen *held)
{
	char until[80];

	say(SAY_ERROR,
	    "the last handover is held %s: master %d serves, and old master %d is the way back. Nothing was done. What to do: \"nginx-handover finish\" makes it final, \"nginx-handover rollback\" takes it back; then try again",
	    hold_text(held->until_s, until, sizeof(until)), (int)run->world.new.subject.process.pid,
	    (int)run->world.old.subject.process.pid);
	return EXIT_UNFINISHED;
}

int upgrade_refuse_unfinished(const struct session *s)
{
	const struct run *run = &s->run;
	struct hold_seen held;

	if (hold_is_on(s, &held))
		return refuse_held(run, &held);
	say(SAY_ERROR,
	    "an earlier handover is unfinished: master %d and new master %d. Nothing was done. %s",
	    (int)run->world.old.subject.process.pid, (int)run->world.new.subject.process.pid,
	    report_way_on(&run->facts));
	return EXIT_UNFINISHED;
}

static void want_binary(struct run *run, struct preflight *p)
{
	struct world *w = &run->world;

	run->staged = p->new_binary ? &p->staged : NULL;
	run->flows = p->flows;
	run->ask.spawn = true;
	w->resumed = false;
	run->ask.install = p->new_binary || run->move.link[0];
	run->ask.workers = preflight_workers(p, run->facts.old.accepting);
	run->quic = p->quic.count > 0;
	run->quic_moves = p->quic.moves[0] != '\0';
	run->cut.shutdown_us = p->shutdown_us;
	w->wanted = p->program.id;
	w->wanted_image = p->is_launcher ? p->image : p->program.id;
}

/* Only a notice: what was examined is the copy, which nobody else can change. */
static void say_source_doubt(const struct preflight *p)
{
	char text[PATH_MAX + 256];

	if (p->source_doubt)
		say(SAY_NOTICE,
		    "others than you can change %s (%s); what was copied from it a moment ago is what is installed",
		    p->new_binary, distrust_text(&p->staged.source, text, sizeof(text)));
}

static int say_no_binary(int r)
{
	say(SAY_ERROR,
	    "the path of the binary is not known any more: %s. Nothing was done. What to do: say where it is with --nginx",
	    strerror(-r));
	return EXIT_FAILED;
}

/* What has to be recorded and kept before the new binary takes the place of the old one. */
static void keep_before(struct session *s, const struct preflight *p, const struct builds *b)
{
	struct run *run = &s->run;
	bool is_left = strcmp(s->verb, "rollback") == 0 || !run->facts.old.accepting;

	(void)install_sweep(&b->believed, b->root, b->target);
	record_found(s, p->have_old_build ? run->old_version : NULL);
	if (s->settings->binary)
		keep_what_stands(s, b, p->program.fd);
	else
		keep_running_image(s, b, run->old_version);
	keep_set(s, b, run->old_version, is_left ? SET_LEFT : SET_SERVED);
}

static void say_begin(const struct run *run, const struct preflight *p)
{
	const char *version = run->old_version;
	struct say_field fields[] = {
		{"old_pid", NULL, (uint64_t)run->world.old.subject.process.pid},
		{"old_version", version, 0},
		{"new_version", p->new_build.version, 0},
		{NULL, NULL, 0},
	};

	say_event(SAY_NOTICE, "begin", fields,
		  "upgrading nginx %s to %s: master %d, %u workers, %s", version,
		  p->new_build.version, (int)run->world.old.subject.process.pid,
		  run->facts.old.accepting,
		  master_own_path(&run->world.old_master, run->world.target));
	if (!run->facts.old.accepting)
		say(SAY_WARNING,
		    "master %d has no worker that accepts connections: nobody is served, so nobody can lose a connection. The handover goes on: the new binary may serve again",
		    (int)run->world.old.subject.process.pid);
}

static int hand_over(struct session *s, struct preflight *p)
{
	struct run *run = &s->run;
	struct builds b;
	int r = builds_of(&run->world.old_master, &run->world.believed, &b);

	if (r < 0)
		return say_no_binary(r);
	(void)snprintf(run->old_version, sizeof(run->old_version), "%s",
		       p->have_old_build ? p->old_build.version : "unknown");
	(void)snprintf(run->new_version, sizeof(run->new_version), "%s", p->new_build.version);
	keep_before(s, p, &b);
	want_binary(run, p);
	run->ask.hold_us = s->settings->hold_us;
	probing_ask(s, p);
	say_source_doubt(p);
	/* Again, since the tests before it may have written to the same log. */
	error_log_close(&run->log);
	error_log_mark(run->world.old.subject.process.pid, &run->log);
	say_begin(run, p);
	r = session_drive(s);
	record_outcome(s, s->verb, p->new_build.version);
	if (run->backup[0] && run->outcome <= OUTCOME_DRAINING) {
		say(SAY_INFO, "the old binary is kept as %s",
		    master_own_path(&run->world.old_master, run->backup));
		keep_few(s, &b);
	}
	if (run->outcome <= OUTCOME_DRAINING)
		keep_few_sets(s, &b);
	return r;
}

/* Prints what the checks have found that does not prevent the handover. */
static void say_findings(struct session *s, const struct preflight *p)
{
	configtest_say_warnings(&p->warnings);
	if (!p->problems.count) {
		report_quic_cost(p, s->settings->quic);
		report_hints(p);
	}
	if (p->low_memory[0])
		say(SAY_WARNING, "%s. The run goes on, as MEMORY_CHECK=warn says", p->low_memory);
	if (p->is_launcher && p->image_path[0])
		say(SAY_INFO, "the new binary is a launcher: nginx itself is %s", p->image_path);
	if (p->test_us)
		session_note_test(s, p->test_us);
}

/*
 * Whether the new binary has the bytes of the running one. A handover to it would change nothing,
 * and the backup before it would be lost. Where no worker accepts it may help all the same.
 */
static bool is_what_runs(const struct run *run, const struct preflight *p)
{
	int image = run->world.old_master.subject.image;

	return p->new_binary && !p->interrupted && p->program.fd >= 0 && run->facts.old.accepting &&
	       file_same_content(p->program.fd, image) == 1 &&
	       file_has_content(run->world.target, image);
}

static void say_is_what_runs(const struct run *run)
{
	char why[PATH_MAX + 64];
	struct replaced r;

	say(SAY_NOTICE,
	    "nothing to do: master %d runs these very bytes, and they stand at %s. --force hands over all the same",
	    (int)run->world.old.subject.process.pid,
	    master_own_path(&run->world.old_master, run->world.target));
	if (replaced_find(&run->world.old_master, &r, why, sizeof(why)))
		say(SAY_NOTICE, "%s; \"nginx-handover upgrade\" without --binary loads the new",
		    why);
}

/* Makes the checks and prints what they find. 0: the handover may begin; else the exit code, or
 * COMMAND_OVER. */
static int consider(struct session *s, struct preflight *p)
{
	const struct settings *settings = s->settings;
	bool passed = preflight(p);

	if (p->interrupted) {
		s->interrupted = true;
		say(SAY_ERROR, "interrupted before any signal; nothing was changed");
		return EXIT_REFUSED;
	}
	if (!settings->force && is_what_runs(&s->run, p)) {
		say_is_what_runs(&s->run);
		return COMMAND_OVER;
	}
	if (settings->if_needed && passed && !is_needed(&s->run, p)) {
		say(SAY_NOTICE, "nothing to do: nginx runs what is installed");
		return COMMAND_OVER;
	}
	if (!probing_check(s, &p->problems))
		passed = false;
	if (settings->dry_run) {
		upgrade_say_difference(p);
		limits_say_difference(s);
	}
	say_findings(s, p);
	if (!passed) {
		int code = problems_say(&p->problems);

		s->unfit = problems_of_master(&p->problems);
		s->never = problems_any_of_master(&p->problems);
		say(SAY_ERROR, "refused before any signal; nginx runs as before");
		return code;
	}
	if (settings->dry_run) {
		upgrade_say_would(&s->run, settings->binary);
		return COMMAND_OVER;
	}
	return probing_before(s);
}

static int check_and_hand_over(struct session *s, struct preflight *p)
{
	struct limits next;
	int r;

	preflight_init(p);
	limits_ask(s);
	p->limits = limits_next(s, &next);
	p->world = &s->run.world;
	p->init = s->init;
	p->new_binary = s->settings->binary;
	p->leads_to = s->settings->leads_to;
	p->nginx = s->settings->nginx;
	p->wake_fd = s->run.waker.signals;
	p->heals = strcmp(s->settings->quic, "off") != 0;
	p->steers = strcmp(s->settings->quic, "steer") == 0;
	p->wants_hints = s->settings->dry_run;
	p->http = probing_requests(s);
	p->test_timeout_us = s->settings->test_timeout_us;
	p->modules_placed = s->modules_placed;
	p->modules_due = s->modules_due;
	p->memory_warns = strcmp(s->settings->memory_check, "warn") == 0;
	r = consider(s, p);
	if (!r)
		r = hand_over(s, p);
	preflight_free(p);
	return r == COMMAND_OVER ? 0 : r;
}

int upgrade_in_session(struct session *s)
{
	struct preflight *p;
	int r;

	if (s->run.facts.quitting)
		return session_refuse_quitting(s);
	p = storage_new(sizeof(*p));
	if (!p)
		return EXIT_FAILED;
	r = check_and_hand_over(s, p);
	s->run.staged = NULL; /* it was in *p */
	s->run.flows = -1;
	free(p);
	return r;
}

/*
 * The old master still drains, or is held. An upgrade would be one of the new master, which cannot
 * hand over before the old one has ended. So this only prints whether one is due.
 */
static int beside_old(struct session *s, const struct hold_seen *held)
{
	struct world *w = &s->run.world;
	pid_t serves = w->new.subject.process.pid;
	char why[2 * PATH_MAX];
	char old[HOLD_OLD_SIZE];
	struct replaced r;

	(void)hold_old_text(w->old.subject.process.pid, held, old);
	if (!world_keep_new(w))
		return upgrade_refuse_unfinished(s);
	if (replaced_find(&w->old_master, &r, why, sizeof(why))) {
		say(SAY_ERROR,
		    "%s; but %s, and while it lives master %d cannot hand over. Nothing was done. \"nginx-handover finish\" %s",
		    why, old, (int)serves, held ? "ends that" : "waits for it");
		return EXIT_UNFINISHED;
	}
	say(s->settings->if_needed ? SAY_NOTICE : SAY_ERROR,
	    "nginx runs what is installed: master %d serves, and %s. Nothing was done", (int)serves,
	    old);
	return s->settings->if_needed ? 0 : EXIT_UNFINISHED;
}

static bool is_draining(const struct facts *f)
{
	return f->closing && f->old.alive && f->new.alive;
}

/* Whether a hook of this transaction was refused the same upgrade. Options that say more than
 * "upgrade" are never refused for that. */
static bool was_refused(const struct session *s, int *ret_code)
{
	const struct settings *settings = s->settings;

	if (settings->binary || settings->force || settings->dry_run ||
	    !package_was_refused(s, ret_code))
		return false;
	say(SAY_ERROR,
	    "what has been installed was refused, or the handover to it undone, a moment ago in this run of the package manager: see what was said then. Nothing was done; --force tries again");
	return true;
}

static int upgrade_command(struct session *s, const struct settings *settings)
{
	int r = session_begin(s, settings, "upgrade");
	struct hold_seen held;
	int refused_with;

	if (r)
		return r;
	hold_pick_up(s);
	drain_pick_up(s);
	if (is_draining(&s->run.facts) && !settings->binary)
		r = beside_old(s, NULL);
	else if (settings->if_needed && !settings->binary && hold_is_on(s, &held))
		r = beside_old(s, &held);
	else if (world_unfinished(&s->run.facts))
		r = upgrade_refuse_unfinished(s);
	else if (was_refused(s, &refused_with))
		r = refused_with;
	else
		r = upgrade_in_session(s);
	return session_conclude(s, r);
}

int command_upgrade(const struct settings *settings)
{
	return session_with(settings, upgrade_command);
}
