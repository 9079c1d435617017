/*
 * The search for what is left, with each of its reads failing in turn: a look that failed is an
 * error, and never "nobody is left".
 */
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/leftovers.h"
#include "failing_calls.h"
#include "os/procfs.h"

/* A process that shares our sockets and is nobody's child that we know. */
static pid_t left_behind(void)
{
	int ends[2];
	pid_t pid = 0;
	pid_t child;

	must(pipe(ends) == 0, "pipe");
	child = fork();
	must(child >= 0, "fork");
	if (child == 0) {
		pid = fork();
		if (pid == 0) {
			for (;;)
				(void)pause();
		}
		_exit(write(ends[1], &pid, sizeof(pid)) != (ssize_t)sizeof(pid));
	}
	must(read(ends[0], &pid, sizeof(pid)) == (ssize_t)sizeof(pid), "read");
	must(waitpid(child, NULL, 0) == child, "waitpid");
	return pid;
}

static int listen_somewhere(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 &&
		     listen(fd, 1) == 0,
	     "a listening socket");
	return fd;
}

/* What a search says that knows us, and nobody else. */
static int search(const struct addresses *listened)
{
	static struct world w;
	int r;

	world_init(&w);
	w.believed.user = getuid();
	w.old.subject.process.pid = getpid();
	must(procfs_file_id(getpid(), "exe", &w.old_master.subject.image_id) == 0, "our file");
	r = leftovers_search(&w, listened, true);
	w.old.subject.process.pid = 0;
	world_close(&w);
	return r;
}

/* must() of search() reads one link, which is not of the search. */
static void each_read_fails(const struct addresses *listened, int error, const char *name)
{
	unsigned overlooked = 0;
	unsigned n;
	int r;

	for (n = 1; n < 5000; n++) {
		call_fails(n, error);
		r = search(listened);
		calls_as_ever();
		if (!calls.failed)
			break;
		if (r == 0) {
			printf("# nobody is left, it says, where %s of %s failed\n", calls.call,
			       calls.what);
			overlooked++;
		}
	}
	same_number(overlooked, 0, name);
	ok(n > 5, "they were gone through");
}

int main(void)
{
	struct addresses listened;
	int fd = listen_somewhere();
	pid_t left = left_behind();

	must(addresses_of(getpid(), &listened) == 0, "our addresses");
	same_number(search(&listened), 1, "who shares our socket is found");
	each_read_fails(&listened, EMFILE, "no descriptors: never overlooked");
	each_read_fails(&listened, EIO, "an error of the system: never overlooked");
	(void)kill(left, SIGKILL);
	(void)close(fd);
	addresses_free(&listened);
	return tap_end();
}
