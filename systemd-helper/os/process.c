/*
 * Opens, watches and signals processes. process_open() opens the pidfd first, then reads the start
 * time, then asks the pidfd whether the process still exists: if so, both are of the same process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/compat.h"
#include "os/process.h"
#include "os/procfs.h"

static bool dead_state(char state)
{
	return state == 'Z' || state == 'X' || state == 'x';
}

/* 0: the process exists, is no zombie, and has this start time. */
static int same_start(pid_t pid, uint64_t start_ticks)
{
	struct proc_stat stat;
	int r = procfs_stat(pid, &stat);

	if (r < 0)
		return r;
	return dead_state(stat.state) || stat.start_ticks != start_ticks ? -ESRCH : 0;
}

static bool pidfd_exited(int pidfd)
{
	struct pollfd p = {pidfd, POLLIN, 0};

	return pidfd >= 0 && poll(&p, 1, 0) > 0;
}

/* proc(5): hidepid=. Processes that are hidden from us we may not signal, either: EPERM. */
int process_not_shown(pid_t pid)
{
	if (pid <= 0)
		return -ESRCH;
	if (kill(pid, 0) == 0)
		return -ENODATA;
	return errno == EPERM ? -EACCES : -errno;
}

int process_open(pid_t pid, struct process *ret)
{
	struct proc_stat stat;
	int pidfd;
	int r;

	if (pid <= 0)
		return -EINVAL;
	pidfd = compat_pidfd_open(pid);
	if (pidfd == -ESRCH)
		return -ESRCH;
	r = procfs_stat(pid, &stat);
	if (r == -ESRCH)
		r = process_not_shown(pid);
	if (!r && (dead_state(stat.state) || pidfd_exited(pidfd)))
		r = -ESRCH;
	if (r < 0) {
		if (pidfd >= 0)
			(void)close(pidfd);
		return r;
	}
	ret->pid = pid;
	ret->start_ticks = stat.start_ticks;
	ret->pidfd = pidfd < 0 ? -1 : pidfd;
	return 0;
}

void process_close(struct process *p)
{
	if (p->pidfd >= 0)
		(void)close(p->pidfd);
	p->pid = 0;
	p->start_ticks = 0;
	p->pidfd = -1;
}

bool process_alive(const struct process *p)
{
	if (p->pid <= 0)
		return false;
	if (p->pidfd >= 0)
		return !pidfd_exited(p->pidfd);
	return same_start(p->pid, p->start_ticks) != -ESRCH;
}

void process_wait(const struct process *p, uint64_t wait_us)
{
	struct timespec timeout = clock_timespec(wait_us);
	struct pollfd fd = {p->pidfd, POLLIN, 0};

	(void)ppoll(&fd, 1, &timeout, NULL);
}

bool process_same(const struct process *a, const struct process *b)
{
	return a->pid == b->pid && a->start_ticks == b->start_ticks;
}

int process_signal(const struct process *p, int sig)
{
	int r;

	if (p->pid <= 0)
		return -ESRCH;
	r = same_start(p->pid, p->start_ticks);
	if (r < 0)
		return r;
	if (p->pidfd >= 0) {
		r = compat_pidfd_send_signal(p->pidfd, sig);
		if (r != -ENOSYS)
			return r;
	}
	return kill(p->pid, sig) < 0 ? -errno : 0;
}
