/*
 * package-update: what the hooks of packages call when everything is in place, and in the place of
 * a package's own upgrade. It does nothing that nobody wants done at the back of an installation,
 * says one line about what it did, and that once in a transaction, however many hooks call it. In
 * the middle of a transaction of an old rpm it waits for its end, in the background.
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
#include "commands/package_policy.h"
#include "os/duration.h"
#include "ui/say.h"

/* How long a transaction may take, and how long another run that it has started (its own scripts
 * upgrade, or reload). */
#define TRANSACTION_US (3600ull * USEC_PER_SEC)
#define OTHER_RUN_US   (120u * USEC_PER_SEC)

/* These need the lock, and a look while it is held: who was waited for may have done it. */
static bool acts(enum package_move move)
{
	return move == PACKAGE_HAND_OVER || move == PACKAGE_GO_BACK || move == PACKAGE_HEAL;
}

/* What is noted for the hooks that come after this one. */
static void note(const struct session *s, struct package_look *l, enum package_move move, int code)
{
	if (move == PACKAGE_NOTHING || move == PACKAGE_SILENCE)
		return;
	if (acts(move) || move == PACKAGE_REMIND)
		l->now.kind = session_handed_over(code) ? PACKAGE_KIND_DONE : PACKAGE_KIND_REFUSED;
	l->now.code = code;
	package_note_write(&s->site, &l->now);
}

static int do_it(struct session *s, struct package_look *l, enum package_move move)
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
	note(s, l, move, code);
	return code;
}

/* Once without a lock, since mostly nothing is to be done; and then as the one that is at work. */
static int update(const struct settings *settings, const struct transaction *t)
{
	static struct session s;
	static struct settings found;
	static struct package_look l;
	enum package_move move;
	int r;

	if (package_is_for_image() || strcmp(settings->on_package_update, "no") == 0)
		return 0;
	say_hold();
	if (!package_find(&s, settings, &found))
		return 0;
	package_look(&s, t, &l);
	move = package_judge(&l.facts);
	if (acts(move)) {
		session_close_world(&s);
		r = session_take(&s, "package-update", OTHER_RUN_US);
		if (r)
			return r;
		package_look(&s, t, &l);
		move = package_judge(&l.facts);
	}
	r = do_it(&s, &l, move);
	session_end(&s);
	return r;
}

/* rpm, and what called it, read its output to the end of the last process that has it. */
static void let_go_of_everything(void)
{
	int null = open("/dev/null", O_RDWR);
	long last = sysconf(_SC_OPEN_MAX);
	int fd;

	for (fd = 0; fd < 3 && null >= 0; fd++)
		(void)dup2(null, fd);
	for (fd = 3; fd < (last > 0 && last < 4096 ? last : 4096); fd++)
		(void)close(fd);
}

/* 0 in the process that goes on, else its pid, or -errno. */
static pid_t go_to_background(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	(void)setsid();
	(void)!chdir("/");
	let_go_of_everything();
	return 0;
}

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
		return pid < 0;
	/* One is enough: it looks when the transaction has ended. */
	lock_subjects_init(&transaction);
	(void)lock_on_text(&transaction, "transaction", settings->after_lock);
	if (lock_take(&waiting, &transaction, "package-update", 0, holder, sizeof(holder)) < 0)
		return 0;
	r = lock_await(settings->after_lock, TRANSACTION_US);
	/* From here on a new one waits for what comes next. */
	lock_release(&waiting);
	if (r < 0) {
		say(SAY_ERROR,
		    "the transaction that holds %s did not come to an end: %s. Nothing was done",
		    settings->after_lock, strerror(-r));
		return 1;
	}
	return update(settings, t);
}

int command_package_update(const struct settings *settings)
{
	struct transaction t = transaction_of(getppid());

	return settings->after_lock ? update_later(settings, &t) : update(settings, &t);
}
