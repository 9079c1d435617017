/* What a hook has to do about what it finds. Pure. */
#include <stddef.h>

#include "core/package.h"

bool package_ended_it(const struct package_down *d)
{
	if (!d->file || d->forbidden)
		return false;
	if (d->unit_known)
		return d->unit_failed && (d->seen_serving ||
					  (d->replaced_us && d->active_until_us >= d->replaced_us));
	return d->seen_serving || (d->left_us && d->left_us < d->replaced_us);
}

static enum package_move judge_down(const struct package_facts *f)
{
	if (!package_ended_it(&f->down))
		return PACKAGE_NOTHING;
	/* A start was tried, or this was said, since a hook has last seen it serve. */
	if (f->noted && f->same && f->told && !f->down.seen_serving)
		return PACKAGE_SILENCE;
	return f->may_act ? PACKAGE_HEAL : PACKAGE_TELL_DOWN;
}

/* What was said about these files is not said again. */
static enum package_move say_once(const struct package_facts *f, enum package_move move)
{
	return f->noted && f->same && f->told ? PACKAGE_SILENCE : move;
}

/* What was refused for these files is not tried again. */
static enum package_move try_once(const struct package_facts *f, enum package_move move)
{
	if (!f->noted || !f->refused || f->retry)
		return move;
	return f->same ? PACKAGE_SILENCE : PACKAGE_REMIND;
}

static enum package_move judge_due(const struct package_facts *f)
{
	if (!f->may_act || !(f->due_nginx || f->libraries))
		return say_once(f, PACKAGE_REPORT);
	if (f->not_ours)
		return say_once(f, PACKAGE_LEAVE);
	if (f->is_transaction && f->handed_over)
		return say_once(f, PACKAGE_REPORT_2ND);
	return try_once(f, PACKAGE_HAND_OVER);
}

static enum package_move judge_broken(const struct package_facts *f)
{
	if (f->may_act && !f->not_ours && f->kept && !f->drains)
		return try_once(f, PACKAGE_GO_BACK);
	return say_once(f, PACKAGE_TELL);
}

enum package_move package_judge(const struct package_facts *f)
{
	/* A replaced library matters less than a service that serves nobody. */
	bool due = f->due_nginx || (f->due_library && f->serves);

	if (f->unknown)
		return say_once(f, PACKAGE_HAND_OVER);
	if (f->unfinished)
		return say_once(f, PACKAGE_UNFINISHED);
	if (!f->runs)
		return judge_down(f);
	if (f->drains && f->serves && !due)
		return f->is_transaction && f->handed_over ? PACKAGE_SILENCE : PACKAGE_DRAINS;
	if (due)
		return judge_due(f);
	return f->serves ? PACKAGE_NOTHING : judge_broken(f);
}

const char *package_move_word(enum package_move move)
{
	static const char *const words[] = {
#define PACKAGE_MOVE_WORD(name, word) word,
		PACKAGE_MOVES(PACKAGE_MOVE_WORD)
#undef PACKAGE_MOVE_WORD
	};

	return (size_t)move < PACKAGE_MOVE_COUNT ? words[move] : "";
}
