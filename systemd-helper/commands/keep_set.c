/* Keeps the modules of the build that runs, before a handover goes to another build. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands/keep_set.h"
#include "commands/record.h"
#include "commands/session.h"
#include "nginx/backup.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/mapped.h"
#include "nginx/served.h"
#include "nginx/sets.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"
#include "ui/say.h"

/* What it takes to add a set to the record. */
struct adding {
	struct sets sets;     /* those of the record */
	struct set set;       /* the new one */
	struct served served; /* the record of builds: it has digests of files */
	struct set_loss loss; /* modules that could not be kept */
};

/* The caller frees it. NULL: there is no memory, and that was printed. */
static struct adding *begin_adding(const struct builds *b)
{
	struct adding *a = calloc(1, sizeof(*a));

	if (a)
		sets_read(b, &a->sets);
	else
		say(SAY_WARNING,
		    "there is no memory to keep the modules of nginx. This goes on: going back within a handover needs no copy, a later rollback does");
	return a;
}

void sets_read(const struct builds *b, struct sets *ret)
{
	char path[PATH_MAX];
	struct distrust why;
	int r = sets_load(b, ret, path, &why);

	if (r < 0 && r != -ENOENT)
		record_say_unused("modules", path, r, &why, "handover");
}

static void say_loss(const struct set_loss *l)
{
	char reason[INSTALL_REASON_SIZE];
	char more[64] = "";

	if (l->count > 1)
		(void)snprintf(more, sizeof(more), " (and so with %u more)", l->count - 1);
	if (l->error == -ENODATA) {
		say(SAY_WARNING,
		    "the module %s is not kept%s: its file was replaced before that, and this kernel does not show what a process has mapped (/proc/PID/map_files). This goes on; a later rollback to this build needs the package that it came from",
		    l->path, more);
		return;
	}
	say(SAY_WARNING,
	    "the module %s is not kept%s: could not %s %s: %s. This goes on: going back within a handover needs no copy, a later rollback does",
	    l->path, more, l->failed.step, l->failed.path,
	    install_error_reason(&l->failed, l->error, reason, sizeof(reason)));
}

static void name_version(struct set *set, const char *version)
{
	(void)snprintf(set->version, sizeof(set->version), "%.64s",
		       backup_version_is_valid(version) ? version : "unknown");
}

/* All of a set but its modules and the digest of its binary. */
static void fill_set(struct set *set, const struct builds *b, const char *version,
		     enum set_word word)
{
	time_t now = time(NULL);

	memset(set, 0, sizeof(*set));
	set->seconds = now < 0 ? 0 : (uint64_t)now;
	set->word = word;
	name_version(set, version);
	if (strlen(b->target) < sizeof(set->path))
		memcpy(set->path, b->target, strlen(b->target) + 1);
}

/* Whether the last set of the record is this one, with the same copies: it need not be written
 * again. */
static bool is_known(const struct sets *sets, const struct set *set)
{
	const struct set *last = sets->count ? &sets->list[sets->count - 1] : NULL;
	size_t i;

	if (!last || !set_equal(last, set) || last->word != set->word)
		return false;
	for (i = 0; i < set->count; i++) {
		if (strcmp(last->modules[i].kept, set->modules[i].kept) != 0 ||
		    last->modules[i].inode != set->modules[i].inode)
			return false;
	}
	return true;
}

static void add_to_record(const struct builds *b, struct sets *sets, const struct set *set)
{
	char reason[INSTALL_REASON_SIZE];
	struct install_error failed;
	int r;

	/* An nginx that never had a module needs no record. */
	if ((!sets->count && !set->count) || is_known(sets, set))
		return;
	sets_add(sets, set);
	r = sets_store(b, sets, &failed);
	if (r < 0)
		say(SAY_WARNING,
		    "it is not recorded which modules belong to nginx %s: could not %s %s: %s. A later rollback to it puts back the binary alone",
		    set->version, failed.step, failed.path,
		    install_error_reason(&failed, r, reason, sizeof(reason)));
}

/* Keeps the modules that this master has mapped. */
static void keep_of(const struct builds *b, const struct subject *subject, const char *version,
		    enum set_word word)
{
	struct adding *a = begin_adding(b);
	char path[PATH_MAX];
	char asked[128];
	struct distrust why;
	int r;

	if (!a)
		return;
	fill_set(&a->set, b, version ? version : record_version(subject, asked, sizeof(asked)),
		 word);
	(void)served_load(b, &a->served, path, &why);
	r = builds_digest(&a->served, subject->image, true, &a->set.binary, &a->set.size);
	if (!r)
		r = sets_keep_running(b, subject, &a->sets, &a->set, &a->loss);
	if (r < 0) {
		say(SAY_WARNING,
		    "the modules of master %d are not kept: what it has mapped cannot be read: %s",
		    (int)subject->process.pid, strerror(-r));
	} else {
		if (a->loss.count)
			say_loss(&a->loss);
		add_to_record(b, &a->sets, &a->set);
	}
	free(a);
}

void keep_set(struct session *s, const struct builds *b, const char *version, enum set_word word)
{
	keep_of(b, &s->run.world.old_master.subject, version, word);
}

/* running: the file that the old master executes. fd: the binary that stands at its path. */
static void add_aside(struct adding *a, const struct builds *b, int running, int fd,
		      const char *version)
{
	struct set *set = &a->set;
	const struct set *runs, *known;
	struct digest digest;
	uint64_t size;

	if (digest_of_fd(running, &digest, &size) < 0)
		return;
	runs = sets_find(&a->sets, &digest);
	fill_set(set, b, version, SET_ASIDE);
	if (!runs || !runs->count || digest_of_fd(fd, &set->binary, &set->size) < 0)
		return;
	sets_keep_standing(b, runs, &a->sets, set, &a->loss);
	if (a->loss.count)
		say_loss(&a->loss);
	known = sets_find(&a->sets, &set->binary);
	if (!known || !set_equal(known, set))
		add_to_record(b, &a->sets, set);
}

void keep_set_aside(struct session *s, const struct builds *b, int fd, const char *version)
{
	struct adding *a = begin_adding(b);

	if (a)
		add_aside(a, b, s->run.world.old_master.subject.image, fd, version);
	free(a);
}

void keep_set_of_new(struct session *s, const struct subject *serves, const char *version)
{
	struct builds b;

	if (!mapped_can_be_read(serves) &&
	    builds_of(&s->run.world.old_master, &s->run.world.believed, &b) == 0)
		keep_of(&b, serves, version, SET_SERVED);
}

void keep_few_sets(const struct session *s, const struct builds *b)
{
	const struct subject *serves = &s->run.world.new.subject;
	struct sets *sets = malloc(sizeof(*sets));
	struct distrust why;
	char path[PATH_MAX];
	size_t before;
	bool has_new; /* the set of the new master is kept already, and is one more */

	if (sets && sets_load(b, sets, path, &why) == 0) {
		before = sets->count;
		has_new = serves->process.pid > 0 && !mapped_can_be_read(serves);
		(void)sets_prune(b, sets, SETS_KEPT + has_new);
		if (sets->count != before)
			(void)sets_store(b, sets, NULL);
	}
	free(sets);
}
