/* Keeps a copy of what serves while all is well. */
#include <stdio.h>
#include <string.h>

#include "commands/keep.h"
#include "commands/keep_set.h"
#include "commands/package_keep.h"
#include "commands/record.h"
#include "nginx/rescue.h"

/* Beside the binary, or rescued: by its bytes. */
static bool is_kept(const struct builds *b, const struct subject *runs)
{
	static struct served served;
	static struct kept_list kept;
	struct digest digest;
	struct distrust why;
	char path[PATH_MAX];
	uint64_t size;
	bool is;

	(void)served_load(b, &served, path, &why);
	if (builds_digest(&served, runs->image, true, &digest, &size) < 0)
		return true; /* it cannot be read, and so not be copied */
	kept_find(b, &served, &kept);
	is = kept_of(&kept, &digest, false) != NULL;
	record_learned(b, &served);
	return is;
}

static void keep(struct session *s, const struct builds *b)
{
	const struct subject *runs = &s->run.world.old_master.subject;
	char version[128];
	char place[PATH_MAX];

	record_found(s, NULL);
	if (is_kept(b, runs) || rescue_place(b->name, true, place) < 0)
		return;
	(void)record_version(runs, version, sizeof(version));
	if (install_sweep(&b->believed, "", place) < 0 ||
	    save_running(&b->believed, "", place, runs->image, version, s->run.backup,
			 &s->run.failed) < 0)
		return;
	keep_set(s, b, version, SET_SERVED);
	(void)builds_prune(b, "", place, RESCUES_KEPT, NULL);
}

void package_keep(struct session *s)
{
	static struct builds b;
	const struct world *w = &s->run.world;
	struct lock_subjects subjects;
	struct lock lock;
	char holder[160];

	/* Of a user's own nginx root keeps nothing. */
	if (w->believed.user != 0 || builds_of(&w->old_master, &w->believed, &b) < 0 || b.root[0] ||
	    session_subjects(s->settings, &s->site, &subjects) < 0 ||
	    lock_take(&lock, &subjects, "package-update", 0, holder, sizeof(holder)) < 0)
		return;
	keep(s, &b);
	lock_release(&lock);
}
