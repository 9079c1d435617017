/* Files that may be executed: each is held by a descriptor, and knows who could have changed it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/file_id.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

static const struct program none = PROGRAM_NONE;

static int duplicate(int fd)
{
	int again = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return again < 0 ? -errno : again;
}

/* Reopens for reading: the interpreter reads a script, and a file open for writing is ETXTBSY. */
static int reopen_or_duplicate(int fd)
{
	char path[64];
	int again;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	return again < 0 ? duplicate(fd) : again;
}

static int make_program(int fd, uid_t runs_as, const char *shown, struct program *ret)
{
	struct program p = PROGRAM_NONE;
	int r = file_id_of_fd(fd, &p.id);

	if (r < 0) {
		(void)close(fd);
		return r;
	}
	p.fd = fd;
	p.runs_as = runs_as;
	(void)snprintf(p.shown, sizeof(p.shown), "%s", shown);
	*ret = p;
	return 0;
}

static int cannot_read(struct distrust *why, const struct trusted *t, int r)
{
	memset(why, 0, sizeof(*why));
	why->kind = DISTRUST_ERROR;
	why->error = -r;
	(void)snprintf(why->path, sizeof(why->path), "%s", t->path);
	return r;
}

int program_at(const struct believed *b, const char *root, const char *path, struct program *ret,
	       struct distrust *why)
{
	struct trusted t;
	int fd;
	int r = trusted_open(b, root, path, 0, &t, why);

	if (r < 0)
		return r;
	/* It may be executable, but not readable. */
	fd = trusted_reopen(&t);
	if (fd == -EACCES)
		fd = duplicate(t.fd);
	if (fd < 0)
		r = cannot_read(why, &t, fd);
	else
		r = make_program(fd, b->user, path, ret);
	if (r == 0 && t.folder >= 0) {
		int folder = duplicate(t.folder);

		ret->folder = folder < 0 ? -1 : folder;
		(void)snprintf(ret->name, sizeof(ret->name), "%s", t.name);
	}
	trusted_close(&t);
	return r;
}

int program_of(const struct subject *s, struct program *ret)
{
	int fd = duplicate(s->image);

	return fd < 0 ? fd : make_program(fd, s->uid, s->image_path, ret);
}

int program_copy(int fd, const char *shown, struct program *ret)
{
	int again = reopen_or_duplicate(fd);

	return again < 0 ? again : make_program(again, NO_USER, shown, ret);
}

void program_close(struct program *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	if (p->folder >= 0)
		(void)close(p->folder);
	*p = none;
}
