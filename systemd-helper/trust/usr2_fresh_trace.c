/*
 * The tracer: traces a master through its USR2. It resumes whatever stops, and waits for one stop
 * only: the new master after its exec, before it has run.
 *
 * Each stop is examined without consuming it (WNOWAIT). So if the tracer is killed in that moment,
 * the kernel still delivers the signal that it was about to deliver. The tracer never detaches a
 * process itself: the kernel does that when the tracer ends (ptrace(2)).
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/compat.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "trust/subject.h"
#include "trust/usr2_fresh.h"
#include "trust/usr2_fresh_private.h"

/* Linux: linux/ptrace.h of 3.4; older headers do not have all of them. */
enum {
	REQUEST_CONT = 7,
	REQUEST_SEIZE = 0x4206,
	REQUEST_LISTEN = 0x4208,
	OPTION_FORK = 0x02,
	OPTION_VFORK = 0x04,
	OPTION_CLONE = 0x08,
	OPTION_EXEC = 0x10,
	EVENT_NONE = 0,
	EVENT_EXEC = 4,
	EVENT_STOP = 128
};

enum { ENVIRONMENT_MOST = 256 * 1024 };

const char *usr2_fresh_step_text(int step)
{
	switch (step) {
	case USR2_FRESH_SEIZE: return "trace the master";
	case USR2_FRESH_EXEC: return "see it execute the new one";
	case USR2_FRESH_LOOK: return "read the new one's environment";
	case USR2_FRESH_LIST: return "find the sockets in its list";
	case USR2_FRESH_WRITE: return "change the list";
	default: return "";
	}
}

static void tell(int told, int r, enum usr2_fresh_step step)
{
	const struct usr2_fresh_word word = {-r, r < 0 ? step : USR2_FRESH_DONE};

	(void)!write(told, &word, sizeof(word));
}

/* ---- the new master's environment ---- */

struct block {
	int mem;     /* /proc/PID/mem */
	uint64_t at; /* the address of the environment */
	size_t size;
	char *text; /* a copy of the environment */
};

static int open_block(pid_t pid, struct block *ret)
{
	uint64_t end;
	int r = procfs_environment(pid, &ret->at, &end);

	if (r < 0)
		return r;
	if (end <= ret->at || end - ret->at > ENVIRONMENT_MOST)
		return -E2BIG;
	ret->size = (size_t)(end - ret->at);
	ret->text = malloc(ret->size);
	if (!ret->text)
		return -ENOMEM;
	ret->mem = procfs_open(pid, "mem", O_RDWR);
	if (ret->mem < 0)
		return ret->mem;
	if (pread(ret->mem, ret->text, ret->size, (off_t)ret->at) != (ssize_t)ret->size)
		return -EIO;
	return 0;
}

/* If not all could be written, restores what was there before. */
static int write_block(const struct block *l, const struct inherited_change *c, const char *before)
{
	off_t at = (off_t)(l->at + c->offset);

	if (pwrite(l->mem, l->text + c->offset, c->length, at) == (ssize_t)c->length)
		return 0;
	(void)!pwrite(l->mem, before, c->length, at);
	return -EIO;
}

static int change_block(const struct usr2_fresh *ask, struct block *l, enum usr2_fresh_step *step)
{
	struct inherited_change c;
	char *before = malloc(l->size);
	int r = before ? 0 : -ENOMEM;

	*step = USR2_FRESH_LIST;
	if (!r) {
		memcpy(before, l->text, l->size);
		r = inherited_without(l->text, l->size, ask->numbers, ask->count, &c);
	}
	if (!r) {
		*step = USR2_FRESH_WRITE;
		r = write_block(l, &c, before + c.offset);
	}
	free(before);
	return r;
}

static int edit_environment(const struct usr2_fresh *ask, pid_t pid, enum usr2_fresh_step *step)
{
	struct block l = {-1, 0, 0, NULL};
	int r;

	*step = USR2_FRESH_LOOK;
	r = open_block(pid, &l);
	if (!r)
		r = change_block(ask, &l, step);
	if (l.mem >= 0)
		(void)close(l.mem);
	free(l.text);
	return r;
}

/* 1: it is a child of the master, executes the wanted file, as the master's user; 0: no; -errno. */
static int is_new_master(const struct usr2_fresh *ask, pid_t pid)
{
	struct proc_stat stat;
	struct file_id image;
	int r = procfs_stat(pid, &stat);

	if (!r && stat.parent != ask->master->process.pid)
		return 0;
	if (!r)
		r = procfs_file_id(pid, "exe", &image);
	if (!r && ask->wanted.inode && !file_id_equal(&image, &ask->wanted))
		return 0;
	return r < 0 ? r : subject_is_user(pid, ask->master->uid);
}

/* ---- the stops ---- */

static void resume(pid_t pid, int sig)
{
	(void)compat_ptrace(REQUEST_CONT, pid, NULL, (void *)(long)sig);
}

/* A process has executed something. True: it is the new master, see *ret and *step. */
static bool at_exec(const struct usr2_fresh *ask, pid_t pid, int *ret, enum usr2_fresh_step *step)
{
	int is = pid == ask->master->process.pid ? 0 : is_new_master(ask, pid);

	if (!is) {
		resume(pid, 0); /* perhaps a script that is going to execute the new master */
		return false;
	}
	*step = USR2_FRESH_LOOK;
	*ret = is < 0 ? is : edit_environment(ask, pid, step);
	return true;
}

/* A process has stopped. True: it was the new master, and the work is done. */
static bool at_stop(const struct usr2_fresh *ask, const siginfo_t *info, int *ret,
		    enum usr2_fresh_step *step)
{
	int sig = info->si_status & 0x7f;

	switch (info->si_status >> 8) {
	case EVENT_NONE: resume(info->si_pid, sig); break;
	case EVENT_EXEC: return at_exec(ask, info->si_pid, ret, step);
	case EVENT_STOP:
		if (sig == SIGTRAP)
			resume(info->si_pid, 0);
		else /* stopped by a signal (SIGSTOP): it must stay stopped */
			(void)compat_ptrace(REQUEST_LISTEN, info->si_pid, NULL, NULL);
		break;
	default: resume(info->si_pid, 0); break;
	}
	return false;
}

/*
 * A process has ended. -ESRCH: the master; -ECHILD: its child, so there was no exec. (Both are left
 * unreaped: their parents see them when the tracer has ended.) 0: another one, the tracer goes on.
 */
static int at_end(const struct usr2_fresh *ask, pid_t pid)
{
	pid_t master = ask->master->process.pid;
	struct proc_stat stat;
	siginfo_t info;

	if (pid == master)
		return -ESRCH;
	if (procfs_stat(pid, &stat) == 0 && stat.parent == master)
		return -ECHILD;
	return waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 ? -errno : 0;
}

static int trace_until_exec(const struct usr2_fresh *ask, enum usr2_fresh_step *step)
{
	siginfo_t info;
	int r = 0;

	*step = USR2_FRESH_EXEC;
	for (;;) {
		memset(&info, 0, sizeof(info));
		if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT) < 0)
			return -errno;
		if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) {
			r = at_end(ask, info.si_pid);
			if (r < 0)
				return r;
		} else if (at_stop(ask, &info, &r, step)) {
			return r;
		}
	}
}

static int seize(const struct usr2_fresh *ask)
{
	const struct process *master = &ask->master->process;
	long options = OPTION_FORK | OPTION_VFORK | OPTION_CLONE | OPTION_EXEC;
	int r = compat_ptrace(REQUEST_SEIZE, master->pid, NULL, (void *)options);
	struct proc_status status;

	if (r == -EPERM && procfs_status(master->pid, &status) == 0 && status.tracer)
		return -EBUSY;
	if (r == -EIO) /* Linux before 3.4 */
		return -ENOSYS;
	/* The pid may have been reused since the master was vetted. */
	return r < 0 ? r : subject_same(ask->master);
}

void usr2_fresh_trace(const struct usr2_fresh *ask, int told)
{
	enum usr2_fresh_step step = USR2_FRESH_SEIZE;
	int r = seize(ask);

	tell(told, r, step);
	if (r < 0)
		return;
	r = trace_until_exec(ask, &step);
	tell(told, r, step);
}
