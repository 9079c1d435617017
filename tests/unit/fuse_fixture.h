/*
 * A FUSE file system as a user could mount it: it has a file "nginx", and claims that all belongs
 * to root. It answers only what a walk along a path asks. fuse_mount -> fuse_end.
 */
#ifndef FUSE_FIXTURE_H
#define FUSE_FIXTURE_H

#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define FUSE_REQUEST_MAX 65536

static inline void fuse_answer(int fd, uint64_t unique, int error, void *body, size_t length)
{
	struct fuse_out_header out = {(uint32_t)(sizeof(out) + length), error, unique};
	struct iovec parts[2] = {{&out, sizeof(out)}, {body, length}};

	(void)!writev(fd, parts, length ? 2 : 1);
}

static inline struct fuse_attr fuse_attributes(uint64_t node)
{
	struct fuse_attr a;

	memset(&a, 0, sizeof(a));
	a.ino = node;
	a.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0755;
	a.nlink = 1;
	return a;
}

static inline void fuse_answer_init(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out out;

	memset(&out, 0, sizeof(out));
	out.major = FUSE_KERNEL_VERSION;
	out.minor = FUSE_KERNEL_MINOR_VERSION;
	out.max_write = 4096;
	fuse_answer(fd, in->unique, 0, &out, sizeof(out));
}

static inline void fuse_answer_lookup(int fd, const struct fuse_in_header *in)
{
	struct fuse_entry_out entry;

	memset(&entry, 0, sizeof(entry));
	entry.nodeid = 2;
	entry.attr = fuse_attributes(2);
	if (strcmp((const char *)(in + 1), "nginx") == 0)
		fuse_answer(fd, in->unique, 0, &entry, sizeof(entry));
	else
		fuse_answer(fd, in->unique, -ENOENT, NULL, 0);
}

static inline void fuse_serve_one(int fd, const struct fuse_in_header *in)
{
	struct fuse_statfs_out statfs_out;
	struct fuse_attr_out attr;
	struct fuse_open_out opened;

	memset(&statfs_out, 0, sizeof(statfs_out));
	memset(&attr, 0, sizeof(attr));
	memset(&opened, 0, sizeof(opened));
	attr.attr = fuse_attributes(in->nodeid);
	switch (in->opcode) {
	case FUSE_INIT: fuse_answer_init(fd, in); break;
	case FUSE_LOOKUP: fuse_answer_lookup(fd, in); break;
	case FUSE_GETATTR: fuse_answer(fd, in->unique, 0, &attr, sizeof(attr)); break;
	case FUSE_STATFS: fuse_answer(fd, in->unique, 0, &statfs_out, sizeof(statfs_out)); break;
	case FUSE_OPEN:
	case FUSE_OPENDIR: fuse_answer(fd, in->unique, 0, &opened, sizeof(opened)); break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH: fuse_answer(fd, in->unique, 0, NULL, 0); break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET: break;
	default: fuse_answer(fd, in->unique, -ENOSYS, NULL, 0); break;
	}
}

/* Returns the pid of its server, or 0 if the kernel does not permit the mount. */
static inline pid_t fuse_mount(const char *path, unsigned user)
{
	static char request[FUSE_REQUEST_MAX];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[128];
	pid_t pid;

	(void)snprintf(options, sizeof(options),
		       "fd=%d,rootmode=40000,user_id=%u,group_id=%u,allow_other", fd, user, user);
	if (fd < 0 || mount("nginx", path, "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		while (read(fd, request, sizeof(request)) > 0)
			fuse_serve_one(fd, (const struct fuse_in_header *)request);
		_exit(0);
	}
	(void)close(fd);
	return pid;
}

static inline void fuse_end(pid_t pid, const char *path)
{
	must(umount2(path, MNT_DETACH) == 0, "umount");
	must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid, "the server");
}

#endif
