/*
 * A master's child that has executed something is told from a worker, at the desk; and a worker
 * that ends from such a one.
 */
#define _GNU_SOURCE
#include "observe_fixture.h"

static void intruders(void)
{
	struct desk_process *worker;

	one_generation();
	worker = desk_start(old, WORKER_TITLE);
	worker->uid = geteuid() + 1;
	desk_write();
	ok(find_world(), "a world");
	look("a worker of another user");
	ok(counts(&facts.old, 3, 0, 0) && !world.intruder.pid, "is a worker");
	done();

	one_generation();
	worker = desk_start(old, WORKER_TITLE);
	worker->uid = geteuid() + 1;
	worker->image = "nginx.new";
	worker->stack++;
	desk_write();
	ok(find_world(), "a world");
	look("one that has executed something");
	ok(counts(&facts.old, 2, 0, 0), "is none");
	same_number(world.intruder.pid, worker->pid, "it is named");
	done();
}

/* Between two reads of it the kernel has taken its memory away; it shows 0 for the address then. */
static void one_that_ends(void)
{
	struct desk_process *worker;

	one_generation();
	worker = desk_start(old, WORKER_TITLE);
	worker->uid = geteuid() + 1;
	worker->stack = 0;
	desk_write();
	ok(find_world(), "a world");
	look("a worker whose stack is no longer shown");
	ok(!world.intruder.pid, "has executed nothing");
	done();

	one_generation();
	worker = desk_start(old, WORKER_TITLE);
	worker->uid = geteuid() + 1;
	worker->stack++;
	desk_write();
	ok(find_world(), "a world");
	look("a worker with another stack");
	same_number(world.intruder.pid, worker->pid, "has executed the same file");
	done();

	one_generation();
	worker = desk_start(old, MASTER_TITLE);
	worker->stack = 0;
	desk_write();
	ok(find_world(), "a world");
	look("a child that ends before it has a title");
	ok(!facts.new.alive && !world.new.subject.process.pid, "is no new master");
	done();
}

int main(void)
{
	desk_open();
	intruders();
	one_that_ends();
	desk_close();
	return tap_end();
}
