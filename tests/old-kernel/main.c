/*
 * Runs a command as if on an older kernel: under a seccomp filter, which it cannot leave, and which
 * what it starts inherits.
 *
 *	old-kernel WHAT... -- COMMAND [ARGUMENT...]
 *	old-kernel --prove [WHAT...]
 *
 *	pidfd     pidfd_open and pidfd_send_signal are ENOSYS         (before Linux 5.1 and 5.3)
 *	inotify   no instance (EMFILE) and no watch (ENOSPC) is left
 *	signalfd  signalfd and signalfd4 are ENOSYS
 *	children  /proc/PID/task/PID/children is not there            (before Linux 3.5)
 *	new       all calls that came after Linux 2.6.32 are ENOSYS, and /proc/PID/ns is not there
 *	all       all of these
 *
 * The command takes this process over: its pid, its group, its parent and its descriptors are those
 * that it would have without.
 *
 * prlimit64 with 0 for a pid is left: glibc from 2.28 on has no other way to getrlimit(), and nginx
 * does not start without that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "old_kernel.h"

static const struct {
	const char *name;
	unsigned refused;
} names[] = {
	{"pidfd", REFUSE_PIDFD},       {"inotify", REFUSE_INOTIFY}, {"signalfd", REFUSE_SIGNALFD},
	{"children", REFUSE_CHILDREN}, {"new", REFUSE_NEW},         {"all", REFUSE_ALL},
};

static unsigned named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i].name) == 0)
			return names[i].refused;
	}
	return 0;
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: old-kernel WHAT... -- COMMAND [ARGUMENT...]\n"
			      "       old-kernel --prove [WHAT...]\n"
			      "WHAT: pidfd inotify signalfd children new all\n");
	return 2;
}

static void put_on(unsigned refused)
{
	bool hides = (refused & (REFUSE_CHILDREN | REFUSE_NEW)) != 0;
	int channel = hides ? hidden_start(refused) : -1;
	int listener;

	filter_install(refused, &listener);
	if (!hides)
		return;
	hidden_send(channel, listener);
	/* Where not everybody may read the memory of who is no child of his. */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}

int main(int argc, char **argv)
{
	bool proves = argc > 1 && strcmp(argv[1], "--prove") == 0;
	unsigned refused = 0;
	int i;

	for (i = proves ? 2 : 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!named(argv[i]))
			return usage();
		refused |= named(argv[i]);
	}
	if (proves ? i < argc : !refused || i + 1 >= argc)
		return usage();
	if (refused)
		put_on(refused);
	if (proves)
		return prove(refused);
	(void)execvp(argv[i + 1], argv + i + 1);
	(void)fprintf(stderr, "old-kernel: %s: %s\n", argv[i + 1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
