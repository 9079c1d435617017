/* The parent of a process: the kernel's task statistics agree with /proc. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/parents.h"
#include "os/procfs.h"
#include "tap.h"

static pid_t waiting_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	must(child > 0, "fork");
	return child;
}

static int compare(pid_t pid, void *arg)
{
	struct parents *p = arg;
	struct proc_stat stat;
	pid_t parent = parents_ask(p, pid);

	/* A process that has just come or gone may be missing in one of them. */
	if (procfs_stat(pid, &stat) < 0 || parent < 0)
		return 0;
	ok(stat.parent == parent, "both say the same of a process that runs");
	return 0;
}

static void without(void)
{
	struct parents p = PARENTS_NONE;

	same_number(parents_ask(&p, getpid()), -ENOSYS, "nobody to be asked");
	parents_close(&p);
	same_number(p.fd, -1, "nothing to be closed");
}

int main(void)
{
	struct parents p;
	pid_t child = waiting_child();

	without();
	parents_open(&p);
	if (p.fd < 0) {
		ok(true, "a kernel without statistics of tasks, or not root: /proc is asked");
	} else {
		same_number(parents_ask(&p, getpid()), getppid(), "our parent");
		same_number(parents_ask(&p, child), getpid(), "our child's");
		(void)procfs_each(compare, &p);
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		same_number(parents_ask(&p, child), -ESRCH, "one that is gone");
		same_number(parents_ask(&p, getpid()), getppid(), "after that it still answers");
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	parents_close(&p);
	return tap_end();
}
