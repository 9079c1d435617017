/* Children where the kernel has no list of them: in a /proc of fixtures, and in the real one. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "os/children.h"
#include "os/clock.h"
#include "os/procfs.h"
#include "tap.h"

enum { MASTER = 100 };

/* Adds a process with that start time, or a thread of process `of`. */
static void put(pid_t pid, pid_t parent, pid_t of, int start)
{
	char name[64];
	char text[512];
	int n;

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	(void)mkdir(folder_path(name), 0755);
	n = snprintf(text, sizeof(text),
		     "%d (x) S %d 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0 0 0 0 0 9 0\n",
		     (int)pid, (int)parent, start);
	(void)snprintf(name, sizeof(name), "%d/stat", (int)pid);
	(void)folder_file(name, text, (size_t)n, 0644);
	n = snprintf(text, sizeof(text), "Name:\tx\nState:\tS (sleeping)\nTgid:\t%d\n", (int)of);
	(void)snprintf(name, sizeof(name), "%d/status", (int)pid);
	(void)folder_file(name, text, (size_t)n, 0644);
}

static void put_process(pid_t pid, pid_t parent)
{
	put(pid, parent, pid, 77);
}

static void remove_process(pid_t pid)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%d/stat", (int)pid);
	must(unlink(folder_path(name)) == 0, name);
}

static void last_given(int pid)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "0.20 0.18 0.12 1/80 %d\n", pid);

	(void)folder_file("loadavg", text, (size_t)n, 0644);
}

static int compare(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

/* Looks for children, and compares their pids in ascending order. */
static void finds(struct children *c, const char *want, const char *name)
{
	char got[256] = "";
	size_t n = 0;
	size_t i;

	must(children_look(c, MASTER) == 0, name);
	qsort(c->pids, c->count, sizeof(c->pids[0]), compare);
	for (i = 0; i < c->count && n < sizeof(got); i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%d ", (int)c->pids[i]);
	same_text(got, want, name);
}

/* The next search of all processes is an hour away. */
static void long_before_search(struct children *c)
{
	c->search_us = clock_us() + 3600000000u;
}

static void from_look_to_look(void)
{
	struct children c = CHILDREN_NONE;

	put_process(MASTER, 1);
	put_process(101, MASTER);
	put_process(500, MASTER);
	put_process(300, 1);
	last_given(400);
	finds(&c, "101 500 ", "the first look finds those before and after the last number");
	long_before_search(&c);
	put_process(398, MASTER);
	put_process(401, MASTER);
	last_given(402);
	finds(&c, "101 398 401 500 ", "who came since is found, and who could not be seen yet");
	put_process(402, MASTER);
	finds(&c, "101 398 401 402 500 ", "so is who could not be seen at the second look");
	put_process(402, 1);
	put_process(200, MASTER);
	last_given(420);
	finds(&c, "101 398 401 500 ", "all others are not asked each time");
	c.search_us = clock_us();
	finds(&c, "101 200 398 401 500 ", "but when that is due");
	long_before_search(&c);
	remove_process(101);
	put_process(401, 1);
	finds(&c, "200 398 500 ", "who is gone, or is another's child now, is dropped");
	put_process(20, MASTER);
	put_process(30, MASTER);
	last_given(25);
	finds(&c, "20 30 200 398 500 ", "numbers that begin anew have all gone through");
	long_before_search(&c);
	put_process(26, MASTER);
	last_given(26);
	finds(&c, "20 26 30 200 398 500 ", "and then go on from there");
	put_process(600, MASTER);
	last_given(5000);
	finds(&c, "20 26 30 200 398 500 600 ", "so do many at once");
	children_free(&c);
}

static void threads(void)
{
	struct children c = CHILDREN_NONE;

	finds(&c, "20 26 30 200 398 500 600 ", "a search is right without any before it");
	long_before_search(&c);
	put(5001, MASTER, 600, 77);
	last_given(5001);
	finds(&c, "20 26 30 200 398 500 600 ", "a thread of a child is no child");
	children_free(&c);
}

/* A parent that was started after us: all its children have greater pids. */
static void a_new_parent(void)
{
	struct children c = CHILDREN_NONE;

	put(getpid(), 1, getpid(), 70);
	last_given(700);
	finds(&c, "200 398 500 600 ", "whose parent is newer than we has a greater number than it");
	c.search_us = clock_us();
	finds(&c, "20 26 30 200 398 500 600 ", "unless the numbers have begun anew");
	children_free(&c);
	put(getpid(), 1, getpid(), 77);
}

static void without_last(void)
{
	struct children c = CHILDREN_NONE;

	must(unlink(folder_path("loadavg")) == 0, "loadavg");
	finds(&c, "20 26 30 200 398 500 600 ", "no last number: all are gone through");
	long_before_search(&c);
	put_process(40, MASTER);
	finds(&c, "20 26 30 40 200 398 500 600 ", "and so they are each time");
	children_free(&c);
	remove_process(MASTER);
	same_number(children_look(&c, MASTER), -ESRCH, "a parent that is gone");
	children_free(&c);
}

/* The kernel's list, where it has one, and the search agree about a real process. */
static void real(void)
{
	struct children c = CHILDREN_NONE;
	pid_t child = fork();

	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	must(child > 0, "fork");
	same_number(children_look(&c, getpid()), 0, "our own children");
	ok(c.count == 1 && c.pids[0] == child, "the one child");
	ok(procfs_last_pid() >= child, "the number given out last is not before the child's");
	ok(procfs_is_process(child), "it is a process");
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	same_number(children_look(&c, getpid()), 0, "our own children, again");
	ok(c.count == 0, "there is none");
	children_free(&c);
}

int main(void)
{
	real();
	folder_open();
	procfs_root = folder;
	from_look_to_look();
	threads();
	a_new_parent();
	without_last();
	folder_close();
	return tap_end();
}
