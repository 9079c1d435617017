/*
 * Limits that a master is given before it forks its next generation: which are raised and how far,
 * that nothing is lowered, and that a real process gets them, and gets back what it had.
 */
#define _GNU_SOURCE
#include "core/raise.h"
#include "os/compat.h"
#include "subject_fixture.h"

static struct limits has;
static struct init_limits wanted;
static struct raise plan;

static void fresh(void)
{
	memset(&has, 0, sizeof(has));
	memset(&wanted, 0, sizeof(wanted));
	wanted.exact = true;
	(void)snprintf(wanted.source, sizeof(wanted.source), "nginx.service");
}

static struct limit of(uint64_t soft, uint64_t hard)
{
	struct limit l = {true, soft, hard};

	return l;
}

/* NOFILE alone: what becomes of it. */
static void planned(struct limit before, struct limit then, struct limit after, const char *name)
{
	fresh();
	has.of[RLIMIT_NOFILE] = before;
	wanted.limits.of[RLIMIT_NOFILE] = then;
	raise_plan(&has, &wanted, &plan);
	same_number(plan.count, 1, name);
	ok(plan.list[0].after.soft == after.soft && plan.list[0].after.hard == after.hard, name);
}

static void plans(void)
{
	planned(of(1024, 4096), of(2048, 2048), of(2048, 4096),
		"the soft limit alone, where the hard one allows it");
	planned(of(1024, 4096), of(65536, 65536), of(65536, 65536), "both, where it does not");
	planned(of(1024, 4096), of(1024, 524288), of(1024, 524288), "the hard one alone");
	planned(of(1024, 4096), of(LIMIT_NONE, LIMIT_NONE), of(LIMIT_NONE, LIMIT_NONE), "no limit");
	planned(of(65536, 65536), of(1024, 4096), of(65536, 65536), "nothing is lowered");
	planned(of(4096, 4096), of(1024, 65536), of(4096, 65536),
		"the one is raised, the other is left");
	planned(of(LIMIT_NONE, LIMIT_NONE), of(1024, 4096), of(LIMIT_NONE, LIMIT_NONE),
		"nor from no limit");
}

static void what_counts(void)
{
	struct limits next;

	fresh();
	has.of[RLIMIT_NOFILE] = of(1024, 4096);
	wanted.limits.of[RLIMIT_NOFILE] = of(1024, 4096);
	has.of[RLIMIT_CORE] = of(0, LIMIT_NONE);
	wanted.limits.of[RLIMIT_CORE] = of(LIMIT_NONE, LIMIT_NONE);
	has.of[RLIMIT_MEMLOCK] = of(8192, 8192);
	wanted.limits.of[RLIMIT_MEMLOCK] = of(4096, 4096);
	wanted.limits.of[RLIMIT_NPROC] = of(100, 100);
	has.of[RLIMIT_NICE] = of(0, 0);
	raise_plan(&has, &wanted, &plan);
	same_number(plan.count, 2,
		    "what is the same, or not known of one of them, is no difference");
	same_number(raise_count(&plan), 1, "and one of the two is raised");
	same_text(plan.source, "nginx.service", "by whose word");
	raise_next(&plan, &next);
	ok(next.of[RLIMIT_CORE].known && next.of[RLIMIT_CORE].soft == LIMIT_NONE &&
		   !next.of[RLIMIT_MEMLOCK].known && !next.of[RLIMIT_NOFILE].known,
	   "a test of the configuration has that one alone");
	wanted.exact = false;
	raise_plan(&has, &wanted, &plan);
	same_number(plan.count, 1, "a lower one of a shell is nobody's will");
	same_text(limit_name(RLIMIT_NOFILE), "NOFILE", "the name of a limit");
	same_text(limit_name(RLIMIT_RTTIME), "RTTIME", "and of the last");
}

static void lowered(void)
{
	const struct rlimit low = {200, 300};

	if (setrlimit(RLIMIT_NOFILE, &low) < 0)
		_exit(126);
}

static void lowered_user(void)
{
	lowered();
	be(SOME_USER, SOME_USER, SOME_USER);
}

static struct limit now(const struct player *p)
{
	struct limits l;

	limits_of(p->pid, &l);
	return l.of[RLIMIT_NOFILE];
}

static void is_now(const struct player *p, uint64_t soft, uint64_t hard, const char *name)
{
	struct limit l = now(p);

	ok(l.known && l.soft == soft && l.hard == hard, name);
}

enum { SYS_RESOURCE = 24 };

static bool may_raise(bool wish)
{
	struct capabilities caps;

	must(compat_capget(&caps) == 0, "capget");
	if (!(caps.permitted >> SYS_RESOURCE & 1))
		return false;
	caps.effective &= ~(1ull << SYS_RESOURCE);
	caps.effective |= (uint64_t)wish << SYS_RESOURCE;
	must(compat_capset(&caps) == 0, "capset");
	return wish;
}

static void plan_for(const struct player *p, struct limit then)
{
	fresh();
	limits_of(p->pid, &has);
	wanted.limits.of[RLIMIT_NOFILE] = then;
	raise_plan(&has, &wanted, &plan);
}

static struct subject look(const struct player *p)
{
	static const struct believed root_alone = {0, NO_USER, NO_GROUP};
	struct distrust why;
	struct subject s;

	must(subject_look(p->pid, &root_alone, &s, &why) == 0, "a master");
	return s;
}

static void raised_by(const struct player *p, const struct subject *s, struct limit then,
		      const char *name)
{
	plan_for(p, then);
	ok(raise_apply(&plan, s) && plan.list[0].error == 0, name);
	is_now(p, then.soft, then.hard, "it has the limits that were wanted");
	ok(!raise_apply(&plan, s), "they are raised once");
	ok(raise_undo(&plan, s) && plan.undo_error == 0, "and put back");
	is_now(p, 200, 300, "it has what it had");
	ok(!raise_undo(&plan, s), "once, too");
}

/* What is refused where the hard limit may not be raised. */
static void refused(const struct player *p, const struct subject *s)
{
	(void)may_raise(false);
	plan_for(p, of(500, 600));
	ok(raise_apply(&plan, s), "without CAP_SYS_RESOURCE it is tried");
	same_number(plan.list[0].error, -EPERM, "the hard limit is refused");
	is_now(p, 300, 300, "and the soft one goes up to it");
	ok(plan.list[0].after.soft == 300 && plan.list[0].after.hard == 300,
	   "which is what is told");
	ok(raise_undo(&plan, s) && plan.undo_error == 0, "it is undone");
	is_now(p, 200, 300, "as it was");
	plan_for(p, of(200, 600));
	(void)raise_apply(&plan, s);
	ok(!raise_is_more(&plan.list[0]) && plan.list[0].error == -EPERM,
	   "the hard limit alone: nothing is raised, and that is known");
	is_now(p, 200, 300, "as before");
	(void)may_raise(true);
}

static void real(before_fn *before, const char *whose)
{
	struct player p = started(copy("plain", 0, 0, 0755), "wait", before);
	struct subject s = look(&p);

	/* Root that may raise nothing may not even lower what is another user's. */
	if (before != lowered && !may_raise(true)) {
		plan_for(&p, of(250, 300));
		ok(raise_apply(&plan, &s) && plan.list[0].error == -EPERM, "a user's is refused");
		ok(!raise_undo(&plan, &s), "and nothing has to be put back");
		finish(&p);
		subject_close(&s);
		return;
	}
	if (before == lowered) {
		raised_by(&p, &s, of(250, 300), whose);
		refused(&p, &s);
	}
	if (may_raise(true))
		raised_by(&p, &s, of(500, 600), whose);
	plan_for(&p, of(250, 300));
	(void)raise_apply(&plan, &s);
	finish(&p);
	ok(raise_undo(&plan, &s) && plan.undo_error == -ESRCH, "nothing is put back of the dead");
	subject_close(&s);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		play(argv[1]);
	plans();
	what_counts();
	if (must_be_root())
		return tap_end();
	folder_open();
	must(chmod(folder, 0755) == 0, folder);
	real(lowered, "a master of root");
	real(lowered_user, "a master of a user");
	folder_close();
	return tap_end();
}
