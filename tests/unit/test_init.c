/*
 * Which adapter has an nginx: by evidence, whatever the order of the table; and that each function
 * can be called of each. The adapters are played.
 */
#include "init/init.h"
#include "tap.h"

enum { MASTER = 4711 };

static enum init_evidence weak_says, strong_says; /* of any master */
static int opened, closed, attached, concluded;

static enum init_evidence weak_evidence(const char *service, pid_t master)
{
	(void)master;
	return service ? INIT_CALLED : weak_says;
}

static enum init_evidence strong_evidence(const char *service, pid_t master)
{
	(void)service;
	return master == MASTER ? strong_says : INIT_NO;
}

static void conclude(struct init *init, int code)
{
	(void)code;
	concluded += *(int *)init->state == 0;
}

static void open_it(struct init *init)
{
	opened += *(int *)init->state == 0;
}

static void attach(struct init *init, pid_t master)
{
	attached += master == MASTER;
	*(int *)init->state = master;
}

static void close_it(struct init *init)
{
	closed += *(int *)init->state == MASTER;
}

static bool obstacle(struct init *init, pid_t master, char *ret, size_t size)
{
	(void)snprintf(ret, size, init ? "told" : "untold");
	return master == MASTER;
}

static bool is_part(void)
{
	return true;
}

static const struct init_ops weak = {
	.name = "weak",
	.state_size = sizeof(int),
	.evidence = weak_evidence,
	.is_part = is_part,
	.conclude = conclude,
};

static const struct init_ops strong = {
	.name = "strong",
	.state_size = sizeof(int),
	.evidence = strong_evidence,
	.open = open_it,
	.attach = attach,
	.close = close_it,
	.obstacle = obstacle,
};

static const struct init_ops *const one_way[] = {&weak, &strong, NULL};
static const struct init_ops *const other_way[] = {&strong, &weak, NULL};

/* Who has it, of a table in this order. */
static const char *chosen(const struct init_ops *const *among, const char *which,
			  const char *service, pid_t master)
{
	struct init init;
	const char *name;

	must(init_begin_among(&init, among, which, service) == 0, "memory");
	name = master ? init_attach(&init, master)->ops.name : init.ops.name;
	init_close(&init);
	init_end(&init);
	return name;
}

static void both_ways(const char *which, const char *service, pid_t master, const char *want,
		      const char *name)
{
	same_text(chosen(one_way, which, service, master), want, name);
	same_text(chosen(other_way, which, service, master), want, "in the other order, too");
}

static void chooses(void)
{
	weak_says = INIT_NO;
	strong_says = INIT_PARENT;
	both_ways("auto", NULL, 0, "none", "nobody claims anything");
	both_ways("auto", "nginx", 0, "weak", "its script called us");
	both_ways("auto", "nginx", MASTER, "strong", "another is the parent of this master");
	both_ways("auto", "nginx", MASTER + 1, "weak", "but not of that one");
	both_ways("auto", NULL, MASTER, "strong", "nobody called us");
	both_ways("weak", NULL, MASTER, "weak", "--init forces one");
	both_ways("none", "nginx", MASTER, "none", "or none");
	strong_says = INIT_RULES;
	weak_says = INIT_HOLDS;
	both_ways("auto", NULL, MASTER, "weak", "to hold it is more than to rule");
	strong_says = INIT_PARENT;
	both_ways("auto", NULL, MASTER, "strong", "and to be its parent more than that");
}

static void keeps(void)
{
	struct init init;
	struct init *keeper;

	weak_says = INIT_RULES;
	strong_says = INIT_PARENT;
	opened = closed = attached = 0;
	must(init_begin_among(&init, one_way, "auto", "nginx") == 0, "memory");
	ok(init.part, "we are a part of a service");
	keeper = init_attach(&init, MASTER);
	ok(keeper != &init && keeper->part, "another has the master; we are a part all the same");
	same_text(init_service(keeper), "nginx", "it knows who called us");
	same_number(opened, 1, "it is opened with a state of zeros");
	same_number(attached, 1, "and attached");
	ok(init_attach(&init, MASTER) == keeper, "once more it is the same");
	same_number(opened + attached, 3, "attached, and not opened again");
	init.ops.conclude(&init, 0);
	same_number(concluded, 1, "who called us keeps its own state");
	init_close(&init);
	same_number(closed, 1, "the keeper is closed");
	keeper = init_attach(&init, MASTER);
	same_number(opened, 2, "the next session opens it anew");
	ok(init_attach(&init, MASTER + 1) == &init, "another master is not its own");
	init_close(&init);
	init_end(&init);
	same_number(closed, 2, "nothing is left open");
}

static void tells_what_is_in_the_way(void)
{
	struct init init;
	char text[32] = "";

	weak_says = INIT_RULES;
	must(init_begin_among(&init, one_way, "weak", NULL) == 0, "memory");
	ok(init_obstacle(&init, MASTER, text, sizeof(text)), "one that is told nothing");
	same_text(text, "untold", "is asked");
	ok(!init_obstacle(&init, MASTER + 1, text, sizeof(text)), "it may have nothing to say");
	init_end(&init);
	must(init_begin_among(&init, one_way, "none", NULL) == 0, "memory");
	ok(init_obstacle(&init, MASTER, text, sizeof(text)), "where nobody is told anything, too");
	init_end(&init);
	must(init_begin_among(&init, one_way, "strong", NULL) == 0, "memory");
	ok(init_obstacle(&init, MASTER, text, sizeof(text)), "one that is told");
	same_text(text, "told", "speaks for itself");
	init_end(&init);
}

/* From `evidence` on there is nothing but pointers to functions. */
static void is_complete(const char *which)
{
	typedef void any_fn(void);
	struct init init;
	size_t at = offsetof(struct init_ops, evidence);
	unsigned missing = 0;

	must(init_begin(&init, which, "nginx") == 0, "memory");
	same_text(init.ops.name, which, "an adapter by its name");
	for (; at < sizeof(init.ops); at += sizeof(any_fn *)) {
		any_fn *function;

		memcpy(&function, (const char *)&init.ops + at, sizeof(function));
		missing += !function;
	}
	same_number(missing, 0, "has every function");
	init_end(&init);
}

int main(void)
{
	chooses();
	keeps();
	tells_what_is_in_the_way();
#define COMPLETE(name) is_complete(#name);
	INIT_ADAPTERS(COMPLETE)
	is_complete("none");
	return tap_end();
}
