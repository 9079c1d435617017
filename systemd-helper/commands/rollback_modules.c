/*
 * The modules of the build that a rollback goes to. They are put in place before that build tests
 * the configuration, since it loads no others. If it does not come to serve, the former modules are
 * put back. After a run that was killed in between the next rollback finds other files at the paths
 * than what runs, and puts those of the running master back.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/keep_set.h"
#include "commands/put_back.h"
#include "commands/rollback_modules.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "commands/upgrade.h"
#include "nginx/builds.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/sets.h"
#include "nginx/swap.h"
#include "os/exit_code.h"
#include "os/sha256.h"
#include "trust/subject.h"
#include "ui/say.h"

struct modules_back *modules_back_begin(const struct builds *b)
{
	struct modules_back *m = storage_new(sizeof(*m));

	if (!m)
		return NULL;
	m->builds = *b;
	swap_begin(&m->swap);
	sets_read(b, &m->sets);
	return m;
}

void modules_back_free(struct modules_back *m)
{
	swap_end(&m->swap);
	free(m);
}

static void choose(struct modules_back *m, const struct set *set)
{
	m->set = set;
	m->due = sets_due(&m->builds, set, &m->first);
}

void modules_back_to(struct modules_back *m, const struct digest *binary)
{
	const struct set *set = sets_find(&m->sets, binary);

	if (set)
		choose(m, set);
}

/*
 * The last set of the same binary with other modules than those that run. What runs stands at its
 * paths, so a set that is due nowhere is the running one. Sets that a rollback has left do not
 * count: else two rollbacks in a row would go back and forth.
 */
static bool find_former(struct modules_back *m, const struct digest *running)
{
	size_t i;

	for (i = m->sets.count; i > 0; i--) {
		const struct set *set = &m->sets.list[i - 1];

		if (set->word != SET_SERVED)
			continue;
		if (!digest_equal(&set->binary, running))
			return false;
		choose(m, set);
		if (m->due)
			return true;
	}
	m->set = NULL;
	return false;
}

static void say_would(const struct modules_back *m)
{
	say(SAY_NOTICE,
	    "%u of its modules would go back with it (%s); the configuration is not tested now, since that needs them in place. A rollback tests it before any signal, and puts them back as they were when it is refused",
	    m->due, m->first);
}

static int place_failed_with(struct session *s, int r)
{
	char reason[INSTALL_REASON_SIZE];
	const struct install_error *failed = &s->run.failed;

	if (r == -ENOENT || r == -EBADMSG)
		say(SAY_ERROR,
		    "a module that belongs to that build cannot be put back: %s, %s. Nothing was done. What to do: install the package of that version, or \"nginx-handover rollback --to VERSION\" to another build that is kept (\"nginx-handover backups\")",
		    failed->path,
		    r == -ENOENT ? "of which there is no copy"
				 : "a copy whose bytes are not what was kept");
	else
		say(SAY_ERROR,
		    "the modules that belong to that build cannot be put back: could not %s %s: %s. Nothing was done, and nginx runs as before. What to do: fix that, then try again",
		    failed->step, failed->path,
		    install_error_reason(failed, r, reason, sizeof(reason)));
	return EXIT_REFUSED;
}

int modules_back_place(struct session *s, struct modules_back *m)
{
	struct install_error *err = &s->run.failed;
	int r;

	if (!m->due)
		return 0;
	s->modules_due = s->settings->dry_run;
	if (s->settings->dry_run) {
		say_would(m);
		return 0;
	}
	keep_set(s, &m->builds, NULL, SET_LEFT);
	r = sets_stage(&m->builds, m->set, &m->swap, err);
	if (r >= 0)
		r = swap_commit(&m->swap, err);
	if (r < 0)
		return place_failed_with(s, r);
	s->modules_placed = true;
	say(SAY_INFO, "%u of its modules %s back in place (%s)", m->due, m->due == 1 ? "is" : "are",
	    m->first);
	return 0;
}

/*
 * After a failed run: whether the binary at the path is the one that these modules belong to, and
 * another one runs. Then it is unknown which of the two will serve, and the modules stay with the
 * binary.
 */
static bool is_at_path(const struct session *s, const struct modules_back *m)
{
	const struct subject *running = &s->run.world.old_master.subject;
	struct digest digest;
	uint64_t size;

	return digest_of_fd(running->image, &digest, &size) == 0 &&
	       !digest_equal(&digest, &m->set->binary) &&
	       !file_has_content(s->run.world.target, running->image);
}

static void take_back(struct session *s, struct modules_back *m)
{
	struct install_error failed;
	char reason[INSTALL_REASON_SIZE];
	int r = swap_undo(&m->swap, &failed);

	if (r < 0)
		say(SAY_ERROR,
		    "a module could not be put back as it was: could not %s %s: %s. What to do: fix that, then \"nginx-handover rollback\" puts back what master %d has mapped",
		    failed.step, failed.path,
		    install_error_reason(&failed, r, reason, sizeof(reason)),
		    (int)s->run.world.old.subject.process.pid);
	else
		say(SAY_NOTICE, "the modules are as they were before");
}

void modules_back_end(struct session *s, struct modules_back *m, int code, bool ready)
{
	bool served = ready || session_handed_over(code);
	bool stays = served || (m->set && is_at_path(s, m));

	if (s->modules_placed && !stays)
		take_back(s, m);
	swap_end(&m->swap);
	s->modules_placed = false;
	if (served && !s->settings->dry_run && !s->run.move.link[0])
		say_package_check(&m->builds, false);
}

static int upgrade_with(struct session *s, struct modules_back *m)
{
	int r = modules_back_place(s, m);

	if (r)
		return r;
	r = upgrade_in_session(s);
	modules_back_end(s, m, r, false);
	return r;
}

bool modules_back_alone(struct session *s, const struct builds *b, const struct digest *running,
			int *ret)
{
	struct modules_back *m = modules_back_begin(b);
	bool found;

	if (!m) {
		*ret = EXIT_FAILED;
		return true;
	}
	found = find_former(m, running);
	if (found) {
		say(SAY_NOTICE,
		    "no handover is under way; what served before was the same nginx %s with other modules (%s): handing over to it with those",
		    m->set->version, m->first);
		*ret = upgrade_with(s, m);
	}
	modules_back_free(m);
	return found;
}
