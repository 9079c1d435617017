/*
 * Preloaded into an nginx, it makes the moments long in which a master has an empty pid file, and
 * then a pid file but no title yet: each takes LATE_MS.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int late_writes;
static int late_masks;

static void wait_a_while(void)
{
	const char *text = getenv("LATE_MS");
	long ms = text ? atol(text) : 0;

	(void)poll(NULL, 0, (int)ms);
}

/* nginx: ngx_create_pidfile() writes by pwrite(), after it has truncated the file. */
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	ssize_t (*next)(int, const void *, size_t, off64_t);

	*(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
	if (late_writes++ == 0)
		wait_a_while();
	return next(fd, data, size, at);
}

/* nginx: ngx_master_process_cycle() blocks its signals, and then sets the title. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	int (*next)(int, const sigset_t *, sigset_t *);

	*(void **)&next = dlsym(RTLD_NEXT, "sigprocmask");
	if (late_masks++ == 0)
		wait_a_while();
	return next(how, set, old);
}
