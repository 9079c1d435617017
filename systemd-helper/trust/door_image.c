/*
 * Which file a child executes in the end: a launcher script may prepare something and then execute
 * another file. That can be read reliably only while the child cannot exit. So its standard output
 * is a pipe that we have filled: after it has written held_until to standard error, it blocks when
 * it writes its output, and in that moment we read which file it executes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/children.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "trust/door.h"
#include "trust/door_private.h"

int door_fill(int fd, size_t *ret_filler)
{
	static const char zeros[4096];
	size_t size = sizeof(zeros);
	int flags = fcntl(fd, F_GETFL);
	size_t filler = 0;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	while (size) {
		ssize_t n = write(fd, zeros, size);

		if (n > 0)
			filler += (size_t)n;
		else
			size /= 2;
	}
	*ret_filler = filler;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

static bool has_children(pid_t pid)
{
	struct children children = CHILDREN_NONE;
	bool any = children_look(&children, pid) == 0 && children.count;

	children_free(&children);
	return any;
}

void door_look_at_image(struct running *c, struct door_result *ret)
{
	struct file_id own;
	struct file_id image;

	/* Before its exec the child still executes our own file. */
	if (procfs_file_id(c->pid, "exe", &image) < 0 ||
	    procfs_file_id(getpid(), "exe", &own) < 0 || file_id_equal(&own, &image))
		return;
	ret->image = image;
	if (procfs_link(c->pid, "exe", ret->image_path, sizeof(ret->image_path)) < 0)
		ret->image_path[0] = '\0';
}

void door_look_held(struct running *c, bool waited_to_write, struct door_result *ret)
{
	door_look_at_image(c, ret);
	if (strstr(ret->text, c->spec.held_until)) {
		c->held = false;
		ret->image_is_last = ret->image.inode != 0;
		ret->has_children = has_children(c->pid);
	} else if (waited_to_write) {
		/* It must write something else first, so it is not in the last program yet. */
		c->held = false;
	}
}
