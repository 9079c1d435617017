/*
 * What observe() makes of what /proc and the pid files say, at the desk: masters and workers that
 * come, turn, leave, die and are orphaned.
 */
#define _GNU_SOURCE
#include "core/observe.h"
#include "core/worker_list.h"
#include "core/world.h"
#include "observe_fixture.h"

static void alone(void)
{
	one_generation();
	ok(find_world(), "a world");
	ok(world.old.subject.process.pid == old->pid && !world.new.subject.process.pid,
	   "the one master is the old one");
	look("one generation");
	ok(facts.old.alive && facts.old.idle && counts(&facts.old, 2, 0, 0), "two workers");
	ok(!facts.new.alive && !facts.old.orphans && !facts.old.deaths, "and nothing else");
	same_number(facts.pid_file, PID_FILE_OLD, "it is the one of the pid file");
	ok(!facts.oldbin && !facts.closing && !facts.wrong_image && !facts.behind && !facts.clings,
	   "no handover is under way");
	ok(facts.binary_is_old && facts.binary_installed, "its binary is at the path");
	ok(!world_unfinished(&facts), "nothing is unfinished");
	desk_pid_file("nginx.pid", 1);
	look("another's pid file");
	same_number(facts.pid_file, PID_FILE_OTHER, "is told");
	(void)folder_file("nginx.pid", "", 0, 0644);
	look("an empty pid file");
	same_number(facts.pid_file, PID_FILE_EMPTY, "is told");
	(void)unlink(desk.pid_path);
	look("no pid file");
	same_number(facts.pid_file, PID_FILE_MISSING, "is told");
	done();
}

/* Idle is: asleep, with no signal pending and none blocked. */
static void idle(void)
{
	one_generation();
	ok(find_world(), "a world");
	old->state = 'R';
	look("a master that runs");
	ok(facts.old.alive && !facts.old.idle, "is not idle");
	old->state = 'S';
	old->pending = SIGNAL_BIT(SIGHUP);
	look("a signal that waits");
	ok(!facts.old.idle, "is not idle");
	old->pending = 0;
	old->blocked = SIGNAL_BIT(SIGHUP);
	look("signals blocked");
	ok(!facts.old.idle, "is not idle");
	old->blocked = 0;
	look("in its loop");
	ok(facts.old.idle, "is idle");
	done();
}

static void what_workers_are(void)
{
	struct desk_process *worker;

	one_generation();
	worker = desk_start(old, MASTER_TITLE); /* forked, its title still the master's */
	(void)desk_start(old, "nginx: cache manager process");
	(void)desk_start(old, "nginx: cache loader process");
	(void)desk_start(old, "/usr/bin/rotatelogs");
	(void)desk_start(old, ""); /* just being executed, or a zombie */
	desk_write();
	ok(find_world(), "a world");
	look("workers of all kinds");
	ok(counts(&facts.old, 2, 1, 0), "two accept, one starts");
	worker->title = WORKER_TITLE;
	look("it gets its title");
	ok(counts(&facts.old, 3, 0, 0), "three accept");
	worker->title = LEAVING_TITLE;
	look("it is told to leave");
	ok(counts(&facts.old, 2, 0, 1), "two accept, one leaves");
	desk_end(worker);
	look("it has left");
	ok(counts(&facts.old, 2, 0, 0) && !facts.old.deaths, "which is no death");
	done();
}

static void deaths(void)
{
	struct desk_process *worker;

	one_generation();
	worker = desk_start(old, WORKER_TITLE);
	desk_write();
	ok(find_world(), "a world");
	look("three workers");
	desk_end(worker);
	look("one of them crashes");
	ok(counts(&facts.old, 2, 0, 0) && facts.old.deaths == 1, "a death");
	look("and again");
	same_number(facts.old.deaths, 1, "it is counted once");
	worker = desk_start(old, WORKER_TITLE);
	look("another comes for it");
	ok(counts(&facts.old, 3, 0, 0) && facts.old.deaths == 1, "three");
	worker->state = 'Z';
	worker->title = "";
	look("a zombie");
	ok(counts(&facts.old, 2, 0, 0) && facts.old.deaths == 2, "is dead");
	done();
}

/* The kernel may leave a child out of the list while another exits. */
static void left_out_of_the_list(void)
{
	char text[64];
	char name[64];

	one_generation();
	ok(find_world(), "a world");
	look("two workers");
	(void)snprintf(text, sizeof(text), "%d ", (int)desk.list[1].pid);
	(void)snprintf(name, sizeof(name), "task/%d/children", (int)old->pid);
	desk_text(old->pid, name, text);
	same_number(observe(&world, &facts), 0, "a list without one of them");
	ok(counts(&facts.old, 2, 0, 0) && !facts.old.deaths, "who is asked, and lives");
	done();
}

static void orphans(void)
{
	one_generation();
	ok(find_world(), "a world");
	look("two workers");
	desk.list[1].parent = desk.list[2].parent = 1;
	desk_end(old);
	look("their master is killed");
	ok(!facts.old.alive && !facts.old.idle && facts.old.orphans == 2, "orphans");
	ok(counts(&facts.old, 0, 0, 0), "nobody's workers");
	desk_end(&desk.list[2]);
	look("one of them goes");
	same_number(facts.old.orphans, 1, "one is left");
	done();
}

static void both(void)
{
	size_t i;

	two_generations();
	ok(find_world(), "a world");
	ok(world.old.subject.process.pid == old->pid && world.new.subject.process.pid == new->pid,
	   "who came first is the old one");
	look("two generations");
	ok(facts.old.alive && counts(&facts.old, 2, 0, 0), "the old one's");
	ok(facts.new.alive && facts.new.idle && counts(&facts.new, 1, 0, 0), "the new one's");
	ok(facts.oldbin && facts.pid_file == PID_FILE_NEW, "as after USR2");
	ok(world_unfinished(&facts) && !facts.closing && !facts.winch_stalls, "it is unfinished");
	world.resumed = true;
	old->socket = 0;
	for (i = 1; i < 3; i++)
		desk.list[i].title = LEAVING_TITLE;
	look("the old master closes its sockets: it has had QUIT");
	ok(facts.closing && counts(&facts.old, 0, 0, 2), "there is no way back");
	done();

	two_generations();
	ok(find_world(), "a world");
	must(file_id_of(folder_path("nginx.new"), &world.wanted) == 0, "nginx.new");
	world.wanted_image = world.wanted;
	look("the wanted binary");
	ok(!facts.wrong_image && !facts.binary_installed, "runs, and is not at the path");
	must(file_id_of(folder_path("nginx"), &world.wanted) == 0, "nginx");
	world.wanted_image = world.wanted;
	look("another was wanted");
	ok(facts.wrong_image && facts.binary_installed, "the wrong one runs");
	new->blocked = 1;
	desk_end(old);
	new->parent = 1;
	look("the old master is gone");
	ok(!facts.old.alive && facts.old.orphans == 2 && facts.new.alive && !facts.oldbin,
	   "the new one stays");
	ok(!facts.binary_installed, "what it runs is not what was asked for");
	done();
}

static void both_in_front_of_the_loop(void)
{
	two_generations();
	new->image = "nginx.new";
	desk_write();
	ok(find_world(), "a world");
	must(file_id_of(folder_path("nginx"), &world.wanted) == 0, "nginx");
	world.wanted_image = world.wanted;
	new->blocked = SIGNAL_BIT(SIGCHLD);
	look("a new master that has not come to its loop");
	ok(facts.new.alive && !facts.new.idle && !facts.wrong_image,
	   "may be a script that becomes the wanted binary yet");
	done();
}

static void a_new_master_comes(void)
{
	struct desk_process *child;

	one_generation();
	ok(find_world(), "a world");
	look("one generation");
	child = desk_start(old, MASTER_TITLE);
	look("after USR2: a child that has executed nothing");
	ok(!facts.new.alive && counts(&facts.old, 2, 1, 0), "looks like a worker that starts");
	child->title = "/usr/sbin/nginx";
	child->environ = "NGINX=6;7;";
	child->stack++;
	child->image = "nginx.new";
	child->blocked = ~0ull;
	look("it executes the new binary");
	ok(facts.new.alive && !facts.new.idle && counts(&facts.old, 2, 0, 0), "the new master");
	ok(world.new.subject.process.pid == child->pid && !facts.old.deaths, "and no dead worker");
	(void)desk_start(child, MASTER_TITLE);
	child->title = MASTER_TITLE;
	look("it forks");
	ok(counts(&facts.new, 0, 1, 0), "a worker that starts");
	done();
}

/* By the pid file, when the old master died before its child had told itself from a worker. */
static void an_heir(void)
{
	struct desk_process *child;

	one_generation();
	ok(find_world(), "a world");
	look("one generation");
	child = desk_start(NULL, MASTER_TITLE);
	desk_pid_file("nginx.pid", child->pid);
	desk_end(old);
	look("another master in the pid file of a dead one");
	ok(facts.new.alive && world.new.subject.process.pid == child->pid, "came after it");
	same_number(facts.pid_file, PID_FILE_NEW, "so the file is its");
	done();
}

static void after_hup(void)
{
	one_generation();
	ok(find_world(), "a world");
	look("two workers");
	workers_before_hup(&world.old);
	(void)desk_start(old, WORKER_TITLE);
	look("a third after HUP");
	ok(facts.old.accepting == 3 && facts.old.fresh == 1, "one is fresh");
	desk_end(&desk.list[1]);
	look("one of before goes");
	ok(facts.old.accepting == 2 && facts.old.fresh == 1 && !facts.old.deaths,
	   "which is no death");
	done();
}

static void without_lists_of_children(void)
{
	desk.no_lists = true;
	two_generations();
	ok(find_world(), "a world, on Linux before 3.5");
	look("all processes are asked");
	ok(counts(&facts.old, 2, 0, 0) && counts(&facts.new, 1, 0, 0), "the same workers");
	done();
}

static void quitting(void)
{
	one_generation();
	old->socket = 0;
	desk.list[1].title = desk.list[2].title = LEAVING_TITLE;
	desk_write();
	ok(find_world(), "a world");
	look("the one master has had QUIT");
	ok(facts.quitting && !facts.closing, "it drains");
	done();
}

/* What waits to be accepted counts for the sockets of the old master, and while both accept. */
static void queues(void)
{
	static const char head[] = "heading\n";
	static const char rows[] =
		" 0: 0100007F:0050 00000000:0000 0A 00000000:00000002 0:0 0 0 0 100 1 0\n"
		" 1: 0100007F:0051 00000000:0000 0A 00000000:00000010 0:0 0 0 0 101 1 0\n"
		" 2: 0100007F:0052 00000000:0000 0A 00000000:00000100 0:0 0 0 0 102 1 0\n";
	char text[1024];

	two_generations();
	(void)snprintf(text, sizeof(text), "%s%s", head, rows);
	desk_text(old->pid, "net/tcp", text);
	desk_link(old->pid, "fd/7", "socket:[100]");
	desk_link(old->pid, "fd/8", "socket:[101]");
	ok(find_world(), "a world");
	same_number(observe(&world, &facts), 0, "both accept");
	same_number(facts.queued, 18, "those of the old master");
	desk_text(old->pid, "net/tcp", head);
	same_number(observe(&world, &facts), 0, "they are accepted");
	same_number(facts.queued, 0, "no more");
	desk.list[1].title = desk.list[2].title = LEAVING_TITLE;
	desk_write();
	desk_text(old->pid, "net/tcp", text);
	same_number(observe(&world, &facts), 0, "the old workers leave");
	same_number(facts.queued, 0, "then nobody asks");
	done();
}

int main(void)
{
	desk_open();
	alone();
	idle();
	what_workers_are();
	deaths();
	left_out_of_the_list();
	orphans();
	both();
	both_in_front_of_the_loop();
	a_new_master_comes();
	an_heir();
	after_hup();
	without_lists_of_children();
	quitting();
	queues();
	desk_close();
	return tap_end();
}
