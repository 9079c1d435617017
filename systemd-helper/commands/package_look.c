/* Looks at the state that a package transaction has left nginx in. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands/hold.h"
#include "commands/package_look.h"
#include "commands/package_memory.h"
#include "commands/package_policy.h"
#include "commands/session.h"
#include "core/facts.h"
#include "core/observe.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/builds.h"
#include "nginx/replaced.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/process.h"
#include "os/sha256.h"
#include "os/transaction.h"
#include "os/waker.h"

/* The workers of a master that is older than this have shown that they live. */
#define YOUNG_US (120u * USEC_PER_SEC)

/* The longest time that nginx is watched: the transaction waits for its hooks. */
#define WATCH_US (1u * USEC_PER_SEC)

/* When this many workers die in that time it is no coincidence. */
enum { DEATHS_MANY = 2 };

static bool is_young(const struct process *p)
{
	long ticks = sysconf(_SC_CLK_TCK);
	uint64_t started_us = ticks > 0 ? p->start_ticks * (USEC_PER_SEC / (uint64_t)ticks) : 0;
	uint64_t now_us = clock_since_boot_us();

	return now_us < started_us || now_us - started_us < YOUNG_US;
}

/* Until the master ends, or it is time for the next look. */
static void wait_a_moment(const struct process *p, uint64_t began_us, uint64_t until_us)
{
	uint64_t now_us = clock_us();
	uint64_t wait_us = look_interval_us(now_us - began_us, 0);
	struct pollfd fd = {.fd = p->pidfd, .events = POLLIN};
	struct timespec timeout;

	if (now_us + wait_us > until_us)
		wait_us = until_us > now_us ? until_us - now_us : 0;
	timeout = clock_timespec(wait_us);
	(void)ppoll(&fd, 1, &timeout, NULL);
}

/* Whether its workers accept, and do not die again and again. */
static bool watch(struct session *s)
{
	const struct generation_facts *g = &s->run.facts.old;
	const struct process *master = &s->run.world.old.subject.process;
	uint64_t began_us = clock_us();
	uint64_t settle_us = s->settings->settle_us;
	uint64_t until_us = began_us + (settle_us < WATCH_US ? settle_us : WATCH_US);
	unsigned deaths = g->deaths;

	while (g->alive && clock_us() < until_us) {
		wait_a_moment(master, began_us, until_us);
		if (observe(&s->run.world, &s->run.facts) < 0)
			return true; /* a look that failed shows nothing */
	}
	return g->alive && g->accepting && g->deaths - deaths < DEATHS_MANY;
}

static bool serves(struct session *s, const struct package_look *l)
{
	/* A handover of ours has watched the workers already; and what an upgrade will replace now
	 * need not be watched. */
	bool is_ours = l->facts.same && l->note.kind == PACKAGE_KIND_DONE;
	bool is_due = l->facts.due_nginx;

	if (s->run.facts.old.accepting &&
	    (is_ours || is_due || !is_young(&s->run.world.old.subject.process)))
		return true;
	return watch(s);
}

static void look_at_files(struct session *s, struct package_look *ret)
{
	struct replaced r;

	replaced_find(&s->run.world.old_master, &r, ret->what, sizeof(ret->what));
	ret->facts.due_nginx = r.binary || r.modules.count;
	ret->facts.due_library = r.libraries.count != 0;
}

/* The old master drains, or is held. The world becomes that of the new one, which serves. */
static bool keep_the_new(struct session *s, struct package_look *ret)
{
	struct world *w = &s->run.world;

	ret->drains = w->old.subject.process.pid;
	ret->facts.drains = true;
	return world_keep_new(w) && observe(w, &s->run.facts) == 0;
}

static void look_at_masters(struct session *s, struct package_look *ret)
{
	struct package_facts *f = &ret->facts;
	const struct facts *seen = &s->run.facts;

	f->runs = true;
	ret->is_held = hold_is_on(s, &ret->held);
	if (ret->is_held || (seen->closing && seen->old.alive && seen->new.alive))
		f->unfinished = !keep_the_new(s, ret);
	else
		f->unfinished = world_unfinished(seen);
	look_at_files(s, ret);
}

static bool is_kept(const struct session *s)
{
	struct package_former *former;
	struct builds b;
	bool kept;

	if (builds_of(&s->run.world.old_master, &s->run.world.believed, &b) < 0)
		return false;
	former = package_find_former(b.name, &b.believed);
	kept = former && former->build;
	free(former);
	return kept;
}

static void look_at_health(struct session *s, struct package_look *ret)
{
	struct package_facts *f = &ret->facts;
	char binary[PATH_MAX];

	f->serves = f->unfinished || serves(s, ret);
	f->kept = !f->serves && is_kept(s);
	ret->not_ours = s->init->ops.not_ours(s->init);
	if (!ret->not_ours && (f->due_nginx || f->due_library || !f->serves) &&
	    package_may_not_upgrade(s->init, package_binary(s, binary)))
		ret->not_ours = "policy-rc.d forbids it";
	f->not_ours = ret->not_ours != NULL;
	ret->now.served = f->serves;
}

/* The note of an earlier hook, and the begin of our own. */
static void read_note(struct session *s, const struct transaction *t, struct package_look *l)
{
	struct package_facts *f = &l->facts;

	f->is_transaction = t->pid != 0;
	package_note_begin(t, &l->now);
	if (!package_note_read(&s->site, &l->note)) {
		memset(&l->note, 0, sizeof(l->note));
		return;
	}
	f->same = package_note_same_transaction(&l->note, &l->now);
	f->handed_over = f->is_transaction && f->same && l->note.handed_over;
	f->refused = l->note.kind == PACKAGE_KIND_REFUSED;
	f->told = f->refused || l->note.kind == PACKAGE_KIND_TOLD;
	f->down.seen_serving = f->is_transaction && f->same && l->note.served;
	l->now.handed_over = f->handed_over;
}

/* Whether the note is about the files that are there now. If the configuration was refused, and has
 * changed since (by a later package of the transaction), it is worth another try. */
static void compare_note(struct session *s, struct package_look *l)
{
	struct package_facts *f = &l->facts;
	char binary[PATH_MAX];

	package_note_files(f->runs ? &s->run.world.old_master : NULL, package_binary(s, binary),
			   &l->now);
	f->noted = l->note.boot[0] && digest_equal(&l->note.files, &l->now.files);
	f->retry = l->note.code == EXIT_CONFIG &&
		   !digest_equal(&l->note.configuration, &l->now.configuration);
}

void package_look(struct session *s, const struct transaction *t, struct package_look *ret)
{
	const char *setting = s->settings->on_package_update;
	struct package_facts *f = &ret->facts;

	memset(ret, 0, sizeof(*ret));
	f->libraries = strcmp(setting, "upgrade") == 0;
	f->may_act = f->libraries || strcmp(setting, "auto") == 0;
	read_note(s, t, ret);
	s->looks_only = true;
	if (session_open_world(s) == 0) {
		look_at_masters(s, ret);
		look_at_health(s, ret);
		if (f->serves && !f->unfinished && !f->due_nginx && !f->due_library)
			return; /* all is well, so the note does not matter */
	} else {
		f->unknown = s->problems.list[0].exit_code != EXIT_NOT_RUNNING;
	}
	compare_note(s, ret);
	if (!f->runs && !f->unknown)
		package_look_down(s, &f->down);
}
