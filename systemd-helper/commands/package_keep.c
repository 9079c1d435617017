/* Keeps a copy of what serves, before the next update replaces it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/keep_set.h"
#include "commands/package_keep.h"
#include "commands/record.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/rescue.h"
#include "nginx/served.h"
#include "nginx/sets.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"

/* Large: it is allocated. */
struct kept_builds {
	struct served served;
	struct kept_list kept;
};

/* Whether a file with the same bytes is among the backups and the rescued ones. */
static bool find_kept(const struct builds *b, const struct subject *runs, struct kept_builds *f)
{
	struct digest digest;
	struct distrust why;
	char path[PATH_MAX];
	uint64_t size;
	bool is;

	(void)served_load(b, &f->served, path, &why);
	if (builds_digest(&f->served, runs->image, true, &digest, &size) < 0)
		return true; /* what cannot be read cannot be copied either */
	kept_find(b, &f->served, &f->kept);
	is = kept_of(&f->kept, &digest, false) != NULL;
	record_learned(b, &f->served);
	return is;
}

static bool is_kept(const struct builds *b, const struct subject *runs)
{
	struct kept_builds *f = storage_new(sizeof(*f));
	bool is = !f || find_kept(b, runs, f);

	free(f);
	return is;
}

static void keep(struct session *s, const struct builds *b)
{
	const struct subject *runs = &s->run.world.old_master.subject;
	char version[128];
	char place[PATH_MAX];

	record_found(s, NULL);
	/* In any case: a module may have changed since the binary was kept. */
	keep_set(s, b, NULL, SET_SERVED);
	if (is_kept(b, runs) || rescue_place(b->name, true, place) < 0)
		return;
	(void)record_version(runs, version, sizeof(version));
	if (install_sweep(&b->believed, "", place) < 0 ||
	    save_running(&b->believed, "", place, runs->image, version, s->run.backup,
			 &s->run.failed) < 0)
		return;
	(void)builds_prune(b, "", place, RESCUES_KEPT, NULL);
}

/* 0 or less than 0. */
static int take_lock(const struct session *s, struct lock *lock)
{
	struct lock_subjects subjects;
	char holder[160];
	int r = session_subjects(s->settings, &s->site, &subjects);

	return r < 0 ? r : lock_take(lock, &subjects, "package-update", 0, holder, sizeof(holder));
}

void package_keep(struct session *s)
{
	struct builds b;
	const struct world *w = &s->run.world;
	struct lock lock;

	/* Root keeps nothing of a user's own nginx. */
	if (w->believed.user != 0 || builds_of(&w->old_master, &w->believed, &b) < 0 || b.root[0] ||
	    take_lock(s, &lock) < 0)
		return;
	keep(s, &b);
	lock_release(&lock);
}
