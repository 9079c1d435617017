/*
 * The calls of nginx/install.h as commands, so that install.bats can have each killed, or a system
 * call of it fail, at every place. getppid marks in a trace where the work begins and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "nginx/staged.h"

static char path[PATH_MAX];
static struct install_error failure;
static struct distrust passed;
static struct believed caller;

static void mark(void)
{
	(void)syscall(SYS_getppid);
}

static int image(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(file);
		exit(2);
	}
	return fd;
}

static int run_install(char **a)
{
	int running = image(a[2]);

	struct staged s;
	int r;

	mark();
	r = install_stage(&caller, "", a[0], a[1], running, &s, &failure);
	if (!r) {
		r = install_commit(&s, a[3], path, &failure);
		install_unstage(&s);
	}
	return r;
}

static int run_restore(char **a)
{
	int running = image(a[1]);

	mark();
	return restore_binary(&caller, "", a[0], running, &failure);
}

static int run_save(char **a)
{
	int running = image(a[1]);

	mark();
	return save_running(&caller, "", a[0], running, a[2], path, &failure);
}

/* One of those that are kept: where there is but one, it. */
static int run_kept(char **a)
{
	static struct served none;
	static struct kept_list list;
	struct builds b;
	int r = builds_at(a[0], &caller, &b);

	if (r < 0)
		return r;
	kept_find(&b, &none, &list);
	passed = list.passed;
	if (!list.count)
		return -ENOENT;
	(void)snprintf(path, sizeof(path), "%s", list.list[0].path);
	return 0;
}

static int run_sweep(char **a)
{
	mark();
	return install_sweep(&caller, "", a[0]);
}

static int run_prune(char **a)
{
	struct builds b;
	int r = builds_at(a[0], &caller, &b);

	mark();
	return r < 0 ? r : builds_prune(&b, "", a[0], (unsigned)atoi(a[1]), NULL);
}

static int run_setxattr(char **a)
{
	return setxattr(a[0], a[1], a[2], strlen(a[2]), 0) < 0 ? -errno : 0;
}

static int run_getxattr(char **a)
{
	ssize_t n = getxattr(a[0], a[1], path, sizeof(path) - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	return 0;
}

/* New files in the folder shall let user 65534 write: version 2, then tag, permissions and id. */
static int run_setacl(char **a)
{
	static const unsigned char acl[] = {2,    0, 0, 0,                          /* version */
					    1,    0, 7, 0, 0xff, 0xff, 0xff, 0xff,  /* owner */
					    2,    0, 7, 0, 0xfe, 0xff, 0,    0,     /* user 65534 */
					    4,    0, 5, 0, 0xff, 0xff, 0xff, 0xff,  /* group */
					    0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,  /* mask */
					    0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff}; /* others */

	return setxattr(a[0], "system.posix_acl_default", acl, sizeof(acl), 0) < 0 ? -errno : 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **a);
} verbs[] = {
	{"install", 4, run_install},   /* NEW TARGET RUNNING VERSION */
	{"restore", 2, run_restore},   /* TARGET RUNNING */
	{"save", 3, run_save},         /* TARGET RUNNING VERSION */
	{"kept", 1, run_kept},         /* TARGET */
	{"sweep", 1, run_sweep},       /* TARGET */
	{"prune", 2, run_prune},       /* TARGET KEEP */
	{"setxattr", 3, run_setxattr}, /* FILE NAME VALUE */
	{"setacl", 1, run_setacl},     /* FOLDER */
	{"getxattr", 2, run_getxattr}, /* FILE NAME */
};

/* Prints the path that a call gave, or how many; or what it said, with exit status 1. */
int main(int argc, char **argv)
{
	char reason[2 * PATH_MAX];
	size_t i;
	int r;

	caller = believed_caller();
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (argc < 2 || strcmp(argv[1], verbs[i].name) != 0)
			continue;
		if (argc != 2 + verbs[i].arguments)
			break;
		r = verbs[i].run(argv + 2);
		mark();
		if (passed.kind != DISTRUST_NONE)
			printf("passed over: %s\n", distrust_text(&passed, reason, sizeof(reason)));
		if (r < 0) {
			if (failure.step)
				printf("cannot %s %s: ", failure.step, failure.path);
			printf("%s\n", install_error_reason(&failure, r, reason, sizeof(reason)));
			return 1;
		}
		if (*path)
			puts(path);
		else
			printf("%d\n", r);
		return 0;
	}
	fputs("usage: install_driver VERB ARGUMENT...\n", stderr);
	return 2;
}
