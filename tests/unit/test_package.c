/* What the hook of a package does about what it finds. */
#include <string.h>

#include "core/package.h"
#include "tap.h"

static struct package_facts f;

static void fresh(void)
{
	memset(&f, 0, sizeof(f));
	f.may_act = true;
	f.runs = true;
	f.serves = true;
}

/* "nginx is replaced", and nobody has noted anything. */
static void due(void)
{
	fresh();
	f.due_nginx = true;
}

static void judged(const char *want, const char *what)
{
	same_text(package_move_word(package_judge(&f)), want, what);
}

static void of_one_that_serves(void)
{
	fresh();
	judged("nothing", "it runs what is installed");
	due();
	judged("hand_over", "nginx was replaced");
	fresh();
	f.due_library = true;
	judged("report", "a library was replaced");
	f.libraries = true;
	judged("hand_over", "the same with ON_PACKAGE_UPDATE=upgrade");
	due();
	f.may_act = false;
	judged("report", "nginx was replaced, ON_PACKAGE_UPDATE=report");
	due();
	f.not_ours = true;
	judged("leave", "masked, or started by hand");
	fresh();
	f.unfinished = true;
	judged("unfinished", "two generations");
	fresh();
	f.drains = true;
	judged("drains", "handed over by somebody, and the old one drains");
	f.is_transaction = f.handed_over = true;
	judged("silence", "by a hook of this transaction, which has said so");
	fresh();
	f.runs = false;
	f.unknown = true;
	judged("hand_over", "something is wrong: the upgrade says what");
}

static void refused(void)
{
	due();
	f.noted = f.told = f.refused = true;
}

static void once_in_a_transaction(void)
{
	refused();
	f.same = true;
	judged("silence", "these files were refused in this transaction");
	f.same = false;
	judged("remind", "in an earlier one");
	refused();
	f.noted = false;
	f.same = true;
	judged("hand_over", "other files were refused in this transaction");
	refused();
	f.same = f.retry = true;
	judged("hand_over", "the configuration was refused, and has changed since");
	due();
	f.noted = f.told = f.same = true;
	judged("hand_over", "it was only reported");
	f.may_act = false;
	judged("silence", "and is not reported twice");
	f.same = false;
	judged("report", "but in another transaction it is");
	due();
	f.is_transaction = f.same = f.handed_over = true;
	judged("report_2nd", "no second handover in one transaction");
	f.is_transaction = f.handed_over = false;
	judged("hand_over", "where it is not known which transaction this is, there is");
	fresh();
	f.runs = f.serves = false;
	f.unknown = f.noted = f.told = f.same = true;
	judged("silence", "what is wrong was told");
}

static void of_one_that_serves_nobody(void)
{
	fresh();
	f.serves = false;
	judged("tell", "nothing is kept");
	f.kept = true;
	judged("go_back", "a build that served is kept");
	f.may_act = false;
	judged("tell", "ON_PACKAGE_UPDATE=report");
	f.may_act = true;
	f.not_ours = true;
	judged("tell", "a masked unit");
	f.not_ours = false;
	f.drains = true;
	judged("tell", "while an old master drains there is no way back");
	f.drains = false;
	f.noted = f.told = f.refused = f.same = true;
	judged("silence", "the way back has failed in this transaction");
	due();
	f.serves = false;
	f.kept = true;
	judged("hand_over", "another file is installed: that may help");
}

static void down(void)
{
	fresh();
	f.runs = f.serves = false;
	f.down.file = true;
	f.down.replaced_us = 1000;
}

static void of_one_that_does_not_run(void)
{
	down();
	judged("nothing", "no evidence");
	f.down.unit_known = f.down.unit_failed = true;
	f.down.active_until_us = 1000;
	judged("heal", "its unit failed after the file came");
	f.down.active_until_us = 999;
	judged("nothing", "its unit had failed before the file came");
	f.down.active_until_us = 0;
	judged("nothing", "its unit was not active since the boot");
	f.down.active_until_us = 2000;
	f.down.unit_failed = false;
	judged("nothing", "its unit was stopped");
	f.down.seen_serving = true;
	judged("nothing", "also where a hook has seen it serve");
	f.down.active_until_us = 0;
	f.down.unit_failed = true;
	judged("heal", "failed, and a hook of this transaction has seen it serve");
	f.down.forbidden = true;
	judged("nothing", "masked");
	f.down.forbidden = false;
	f.down.file = false;
	judged("nothing", "removed");
	f.down.file = true;
	f.may_act = false;
	judged("tell_down", "ON_PACKAGE_UPDATE=report");
	f.noted = f.told = f.same = true;
	f.down.seen_serving = false;
	f.down.active_until_us = 2000;
	judged("silence", "and once");
}

static void without_a_unit(void)
{
	down();
	f.down.left_us = 999;
	judged("heal", "the lock of its init script is left, and older than the file");
	f.down.left_us = 1000;
	judged("nothing", "not older");
	f.down.left_us = 999;
	f.down.replaced_us = 0;
	judged("nothing", "when the file came is not known");
	down();
	f.down.seen_serving = true;
	judged("heal", "a hook of this transaction has seen it serve");
	f.noted = f.told = f.refused = f.same = true;
	judged("heal", "also where it refused these files");
	f.down.seen_serving = false;
	f.down.left_us = 999;
	judged("silence", "it could not be started in this transaction");
}

int main(void)
{
	of_one_that_serves();
	once_in_a_transaction();
	of_one_that_serves_nobody();
	of_one_that_does_not_run();
	without_a_unit();
	return tap_end();
}
