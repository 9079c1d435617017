/*
 * A look of which one read fails, each in turn: it shows the truth all the same, or is no look.
 * Nobody is dead, without workers, or miscounted because a read failed; and the next look, of which
 * none fails, shows the truth.
 */
#define _GNU_SOURCE
#include "core/observe.h"
#include "core/trace.h"
#include "core/world.h"
#include "desk_fixture.h"
#include "failing_calls.h"

enum { TOLD = 3 }; /* so many of a kind are told */

static const int errors[] = {EIO, ENOMEM, EACCES, EMFILE, ENFILE, EPERM};

enum { ERRORS = sizeof(errors) / sizeof(errors[0]), CALLS_MAX = 5000 };

static struct world world;

static bool same_facts(const struct facts *a, const struct facts *b, const char **ret_differs)
{
	static struct trace_round x, y;
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t i;

	x.facts = *a;
	y.facts = *b;
	for (i = 0; i < count; i++) {
		if (fields[i].section == TRACE_SEEN &&
		    trace_get(&x, &fields[i]) != trace_get(&y, &fields[i])) {
			*ret_differs = fields[i].name;
			return false;
		}
	}
	return true;
}

static void old_alone(void)
{
	one_generation();
}

static void a_new_one_comes(void)
{
	struct desk_process *child;

	one_generation();
	child = desk_start(old, "/usr/sbin/nginx");
	child->environ = "NGINX=6;7;";
	child->stack++;
	child->image = "nginx.new";
	child->blocked = ~0ull;
	desk_pid_file("nginx.pid.oldbin", old->pid);
}

static void one_starts_one_leaves(void)
{
	one_generation();
	(void)desk_start(old, MASTER_TITLE);
	(void)desk_start(old, LEAVING_TITLE);
}

static void shifted(void)
{
	size_t i;

	two_generations();
	for (i = 0; i < DESK_MAX; i++) {
		if (desk.list[i].parent == old->pid && desk.list[i].pid != new->pid)
			desk.list[i].title = LEAVING_TITLE;
	}
}

static void an_intruder(void)
{
	struct desk_process *worker;

	one_generation();
	worker = desk_start(old, WORKER_TITLE);
	worker->uid = geteuid() + 1;
	worker->image = "nginx.new";
	worker->stack++;
}

static void without_lists(void)
{
	desk.no_lists = true;
	two_generations();
}

static const struct scene {
	const char *name;
	void (*set)(void);
} scenes[] = {
	{"one generation", old_alone},
	{"two generations", two_generations},
	{"a new master comes", a_new_one_comes},
	{"workers that start and leave", one_starts_one_leaves},
	{"the new generation serves alone", shifted},
	{"a worker that executes something", an_intruder},
	{"Linux before 3.5", without_lists},
};

enum { SCENES = sizeof(scenes) / sizeof(scenes[0]) };

static void open_world(void)
{
	struct world_found found;

	must(desk_world(&world, &found), "the desk's world");
	world.resumed = true;
	must(file_id_of(folder_path("nginx"), &world.wanted) == 0, "nginx");
}

static void *nothing(void)
{
	static struct facts untouched;

	memset(&untouched, 0x5a, sizeof(untouched));
	return &untouched;
}

static void tell(unsigned wrong, int error, const char *what, const char *which)
{
	if (wrong <= TOLD)
		printf("# %s %s: %s: %s %s\n", calls.call, calls.what, strerror(error), what,
		       which);
}

/* Whom root may not trace (proc(5)) it may not look into: that is an answer, and no failure. */
static bool is_answer(int error)
{
	static const char *const files[] = {"/exe",    "/environ", "/auxv",
					    "/status", "/ns/pid",  "/ns/user"};
	size_t length = strlen(calls.what);
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t n = strlen(files[i]);

		if (length > n && strcmp(calls.what + length - n, files[i]) == 0)
			return error == EACCES || error == EPERM;
	}
	return false;
}

/* False when nothing fails any more: all calls have been gone through. */
static bool look_fails_at(unsigned number, int error, const struct facts truth[2], unsigned *wrong)
{
	struct facts got;
	const char *differs = "";
	int r;

	open_world();
	memcpy(&got, nothing(), sizeof(got));
	call_fails(number, error);
	r = observe(&world, &got);
	calls_as_ever();
	if (calls.failed && is_answer(error)) {
		world_close(&world);
		return true;
	}
	if (calls.failed && r >= 0 && !same_facts(&got, &truth[0], &differs)) {
		tell(++*wrong, error, "observe() is 0, and not so is", differs);
	}
	if (r < 0 && (r == -ESRCH || r == -ENOENT || memcmp(&got, nothing(), sizeof(got)) != 0)) {
		tell(++*wrong, error, "observe() tells facts, or says that it is gone", "");
	}
	r = calls.failed ? observe(&world, &got) : 0;
	if (calls.failed &&
	    (r < 0 || !same_facts(&got, &truth[calls.failed && r == 0 ? 1 : 0], &differs))) {
		tell(++*wrong, error, "in the look after it not so is", differs);
	}
	world_close(&world);
	return calls.failed;
}

static void each_read_of(const struct scene *scene)
{
	struct facts truth[2];
	unsigned calls_made = 0;
	char name[200];
	size_t i;

	scene->set();
	desk_write();
	open_world();
	must(observe(&world, &truth[0]) == 0 && observe(&world, &truth[1]) == 0, "two looks");
	world_close(&world);
	for (i = 0; i < ERRORS; i++) {
		unsigned wrong = 0;
		unsigned n = 0;

		while (n < CALLS_MAX && look_fails_at(n, errors[i], truth, &wrong))
			n++;
		calls_made = n;
		(void)snprintf(name, sizeof(name), "%s: each of its reads fails with %s",
			       scene->name, strerror(errors[i]));
		same_number(wrong, 0, name);
	}
	printf("# %s: %u calls\n", scene->name, calls_made);
	ok(calls_made > 20 && calls_made < CALLS_MAX, "they were gone through");
	desk_empty();
}

/* What a world may not be found to be because a read failed. */
static bool is_honest(bool opened, const struct world_found *found)
{
	if (opened)
		return world.old.subject.process.pid == old->pid &&
		       world.new.subject.process.pid == (new ? new->pid : 0);
	return found->pid_file == PID_FILE_UNREADABLE || found->pid_file == PID_FILE_WRITABLE ||
	       (found->pid_file == PID_FILE_OK &&
		(found->master == MASTER_UNREADABLE || found->master == MASTER_NO_PERMISSION ||
		 found->master == MASTER_IMAGE));
}

static const char *outcome(bool opened, const struct world_found *found)
{
	static char text[100];

	(void)snprintf(text, sizeof(text), "%s, pid file %u, master %u",
		       opened ? "opened" : "refused", (unsigned)found->pid_file,
		       (unsigned)found->master);
	return text;
}

static void each_read_of_opening(const struct scene *scene)
{
	const struct believed root_alone = {0, NO_USER, NO_GROUP};
	char name[200];
	size_t i;

	new = NULL;
	scene->set();
	desk_write();
	for (i = 0; i < ERRORS; i++) {
		unsigned wrong = 0;
		unsigned n = 0;

		do {
			struct world_found found;
			bool opened;

			call_fails(n, errors[i]);
			opened = world_open(&world, desk.pid_path, &root_alone, &found);
			calls_as_ever();
			if (!is_honest(opened, &found) && !(opened && is_answer(errors[i]))) {
				tell(++wrong, errors[i],
				     "the world is not so:", outcome(opened, &found));
			}
			world_close(&world);
		} while (calls.failed && ++n < CALLS_MAX);
		(void)snprintf(name, sizeof(name), "%s is looked for: each read fails with %s",
			       scene->name, strerror(errors[i]));
		same_number(wrong, 0, name);
		ok(n > 20, "they were gone through");
	}
	desk_empty();
}

static void each_read_of_a_master(void)
{
	const struct believed root_alone = {0, NO_USER, NO_GROUP};
	size_t i;

	one_generation();
	for (i = 0; i < ERRORS; i++) {
		unsigned wrong = 0;
		unsigned n = 0;

		do {
			enum master_found found;
			struct distrust why;
			struct master m;

			call_fails(n, errors[i]);
			found = master_look(old->pid, &root_alone, &m, &why);
			calls_as_ever();
			if (found == MASTER_OK) {
				wrong += m.subject.process.pid != old->pid ||
					 strcmp(m.arguments.argv0, "/usr/sbin/nginx") != 0;
				master_close(&m);
			} else if (found != MASTER_UNREADABLE && found != MASTER_NO_PERMISSION &&
				   found != MASTER_IMAGE) {
				tell(++wrong, errors[i], "the master is not so", "");
			}
		} while (calls.failed && ++n < CALLS_MAX);
		same_number(wrong, 0, "a master is looked at, and each read fails");
		ok(n > 10, "they were gone through");
	}
	desk_empty();
}

/* A file that holds nonsense, or that has been cut, is no look either. */
static void garbage(pid_t pid, const char *file, const char *text, const char *name)
{
	struct facts truth, got;
	const char *differs = "";
	int r;

	open_world();
	must(observe(&world, &truth) == 0, "a look");
	desk_text(pid, file, text);
	r = observe(&world, &got);
	ok(r < 0 || same_facts(&got, &truth, &differs), name);
	if (r >= 0 && *differs)
		printf("# %s is not so\n", differs);
	world_close(&world);
	desk_write();
}

static void files_of_nonsense(void)
{
	static const char *const texts[] = {"", "x", "1 (nginx", "State:\tS\n"};
	pid_t worker;
	size_t i;

	two_generations();
	worker = desk.list[1].pid;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		garbage(old->pid, "stat", texts[i], "stat of the old master");
		garbage(old->pid, "status", texts[i], "status of the old master");
		garbage(new->pid, "stat", texts[i], "stat of the new master");
		garbage(new->pid, "status", texts[i], "status of the new master");
		garbage(worker, "stat", texts[i], "stat of a worker");
		garbage(worker, "status", texts[i], "status of a worker");
	}
	garbage(worker, "cmdline", "", "an empty title, as while it is being executed");
	desk_empty();
}

/* ENOENT is the one word for "gone": of a worker that goes while it is looked at. */
static void goes_while_it_is_looked_at(void)
{
	static const char *const files[] = {"stat", "cmdline", "exe", "status"};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct facts got;

		one_generation();
		open_world();
		must(observe(&world, &got) == 0, "a look");
		(void)unlink(folder_path(desk_name(desk.list[1].pid, files[i])));
		same_number(observe(&world, &got), 0, files[i]);
		ok(got.old.alive && (got.old.accepting == 1 || got.old.accepting == 2),
		   "the rest is seen");
		world_close(&world);
		desk_empty();
	}
}

int main(void)
{
	size_t i;

	desk_open();
	for (i = 0; i < SCENES; i++)
		each_read_of(&scenes[i]);
	each_read_of_opening(&scenes[0]);
	each_read_of_opening(&scenes[1]);
	each_read_of_a_master();
	files_of_nonsense();
	goes_while_it_is_looked_at();
	desk_close();
	return tap_end();
}
