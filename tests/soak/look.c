/*
 * What the kernel says of all nginx processes in this pid and network namespace, for a test that
 * compares it with the words of the program: nothing here knows of generations, or believes a pid
 * file.
 *
 *     look processes [OTHER]     a line for each process that has nginx's title, executes a file
 * below /usr/local or deleted from there, holds a listening socket, or executes the file OTHER: PID
 * PPID ROLE DEVICE:INODE SOCKETS ACCEPTS DESCRIPTORS START PATH look ask PORT TIMES        a line
 * "VERSION COUNT" for each that answers; "failed COUNT", and an early end, for what fails
 *
 * ROLE is master, worker, leaving or other. SOCKETS are the listening ones that it holds, ACCEPTS
 * how many of them it waits on by epoll.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define LISTENERS_MOST 256
#define FDS_MOST       4096
#define VERSIONS_MOST  16
#define FAILURES_MOST  2 /* each may take its time */

static unsigned long listeners[LISTENERS_MOST];
static size_t listener_count;

struct seen {
	int pid;
	int ppid;
	char state;
	unsigned long long start;
	char title[64];
	char path[PATH_MAX];
	struct stat image;
	unsigned fds, sockets, accepts;
	char is_listener[FDS_MOST];
};

static void add_listener(unsigned long inode)
{
	if (inode && listener_count < LISTENERS_MOST)
		listeners[listener_count++] = inode;
}

static void read_listeners(void)
{
	char line[1024];
	unsigned long inode;
	unsigned state, flags;
	FILE *f = fopen("/proc/net/tcp", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %*s %*s %*s %x %*s %*s %*s %*s %*s %lu", &state, &inode) == 2 &&
		    state == 0x0a)
			add_listener(inode);
	if (f)
		(void)fclose(f);
	f = fopen("/proc/net/unix", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %x %*s %*s %lu", &flags, &inode) == 2 &&
		    (flags & 0x10000))
			add_listener(inode);
	if (f)
		(void)fclose(f);
}

static int is_listener(unsigned long inode)
{
	size_t i;

	for (i = 0; i < listener_count; i++)
		if (listeners[i] == inode)
			return 1;
	return 0;
}

static int read_stat(struct seen *s)
{
	char path[64];
	char text[1024] = "";
	char *end;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", s->pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	end = strrchr(text, ')');
	return end && sscanf(end,
			     ") %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			     "%*s %*s %llu",
			     &s->state, &s->ppid, &s->start) == 3;
}

static void read_title(struct seen *s)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", s->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	(void)!fread(s->title, 1, sizeof(s->title) - 1, f);
	(void)fclose(f);
}

static int read_image(struct seen *s)
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", s->pid);
	n = readlink(path, s->path, sizeof(s->path) - 1);
	return n > 0 && stat(path, &s->image) == 0;
}

/* Fills is_listener; the epoll descriptors come after that. */
static void read_fds(struct seen *s)
{
	char path[64];
	char to[128];
	struct dirent *e;
	unsigned long inode;
	unsigned fd;
	ssize_t n;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", s->pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (sscanf(e->d_name, "%u", &fd) != 1)
			continue;
		s->fds++;
		n = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);
		if (n <= 0)
			continue;
		to[n] = '\0';
		if (sscanf(to, "socket:[%lu]", &inode) == 1 && is_listener(inode) &&
		    fd < FDS_MOST) {
			s->is_listener[fd] = 1;
			s->sockets++;
		}
	}
	if (d)
		(void)closedir(d);
}

/* "tfd: 6 events: ..." stands in the fdinfo of an epoll descriptor. */
static void read_epoll(struct seen *s)
{
	char path[320];
	char line[256];
	struct dirent *e;
	unsigned fd;
	FILE *f;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo", s->pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", s->pid, e->d_name);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "tfd: %u", &fd) == 1 && fd < FDS_MOST)
				s->accepts += (unsigned)s->is_listener[fd];
		if (f)
			(void)fclose(f);
	}
	if (d)
		(void)closedir(d);
}

static const char *role_of(const struct seen *s)
{
	const char *t = s->title;

	if (strncmp(t, "nginx: ", 7) != 0)
		return "other";
	if (!strncmp(t + 7, "master process", 14))
		return "master";
	if (strncmp(t + 7, "worker process", 14) != 0)
		return "other";
	return strstr(t, "shutting down") ? "leaving" : "worker";
}

static int counts(const struct seen *s, const struct stat *other)
{
	return s->sockets || !strncmp(s->title, "nginx: ", 7) ||
	       !strncmp(s->path, "/usr/local/", 11) ||
	       (s->image.st_dev == other->st_dev && s->image.st_ino == other->st_ino);
}

static void look_at(int pid, const struct stat *other)
{
	static struct seen s;

	memset(&s, 0, sizeof(s));
	s.pid = pid;
	if (!read_stat(&s) || s.state == 'Z' || s.state == 'X' || !read_image(&s))
		return;
	read_title(&s);
	read_fds(&s);
	if (!counts(&s, other))
		return;
	read_epoll(&s);
	printf("%d %d %s %lx:%lu %u %u %u %llu %s\n", s.pid, s.ppid, role_of(&s),
	       (unsigned long)s.image.st_dev, (unsigned long)s.image.st_ino, s.sockets, s.accepts,
	       s.fds, s.start, s.path);
}

static int processes(const char *other_path)
{
	struct stat other;
	struct dirent *e;
	DIR *d = opendir("/proc");

	memset(&other, 0, sizeof(other));
	if (!d || (other_path && stat(other_path, &other) < 0))
		return 1;
	read_listeners();
	while ((e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]) && atoi(e->d_name) != getpid())
			look_at(atoi(e->d_name), &other);
	(void)closedir(d);
	return 0;
}

/* The version in "Server: nginx/VERSION"; "failed" where nothing whole comes. */
static void ask_once(int port, char *ret, size_t size)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	struct timeval most = {2, 0};
	struct sockaddr_in to;
	char answer[4096];
	size_t n = 0;
	ssize_t got;
	char *at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(ret, size, "failed");
	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)); /* connect(), too */
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) == sizeof(request) - 1) {
		while ((got = read(fd, answer + n, sizeof(answer) - 1 - n)) > 0)
			n += (size_t)got;
		answer[n] = '\0';
		at = strstr(answer, "Server: nginx/");
		if (at && strstr(answer, "it works"))
			(void)sscanf(at + strlen("Server: nginx/"), "%15[0-9.]", ret);
	}
	(void)close(fd);
}

static int ask(int port, int times)
{
	char names[VERSIONS_MOST][16];
	char version[16];
	unsigned count[VERSIONS_MOST] = {0};
	unsigned failures = 0;
	size_t known = 0;
	size_t i;

	while (times-- > 0 && failures < FAILURES_MOST) {
		ask_once(port, version, sizeof(version));
		for (i = 0; i < known && strcmp(names[i], version) != 0; i++) {
			/* goes on to the one that it is */
		}
		if (i == VERSIONS_MOST)
			return 1;
		if (i == known)
			memcpy(names[known++], version, sizeof(version));
		count[i]++;
		failures += !strcmp(version, "failed");
	}
	for (i = 0; i < known; i++)
		printf("%s %u\n", names[i], count[i]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 2 && argc <= 3 && !strcmp(argv[1], "processes"))
		return processes(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "ask"))
		return ask(atoi(argv[2]), atoi(argv[3]));
	fputs("usage: look processes [OTHER] | look ask PORT TIMES\n", stderr);
	return 2;
}
