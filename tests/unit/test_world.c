/* Which world is found behind a pid file, why there is none, and what becomes of it after QUIT. */
#define _GNU_SOURCE
#include "core/observe.h"
#include "desk_fixture.h"

static struct world world;

static void done(void)
{
	world_close(&world);
	desk_empty();
}

static void pid_file_says(const char *text, enum pid_file_found want, const char *name)
{
	struct world_found found;

	one_generation();
	(void)folder_file("nginx.pid", text, strlen(text), 0644);
	ok(!desk_world(&world, &found), name);
	same_number(found.pid_file, want, "the pid file is to blame");
	done();
}

static void master_is(const char *title, const char *image, enum master_found want,
		      const char *name)
{
	struct world_found found;

	one_generation();
	old->title = title;
	old->image = image;
	desk_write();
	ok(!desk_world(&world, &found), name);
	same_number(found.master, want, "the process is to blame");
	same_number(found.pid, old->pid, "which is named");
	done();
}

static void no_world(void)
{
	struct world_found found;

	pid_file_says("", PID_FILE_IS_EMPTY, "an empty pid file");
	pid_file_says("x\n", PID_FILE_NO_NUMBER, "no number");
	ok(!desk_world(&world, &found), "no pid file");
	same_number(found.pid_file, PID_FILE_IS_MISSING, "is missing");
	world_close(&world);
	master_is("/usr/bin/other", "nginx", MASTER_STARTING, "an nginx without its title");
	master_is(WORKER_TITLE, "nginx", MASTER_OTHER, "a worker's number");
	(void)folder_file("writable", "x", 1, 0666);
	must(chmod(folder_path("writable"), 0666) == 0, "chmod");
	master_is(MASTER_TITLE, "writable", MASTER_IMAGE, "a binary that all can write");
	one_generation();
	desk_end(old);
	ok(!desk_world(&world, &found), "a number of nobody");
	same_number(found.master, MASTER_GONE, "is gone");
	done();
}

static void kept_new(void)
{
	struct world_found found;
	struct facts facts;

	two_generations();
	ok(desk_world(&world, &found), "a world");
	desk_write();
	ok(world_keep_new(&world), "only the new one is looked at from here on");
	same_number(observe(&world, &facts), 0, "its world");
	ok(facts.old.alive && facts.old.accepting == 1 && !facts.new.alive, "holds one generation");
	same_number(facts.pid_file, PID_FILE_OLD, "its pid file");
	ok(!world_keep_new(&world), "there is no newer one");
	done();
}

int main(void)
{
	desk_open();
	no_world();
	kept_new();
	desk_close();
	return tap_end();
}
