/* The record of builds that served: who adds to it, when, and in whose name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/keep_set.h"
#include "commands/record.h"
#include "nginx/ask_nginx.h"
#include "nginx/backup.h"
#include "os/clock.h"
#include "os/duration.h"
#include "os/procfs.h"
#include "ui/say.h"

/* A number and nothing else. */
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

/* Who logged in, whatever he has become since (audit); else who called sudo; else who we are. */
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

const char *record_fault(int error, const struct distrust *why, char *ret, size_t size)
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

	(void)record_fault(error, why, text, sizeof(text));
	say(SAY_WARNING,
	    "the record of the %s that served, %s, is not used: %s. It begins anew with the next %s",
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
	char reason[2 * PATH_MAX];
	struct install_error failed;
	int r = served_store(b, s, &failed);

	if (r < 0)
		say(SAY_WARNING,
		    "it is not recorded which build serves now: could not %s %s: %s. A later \"nginx-handover rollback\" goes by what is recorded",
		    failed.step, failed.path,
		    install_error_reason(&failed, r, reason, sizeof(reason)));
}

void record_learned(const struct builds *b, const struct served *s)
{
	/* What fails here fails again where it matters. */
	if (s->count && s->learned)
		(void)served_store(b, s, NULL);
}

/* What was kept as a copy of the image that ran before. */
static void know_backup(const struct run *run, struct served *s)
{
	int fd = run->backup[0] ? open(run->backup, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
				: -1;

	if (fd < 0)
		return;
	builds_know_copy(s, fd, run->world.old_master.subject.image);
	(void)close(fd);
}

/* version NULL: asked where it is needed. */
static void add(const struct run *run, const struct builds *b, const struct subject *subject,
		struct served_build *build, const char *version)
{
	static struct served served;
	struct served_build now;
	char asked[128];

	record_read(b, &served);
	if (served_describe(subject, &served, &now) < 0)
		return;
	know_backup(run, &served);
	memcpy(now.verb, build->verb, sizeof(now.verb));
	now.seconds = build->seconds;
	now.uid = build->uid;
	if (served.count && digest_equal(&served.list[served.count - 1].digest, &now.digest)) {
		record_learned(b, &served);
		return;
	}
	if (!version || !*version)
		version = record_version(subject, asked, sizeof(asked));
	(void)snprintf(now.version, sizeof(now.version), "%.64s",
		       backup_version_is_valid(version) ? version : "unknown");
	if (served_add(&served, &now))
		store(b, &served);
}

static uint64_t seconds_now(void)
{
	time_t now = time(NULL);

	return now < 0 ? 0 : (uint64_t)now;
}

/* When it was started. */
static uint64_t started_seconds(const struct process *p)
{
	long ticks = sysconf(_SC_CLK_TCK);
	uint64_t started_us = ticks > 0 ? p->start_ticks * (USEC_PER_SEC / (uint64_t)ticks) : 0;
	uint64_t up_us = clock_since_boot_us();
	uint64_t age = up_us > started_us ? (up_us - started_us) / USEC_PER_SEC : 0;

	return seconds_now() > age ? seconds_now() - age : 0;
}

static void name_verb(struct served_build *b, const char *verb)
{
	(void)snprintf(b->verb, sizeof(b->verb), "%s", verb);
}

void record_found(struct session *s, const char *version)
{
	const struct master *m = &s->run.world.old_master;
	static struct builds b;
	struct served_build build;

	if (builds_of(m, &s->run.world.believed, &b) < 0)
		return;
	memset(&build, 0, sizeof(build));
	name_verb(&build, "found");
	build.seconds = started_seconds(&m->subject.process);
	build.uid = SERVED_BY_UNKNOWN;
	add(&s->run, &b, &m->subject, &build, version);
}

static void record(struct session *s, const struct subject *serves, const char *verb,
		   const char *version)
{
	static struct builds b;
	struct served_build build;

	if (builds_of(&s->run.world.old_master, &s->run.world.believed, &b) < 0)
		return;
	memset(&build, 0, sizeof(build));
	name_verb(&build, verb);
	build.seconds = seconds_now();
	build.uid = record_who_asks();
	add(&s->run, &b, serves, &build, version);
	keep_set_of_new(s, serves, version);
}

void record_outcome(struct session *s, const char *verb, const char *version)
{
	const struct run *run = &s->run;

	if ((run->outcome == OUTCOME_DONE || run->outcome == OUTCOME_DRAINING) &&
	    run->facts.new.alive)
		record(s, &run->world.new.subject, verb, version);
}

void record_start(struct session *s)
{
	if (s->run.facts.old.alive)
		record(s, &s->run.world.old_master.subject,
		       s->settings->start_is ? s->settings->start_is : "start", NULL);
}
