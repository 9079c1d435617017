/* Adds to the record of builds that served: which build, since when, and for which user. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/keep_set.h"
#include "commands/record.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "core/decide.h"
#include "core/run.h"
#include "nginx/ask_nginx.h"
#include "nginx/backup.h"
#include "nginx/build_info.h"
#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/served.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/process.h"
#include "os/procfs.h"
#include "os/sha256.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"
#include "ui/say.h"

/* The record of one nginx, and its place. Large: it is allocated. */
struct book {
	struct builds builds;
	struct served served;
};

static bool parse_uid(const char *text, uid_t *ret)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	end += strspn(end, "\n");
	if (*text < '0' || *text > '9' || *end || number >= SERVED_BY_UNKNOWN)
		return false;
	*ret = (uid_t)number;
	return true;
}

/* The user who logged in, by the kernel's audit, whoever that has become since; else the one who
 * called sudo; else our own uid. */
uid_t record_who_asks(void)
{
	const char *sudo = getenv("SUDO_UID");
	char text[32];
	uid_t uid;

	if (procfs_read(getpid(), "loginuid", text, sizeof(text)) > 0 && parse_uid(text, &uid))
		return uid;
	return getuid() == 0 && sudo && parse_uid(sudo, &uid) ? uid : getuid();
}

const char *record_version(const struct subject *s, char *ret, size_t size)
{
	struct program program = PROGRAM_NONE;
	struct actor as = actor_of(s, NULL);
	struct ask_failure why;
	struct build_info b;

	(void)snprintf(ret, size, "unknown");
	if (program_of(s, &program) == 0 && version_ask(&program, &as, &b, &why) == 0) {
		(void)snprintf(ret, size, "%s", b.version);
		build_info_free(&b);
	}
	program_close(&program);
	actor_free(&as);
	return ret;
}

const char *record_unfit(int error, const struct distrust *why, char *ret, size_t size)
{
	if (error == -EBADMSG)
		(void)snprintf(ret, size, "it is damaged");
	else if (why->kind != DISTRUST_NONE)
		(void)distrust_text(why, ret, size);
	else
		(void)snprintf(ret, size, "%s", strerror(-error));
	return ret;
}

void record_say_unused(const char *what, const char *path, int error, const struct distrust *why,
		       const char *next)
{
	char text[PATH_MAX + 256];

	(void)record_unfit(error, why, text, sizeof(text));
	say(SAY_WARNING,
	    "the record of the %s that served, %s, is not used: %s. A new record begins with the next %s",
	    what, path, text, next);
}

void record_read(const struct builds *b, struct served *ret)
{
	char path[PATH_MAX];
	struct distrust why;
	int r = served_load(b, ret, path, &why);

	if (r < 0 && r != -ENOENT)
		record_say_unused("builds", path, r, &why, "build that serves");
}

static void store(const struct builds *b, const struct served *s)
{
	char reason[INSTALL_REASON_SIZE];
	struct install_error failed;
	int r = served_store(b, s, &failed);

	if (r < 0)
		say(SAY_WARNING,
		    "it is not recorded which build serves now: could not %s %s: %s. A later \"nginx-handover rollback\" uses the older records",
		    failed.step, failed.path,
		    install_error_reason(&failed, r, reason, sizeof(reason)));
}

void record_learned(const struct builds *b, const struct served *s)
{
	/* A failure is not printed: it will be when something has to be recorded. */
	if (s->count && s->learned)
		(void)served_store(b, s, NULL);
}

/* The backup of this run is a copy of the old image, so that its digest is known. */
static void know_backup(const struct run *run, struct served *s)
{
	int fd = run->backup[0] ? open(run->backup, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
				: -1;

	if (fd < 0)
		return;
	builds_know_copy(s, fd, run->world.old_master.subject.image);
	(void)close(fd);
}

/* Adds the build that `subject` executes to the record. *build: who, when and by which verb.
 * version NULL: the binary is asked, if that is needed. */
static void add_build(const struct run *run, struct book *book, const struct subject *subject,
		      const struct served_build *build, const char *version)
{
	struct served *served = &book->served;
	struct served_build now;
	char asked[128];

	record_read(&book->builds, served);
	if (served_describe(subject, served, &now) < 0)
		return;
	know_backup(run, served);
	memcpy(now.verb, build->verb, sizeof(now.verb));
	now.seconds = build->seconds;
	now.uid = build->uid;
	if (served->count && digest_equal(&served->list[served->count - 1].digest, &now.digest)) {
		record_learned(&book->builds, served);
		return;
	}
	if (!version || !*version)
		version = record_version(subject, asked, sizeof(asked));
	(void)snprintf(now.version, sizeof(now.version), "%.64s",
		       backup_version_is_valid(version) ? version : "unknown");
	if (served_add(served, &now))
		store(&book->builds, served);
}

/* An empty book of the nginx in this world; the caller frees it. NULL: its binary's path is
 * unknown, or there is no memory, which was printed. */
static struct book *book_of(const struct world *w)
{
	struct book *book = storage_new(sizeof(*book));

	if (book && builds_of(&w->old_master, &w->believed, &book->builds) < 0) {
		free(book);
		return NULL;
	}
	return book;
}

static void add_to_record(const struct session *s, const struct subject *subject,
			  const struct served_build *build, const char *version)
{
	struct book *book = book_of(&s->run.world);

	if (book)
		add_build(&s->run, book, subject, build, version);
	free(book);
}

static uint64_t seconds_now(void)
{
	time_t now = time(NULL);

	return now < 0 ? 0 : (uint64_t)now;
}

static uint64_t started_seconds(const struct process *p)
{
	long ticks = sysconf(_SC_CLK_TCK);
	uint64_t started_us = ticks > 0 ? p->start_ticks * (USEC_PER_SEC / (uint64_t)ticks) : 0;
	uint64_t up_us = clock_since_boot_us();
	uint64_t age = up_us > started_us ? (up_us - started_us) / USEC_PER_SEC : 0;

	return seconds_now() > age ? seconds_now() - age : 0;
}

/* The line of a build that serves by this verb, from now on, for the user who asks. */
static struct served_build now_by(const char *verb)
{
	struct served_build b;

	memset(&b, 0, sizeof(b));
	(void)snprintf(b.verb, sizeof(b.verb), "%s", verb);
	b.seconds = seconds_now();
	b.uid = record_who_asks();
	return b;
}

static bool knows(struct book *book, int image)
{
	struct digest digest;
	struct distrust why;
	char path[PATH_MAX];
	uint64_t size;

	return served_load(&book->builds, &book->served, path, &why) == 0 &&
	       builds_digest(&book->served, image, true, &digest, &size) == 0 &&
	       served_last_of(&book->served, &digest) >= 0;
}

bool record_knows(const struct session *s)
{
	struct book *book = book_of(&s->run.world);
	bool known = book && knows(book, s->run.world.old_master.subject.image);

	free(book);
	return known;
}

void record_found(struct session *s, const char *version)
{
	const struct master *m = &s->run.world.old_master;
	struct served_build build;

	/* The last line may be that of the new build (in a hold): then this one is before it. */
	if (s->run.world.new.subject.process.pid > 0 && record_knows(s))
		return;
	memset(&build, 0, sizeof(build));
	(void)snprintf(build.verb, sizeof(build.verb), "found");
	build.seconds = started_seconds(&m->subject.process);
	build.uid = SERVED_BY_UNKNOWN;
	add_to_record(s, &m->subject, &build, version);
}

static void record_new(struct session *s, const struct subject *serves, const char *verb,
		       const char *version)
{
	const struct served_build build = now_by(verb);
	struct book *book = book_of(&s->run.world);

	if (!book)
		return;
	add_build(&s->run, book, serves, &build, version);
	free(book);
	keep_set_of_new(s, serves, version);
}

void record_outcome(struct session *s, const char *verb, const char *version)
{
	const struct run *run = &s->run;

	if ((run->outcome == OUTCOME_DONE || run->outcome == OUTCOME_DRAINING ||
	     run->outcome == OUTCOME_HELD) &&
	    run->facts.new.alive)
		record_new(s, &run->world.new.subject, verb, version);
}

void record_back(struct session *s)
{
	const struct served_build build = now_by("rollback");

	add_to_record(s, &s->run.world.old_master.subject, &build, NULL);
}

void record_start(struct session *s)
{
	if (s->run.facts.old.alive)
		record_new(s, &s->run.world.old_master.subject,
			   s->settings->start_is ? s->settings->start_is : "start", NULL);
}
