/*
 * package-update: called by package hooks when all files are in place, and instead of a package's
 * own upgrade. It hands over only where the settings want that, and prints one line, once in a
 * transaction, however many hooks call it. An old rpm calls it in the middle of a transaction: then
 * it waits in the background for the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/package_act.h"
#include "commands/package_keep.h"
#include "commands/package_look.h"
#include "commands/package_memory.h"
#include "commands/package_policy.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/storage.h"
#include "core/package.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/transaction.h"
#include "ui/say.h"

/* How long to wait for the end of a transaction; and for another run, such as an upgrade or a
 * reload by a script of the same transaction. */
#define TRANSACTION_US (3600ull * USEC_PER_SEC)
#define OTHER_RUN_US   (120u * USEC_PER_SEC)

/* Moves that change something. They need the lock, and a second look after it is taken: the run
 * that was waited for may have done the same. */
static bool acts(enum package_move move)
{
	return move == PACKAGE_HAND_OVER || move == PACKAGE_GO_BACK || move == PACKAGE_HEAL;
}

/* Notes the result for the next hooks. */
static void write_note(const struct session *s, struct package_look *l, enum package_move move,
		       int code)
{
	if (move == PACKAGE_NOTHING || move == PACKAGE_SILENCE)
		return;
	if (acts(move) || move == PACKAGE_REMIND)
		l->now.kind = session_handed_over(code) ? PACKAGE_KIND_DONE : PACKAGE_KIND_REFUSED;
	l->now.code = code;
	package_note_write(&s->site, &l->now);
}

static int do_move(struct session *s, struct package_look *l, enum package_move move)
{
	int code;

	switch (move) {
	case PACKAGE_NOTHING:
		if (l->facts.runs)
			package_keep(s);
		return 0;
	case PACKAGE_SILENCE: return l->note.code;
	case PACKAGE_HAND_OVER: code = package_hand_over(s, l); break;
	case PACKAGE_GO_BACK: code = package_go_back(s); break;
	case PACKAGE_HEAL: code = package_heal(s, l); break;
	default: code = package_say(s, l, move); break;
	}
	write_note(s, l, move, code);
	return code;
}

/* What one call works with. */
struct update {
	struct session session;
	struct package_found found;
	struct package_look look;
};

/* Looks first without the lock, since mostly there is nothing to do. */
static int look_and_act(struct update *u, const struct settings *settings,
			const struct transaction *t)
{
	struct session *s = &u->session;
	struct package_look *l = &u->look;
	enum package_move move;
	int r;

	if (!package_find(s, settings, &u->found))
		return 0;
	package_look(s, t, l);
	move = package_judge(&l->facts);
	if (acts(move)) {
		session_close_world(s);
		r = session_take(s, "package-update", OTHER_RUN_US);
		if (r)
			return r;
		package_look(s, t, l);
		move = package_judge(&l->facts);
	}
	r = do_move(s, l, move);
	session_end(s);
	return r;
}

static int update(const struct settings *settings, const struct transaction *t)
{
	struct update *u;
	int r;

	if (package_is_for_image() || strcmp(settings->on_package_update, "no") == 0)
		return 0;
	say_hold();
	u = storage_new(sizeof(*u));
	if (!u) {
		say_release();
		return EXIT_FAILED;
	}
	r = look_and_act(u, settings, t);
	free(u);
	return r;
}

/* rpm, and the program that called it, read our output until the last process has closed it. */
static void close_everything(void)
{
	int null = open("/dev/null", O_RDWR);
	long last = sysconf(_SC_OPEN_MAX);
	int fd;

	for (fd = 0; fd < 3 && null >= 0; fd++)
		(void)dup2(null, fd);
	for (fd = 3; fd < (last > 0 && last < 4096 ? last : 4096); fd++)
		(void)close(fd);
}

/* 0: in the background process; else the pid of that, or -errno. */
static pid_t go_to_background(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	(void)setsid();
	(void)!chdir("/");
	close_everything();
	return 0;
}

/* In the background, after the transaction. */
static int update_later(const struct settings *settings, const struct transaction *t)
{
	struct lock_subjects transaction;
	struct lock waiting;
	char holder[160];
	pid_t pid = go_to_background();
	int r;

	if (pid < 0)
		say(SAY_ERROR,
		    "no process can be started: %s. nginx was left as it is; \"nginx-handover upgrade\" hands over",
		    strerror((int)-pid));
	if (pid)
		return pid < 0 ? EXIT_FAILED : 0;
	/* One waiting process is enough: it looks at nginx when the transaction has ended. */
	lock_subjects_init(&transaction);
	(void)lock_on_text(&transaction, "transaction", settings->after_lock);
	if (lock_take(&waiting, &transaction, "package-update", 0, holder, sizeof(holder)) < 0)
		return 0;
	r = lock_await(settings->after_lock, TRANSACTION_US);
	/* The next transaction needs a process of its own. */
	lock_release(&waiting);
	if (r < 0) {
		say(SAY_ERROR,
		    "the transaction that holds the lock %s did not end: %s. Nothing was done. What to do: \"nginx-handover upgrade\" when it has ended",
		    settings->after_lock, strerror(-r));
		return EXIT_FAILED;
	}
	return update(settings, t);
}

int command_package_update(const struct settings *settings)
{
	struct transaction t = transaction_of(getppid());

	return settings->after_lock ? update_later(settings, &t) : update(settings, &t);
}
