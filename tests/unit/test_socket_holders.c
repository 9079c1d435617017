/* Who has a socket open, and who reads it: on this kernel, and as older kernels show it. */
#include <sys/epoll.h>

#include "os/procfs.h"
#include "os/socket_holders.h"
#include "sockets_fixture.h"

static void watch(int set, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void holders(void)
{
	unsigned port = 0;
	struct inodes held, read_by;
	int a = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
	int b = inet_socket(AF_INET, SOCK_STREAM, "127.0.0.1", &port);
	int first;
	int second;
	int r;

	inodes_init(&held);
	inodes_init(&read_by);
	ok(!inodes_have(&held, inode_of(a)), "nobody has it at first");
	same_number(sockets_held(getpid(), &held), 0, "what we hold");
	ok(inodes_have(&held, inode_of(a)) && inodes_have(&held, inode_of(b)), "both");
	same_number(sockets_held(getpid(), &held), 0, "added once more");
	ok(held.count >= 2 && held.list[0] < held.list[1] &&
		   held.list[held.count - 2] < held.list[held.count - 1],
	   "each once, in order");
	same_number(sockets_read(getpid(), &read_by), -ENOTSUP, "no epoll set");
	first = epoll_create1(EPOLL_CLOEXEC);
	second = epoll_create1(EPOLL_CLOEXEC);
	must(first >= 0 && second >= 0, "epoll_create1");
	watch(first, a);
	r = sockets_read(getpid(), &read_by);
	if (r == -ENOTSUP) {
		printf("# this kernel does not show epoll sets\n");
	} else {
		same_number(r, 0, "what we read");
		ok(inodes_have(&read_by, inode_of(a)), "is read");
		ok(!inodes_have(&read_by, inode_of(b)), "held, and not read");
		watch(second, b);
		same_number(sockets_read(getpid(), &read_by), 0, "by two epoll sets");
		ok(inodes_have(&read_by, inode_of(a)) && inodes_have(&read_by, inode_of(b)),
		   "both are read");
	}
	(void)close(first);
	(void)close(second);
	(void)close(a);
	(void)close(b);
	inodes_free(&read_by);
	same_number(sockets_held(getpid(), &read_by), 0, "anew");
	ok(!inodes_have(&read_by, 0), "no inode is 0");
	inodes_free(&held);
	inodes_free(&read_by);
}

/* Linux 3.8 to 4.12 shows descriptors, not inodes; before 3.8 nothing. */
static void old_epoll(void)
{
	const char *proc = procfs_root;
	char root[64];
	struct inodes read_by;

	inodes_init(&read_by);
	(void)snprintf(root, sizeof(root), "%s", folder);
	must(mkdir(folder_path("8"), 0700) == 0 && mkdir(folder_path("8/fd"), 0700) == 0 &&
		     mkdir(folder_path("8/fdinfo"), 0700) == 0,
	     "8");
	must(symlink("anon_inode:[eventpoll]", folder_path("8/fd/9")) == 0 &&
		     symlink("socket:[6001]", folder_path("8/fd/6")) == 0 &&
		     symlink("socket:[6002]", folder_path("8/fd/7")) == 0,
	     "fd");
	put_text("8/fdinfo/9", "pos:\t0\nflags:\t02000002\n");
	procfs_root = root;
	same_number(sockets_read(8, &read_by), -ENOTSUP, "a kernel that shows nothing");
	put_text("8/fdinfo/9", "pos:\t0\nflags:\t02\n"
			       "tfd:        6 events:       19 data:     7f0000000010\n");
	same_number(sockets_read(8, &read_by), 0, "one that shows numbers");
	ok(read_by.count == 1 && inodes_have(&read_by, 6001), "the socket of that number");
	put_text("8/fdinfo/9", "tfd:        6 events:       19 data:     7f0000000010  pos:0 "
			       "ino:1772 sdev:8\n");
	same_number(sockets_read(8, &read_by), 0, "one that shows inodes");
	ok(read_by.count == 2 && inodes_have(&read_by, 6002), "the inode counts, not the number");
	inodes_free(&read_by);
	same_number(sockets_held(8, &read_by), 0, "what it holds");
	same_number((long long)read_by.count, 2, "two sockets");
	same_number(sockets_held(9, &read_by), -ESRCH, "nobody");
	procfs_root = proc;
	inodes_free(&read_by);
}

static void put_worker(const char *pid)
{
	static const char *const folders[] = {"", "/fd", "/fdinfo"};
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", pid, folders[i]);
		must(mkdir(folder_path(name), 0700) == 0, name);
	}
}

static void put_epoll(const char *pid, int fd, const char *inode)
{
	char name[32];
	char line[96];

	(void)snprintf(name, sizeof(name), "%s/fd/%d", pid, fd);
	must(symlink("anon_inode:[eventpoll]", folder_path(name)) == 0, name);
	(void)snprintf(name, sizeof(name), "%s/fdinfo/%d", pid, fd);
	(void)snprintf(line, sizeof(line),
		       "tfd:        6 events:       19 data:     7f  pos:0 ino:%s sdev:8\n", inode);
	put_text(name, line);
}

/* The second worker has its epoll set two descriptors further, and a module's far behind that. */
static void all_of_them(void)
{
	const pid_t pids[] = {20, 21, 22};
	const char *proc = procfs_root;
	char root[64];
	struct inodes read_by;

	inodes_init(&read_by);
	(void)snprintf(root, sizeof(root), "%s", folder);
	put_worker("20");
	put_epoll("20", 9, "a1");
	put_worker("22");
	put_epoll("22", 11, "a2");
	put_epoll("22", 30, "a3");
	procfs_root = root;
	same_number(sockets_read_by_all(pids, 3, true, &read_by), 0, "quick, 21 has gone");
	ok(inodes_have(&read_by, 0xa1) && inodes_have(&read_by, 0xa2), "nginx's own sets");
	ok(!inodes_have(&read_by, 0xa3), "the quick look does not go further");
	same_number(sockets_read_by_all(pids, 3, false, &read_by), 0, "the whole look");
	ok(read_by.count == 3 && inodes_have(&read_by, 0xa3), "finds the module's, too");
	procfs_root = proc;
	inodes_free(&read_by);
}

int main(void)
{
	folder_open();
	holders();
	old_epoll();
	all_of_them();
	folder_close();
	return tap_end();
}
