/*
 * The masters that "run" knows, and how the last one ended. Nothing tells "run" of a handover that
 * somebody else makes: when a master ends, it looks behind the pid file for the next one. How a
 * master ended is known only where it was a child of this process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/foreground.h"
#include "commands/session.h"
#include "commands/site.h"
#include "init/foreground.h"
#include "nginx/master.h"
#include "nginx/title.h"
#include "os/children.h"
#include "os/exit_code.h"
#include "os/lock.h"
#include "os/lock_subjects.h"
#include "os/process.h"
#include "trust/path.h"
#include "trust/subject.h"
#include "ui/say.h"

static bool has_master(const struct life *l, const struct process *p)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (process_same(&l->masters[i], p))
			return true;
	}
	return false;
}

static void remove_master(struct life *l, size_t i)
{
	process_close(&l->masters[i]);
	l->count--;
	memmove(&l->masters[i], &l->masters[i + 1], (l->count - i) * sizeof(l->masters[0]));
}

/* Does nothing where pid is 0, or is in the list already. */
static void add_master(struct life *l, pid_t pid)
{
	struct process p = PROCESS_NONE;

	if (pid <= 0 || process_open(pid, &p) < 0)
		return;
	if (has_master(l, &p) || l->count == LIFE_MASTERS)
		process_close(&p);
	else
		l->masters[l->count++] = p;
}

static bool is_command(const struct life *l, pid_t pid)
{
	return pid == l->works[0] || pid == l->works[1];
}

static int take_lock(struct life *l, char *ret_holder, size_t size)
{
	struct lock_subjects subjects;
	size_t i;
	int r = session_subjects(l->settings, &l->site, &subjects);

	for (i = 0; i < l->count && !r; i++)
		r = lock_on_process(&subjects, &l->masters[i]);
	if (!r)
		r = lock_for(&subjects, FOREGROUND_LOCK);
	return r < 0 ? r : lock_take(&l->lock, &subjects, "run", 0, ret_holder, size);
}

int life_hold(struct life *l, const struct site *site)
{
	char holder[160];
	int r;

	l->site = *site;
	r = take_lock(l, holder, sizeof(holder));
	if (!r)
		return 0;
	if (r == -EWOULDBLOCK)
		say(SAY_ERROR,
		    "nginx was not started: another \"nginx-handover run\" is in charge of it, %s. What to do: stop that one, or let only one supervisor start this nginx",
		    holder);
	else
		say(SAY_ERROR,
		    "nginx was not started: the lock %s cannot be taken: %s. What to do: see that its folder is there and can be written (\"df\", \"mount\"), then try again",
		    l->lock.path, strerror(-r));
	return r == -EWOULDBLOCK ? EXIT_LOCKED : EXIT_FAILED;
}

/* Takes the lock again, with the masters that are known now. For a moment nobody has it; those who
 * look for it only want to know who stands for this nginx. */
static void renew_lock(struct life *l)
{
	char holder[160];

	lock_release(&l->lock);
	(void)take_lock(l, holder, sizeof(holder));
}

/* Any orphan may have become our child. Its title says what it claims to be; what the kernel knows
 * of it must prove that it is a master of ours. */
static void look_at_child(struct life *l, pid_t pid)
{
	char cmdline[TITLE_MAX];
	struct distrust why;
	struct master m;
	enum title title;

	if (is_command(l, pid) || title_read(pid, cmdline, sizeof(cmdline)) <= 0)
		return;
	title = title_classify(cmdline);
	if (title == TITLE_OTHER)
		return;
	if (title != TITLE_MASTER) {
		l->workers = l->workers || subject_has_user(pid, l->site.believed.user) ||
			     subject_was_executed_by(pid, l->site.believed.user) == 1;
		return;
	}
	if (master_look(pid, &l->site.believed, &m, &why) != MASTER_OK)
		return;
	if (m.subject.uid == l->site.believed.user)
		add_master(l, pid);
	master_close(&m);
}

/* A master may end before it was in the list. It was one if the pid file still names it. */
static void note_unseen_master(struct life *l)
{
	if (l->known || !l->last || site_named_pid(&l->site) != l->last)
		return;
	l->known = true;
	l->status = l->last_status;
}

/* Adds the masters behind the pid file. False: the look failed, and it is unknown whether any run.
 */
static bool look_behind_pid_file(struct life *l)
{
	struct session *s = malloc(sizeof(*s));
	bool sure;

	if (!s)
		return false;
	if (session_seek(s, l->settings)) {
		if (session_open_world(s) == 0) {
			add_master(l, s->run.world.old.subject.process.pid);
			add_master(l, s->run.world.new.subject.process.pid);
			s->site.believed = s->run.world.believed;
		}
		l->site = s->site;
		session_end(s);
	}
	sure = !s->problems.count || s->problems.list[0].exit_code == EXIT_NOT_RUNNING;
	free(s);
	return sure;
}

void life_look(struct life *l)
{
	size_t before = l->count;
	bool sure = look_behind_pid_file(l);
	size_t i;

	l->unsure = sure ? 0 : l->unsure + 1;
	l->workers = false;
	note_unseen_master(l);
	if (children_look(&l->children, getpid()) < 0)
		return;
	for (i = 0; i < l->children.count; i++)
		look_at_child(l, l->children.pids[i]);
	if (l->count != before)
		renew_lock(l);
}

void life_ended(struct life *l, pid_t pid, int status)
{
	size_t i;

	l->last = pid;
	l->last_status = status;
	for (i = 0; i < l->count; i++) {
		if (l->masters[i].pid != pid)
			continue;
		l->known = true;
		l->status = status;
		remove_master(l, i);
		return;
	}
}

size_t life_forget_the_dead(struct life *l)
{
	size_t before = l->count;
	size_t i = 0;

	while (i < l->count) {
		if (process_alive(&l->masters[i])) {
			i++;
			continue;
		}
		l->known = false;
		remove_master(l, i);
	}
	return before - l->count;
}

/* A master that ends by itself removes its pid file (nginx: ngx_master_process_exit). */
static bool has_left_pid_file(const struct life *l)
{
	return access(l->site.pid_path, F_OK) == 0;
}

bool life_unclean(const struct life *l)
{
	return l->known ? l->status != 0 : has_left_pid_file(l);
}

int life_code(const struct life *l)
{
	if (!l->known)
		return has_left_pid_file(l) ? EXIT_FAILED : 0;
	return WIFSIGNALED(l->status) ? EXIT_SIGNALLED + WTERMSIG(l->status)
				      : WEXITSTATUS(l->status);
}

bool life_is_worked_on(const struct life *l, struct process *ret)
{
	char what[64];

	if (!session_holder(l->settings, &l->site, ret, what, sizeof(what)))
		return false;
	if (!is_command(l, ret->pid))
		return true;
	process_close(ret);
	return false;
}

void life_free(struct life *l)
{
	while (l->count)
		remove_master(l, 0);
	children_free(&l->children);
	lock_release(&l->lock);
}
