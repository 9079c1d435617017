/*
 * The floor under a handover: `nginx -t`, USR2, WINCH, QUIT, and between them nothing but a spin on
 * /proc until nginx has done its part. It proves nothing. What it takes is what nginx takes; the
 * helper is measured against it.
 *
 *	floor [--quit] [--calm] [--say] PID_FILE NGINX [NGINX-ARGUMENT...]
 *
 * With --quit no WINCH comes before QUIT: where sockets of the old generation have no reader in the
 * new one, this order loses least. With --calm it looks once a millisecond, as a script or a person
 * does: a spin takes a processor from nginx, and from clients on the same machine. With --say it
 * says on standard error when the old workers accept no more.
 *
 * Prints "total_us alone_us": until the old master was gone, and until the new generation served
 * alone. Exits 1 when it gave up, or had TERM or INT, and 3 when a handover is under way already.
 * No half handover is left behind: up to QUIT it goes back to the old generation, and from there on
 * the old master ends by itself.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_US = 20000000, UNDO_US = 2000000, UNDERWAY = 3, CHILDREN_SIZE = 65536 };

/* What `undo` must know. */
struct handover {
	const char *pid_path;
	long old;
	long new;
	bool had_usr2;
	bool had_winch;
	bool skip_winch;
	bool calm;
	bool say;
};

/* Of a master's children. */
struct workers {
	unsigned accepting;
	unsigned starting; /* they have their master's title still */
	unsigned all;      /* also those that leave, and the cache manager and its like */
	long newcomer;     /* another master, 0: there is none */
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static int read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return (int)n;
}

static int read_proc(long pid, const char *name, char *buf, size_t size)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	return read_file(path, buf, size);
}

static long read_pid(const char *path)
{
	char buf[32];

	return read_file(path, buf, sizeof(buf)) > 0 ? strtol(buf, NULL, 10) : 0;
}

static int begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A child that was forked and one that executes the new binary look alike until they have a title
 * of their own: the one is the executable's, the other has another pid in the pid file. */
static void look_at_children(long master, long known, struct workers *ret)
{
	static char list[CHILDREN_SIZE];
	char name[64];
	char title[128];
	char *p;
	char *end;

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(name, sizeof(name), "task/%ld/children", master);
	if (read_proc(master, name, list, sizeof(list)) <= 0)
		return;
	for (p = list;; p = end) {
		long child = strtol(p, &end, 10);

		if (end == p)
			return;
		if (child == known || read_proc(child, "cmdline", title, sizeof(title)) <= 0)
			continue;
		ret->all++;
		if (strcmp(title, "nginx: worker process") == 0)
			ret->accepting++;
		else if (!begins(title, "nginx: ") || begins(title, "nginx: master")) {
			ret->starting++;
			ret->newcomer = child;
		}
	}
}

static int in_loop(long pid)
{
	char status[4096];
	const char *blocked;

	if (read_proc(pid, "status", status, sizeof(status)) <= 0)
		return 0;
	blocked = strstr(status, "SigBlk:\t");
	return blocked && strncmp(blocked + 8, "0000000000000000", 16) == 0;
}

static int gone(long pid)
{
	char stat[512];
	const char *p;

	if (read_proc(pid, "stat", stat, sizeof(stat)) <= 0)
		return 1;
	p = strrchr(stat, ')');
	return p && p[2] == 'Z';
}

/* An nginx that starts hears nothing but KILL, and its workers would outlive it then. */
static void kill_generation(long master)
{
	static char list[CHILDREN_SIZE];
	char name[64];
	char *p;
	char *end;

	(void)snprintf(name, sizeof(name), "task/%ld/children", master);
	(void)read_proc(master, name, list, sizeof(list));
	(void)kill((pid_t)master, SIGKILL);
	for (p = list;; p = end) {
		long child = strtol(p, &end, 10);

		if (end == p)
			return;
		(void)kill((pid_t)child, SIGKILL);
	}
}

/* The new master, also where it is not known yet: nginx may still be about to make it. 0: none is
 * there. */
static long new_master(const struct handover *h)
{
	struct workers w;

	if (h->new)
		return gone(h->new) ? 0 : h->new;
	look_at_children(h->old, 0, &w);
	return w.newcomer;
}

/*
 * Back to the old generation, whose master puts its pid file back when the new one has ended. nginx
 * may not have begun yet: nothing to see counts as the end only when there was something before, or
 * when it had its time. QUIT is sent again and again, since an exec loses it.
 */
static void undo(const struct handover *h)
{
	uint64_t began_us = now_us();
	uint64_t took_us;
	bool had_begun = false;
	long new;

	if (!h->had_usr2)
		return;
	if (h->had_winch)
		(void)kill((pid_t)h->old, SIGHUP);
	do {
		took_us = now_us() - began_us;
		new = new_master(h);
		if (new && took_us < UNDO_US)
			(void)kill((pid_t)new, SIGQUIT);
		else if (new)
			kill_generation(new);
		if (!new && read_pid(h->pid_path) == h->old && (had_begun || took_us >= UNDO_US))
			return;
		had_begun = had_begun || new || read_pid(h->pid_path) != h->old;
		(void)poll(NULL, 0, 1);
	} while (took_us < 2 * UNDO_US);
	(void)fprintf(stderr, "floor: the old master's pid file did not come back\n");
}

/* Whether to go on waiting; says so where not. */
static bool may_wait(const struct handover *h, uint64_t began_us, const char *what)
{
	if (h->calm)
		(void)poll(NULL, 0, 1);
	if (!stopped && now_us() - began_us < DEADLINE_US)
		return true;
	(void)fprintf(stderr, "floor: gave up waiting for %s\n", what);
	return false;
}

static bool test_passes(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && stopped)
		;
	if (status == 0 && !stopped)
		return true;
	(void)fprintf(stderr, "floor: the configuration test failed\n");
	return false;
}

/* Up to the moment before QUIT; false where it must be undone. */
static bool hand_over(struct handover *h, uint64_t began_us, uint64_t *ret_alone_us)
{
	struct workers w;
	long named;

	h->had_usr2 = true;
	(void)kill((pid_t)h->old, SIGUSR2);
	do {
		if (!may_wait(h, began_us, "the new master"))
			return false;
		named = read_pid(h->pid_path);
	} while (named == h->old || named <= 0);
	h->new = named;
	do {
		if (gone(h->new) || !may_wait(h, began_us, "the new workers"))
			return false;
		look_at_children(h->new, 0, &w);
	} while (!w.accepting || w.starting || !in_loop(h->new));
	*ret_alone_us = now_us() - began_us;
	if (h->skip_winch)
		return true;
	h->had_winch = true;
	(void)kill((pid_t)h->old, SIGWINCH);
	do {
		if (!may_wait(h, began_us, "the old workers to stop accepting"))
			return false;
		look_at_children(h->old, h->new, &w);
	} while (w.accepting);
	*ret_alone_us = now_us() - began_us;
	return true;
}

/* Old workers with slow clients may outlast the deadline: QUIT comes all the same, and they end it.
 */
static bool finish(const struct handover *h, uint64_t began_us)
{
	bool in_time = true;
	struct workers w;

	if (h->skip_winch)
		(void)kill((pid_t)h->old, SIGQUIT);
	do {
		in_time = may_wait(h, began_us, "the old workers to leave");
		look_at_children(h->old, h->new, &w);
	} while (in_time && w.all);
	if (!h->skip_winch)
		(void)kill((pid_t)h->old, SIGQUIT);
	while (in_time && !gone(h->old))
		in_time = may_wait(h, began_us, "the old master to leave");
	return in_time;
}

static bool begin(struct handover *h, const char *pid_path)
{
	char oldbin[4096];

	h->pid_path = pid_path;
	h->old = read_pid(pid_path);
	(void)snprintf(oldbin, sizeof(oldbin), "%s.oldbin", pid_path);
	if (h->old > 1 && !gone(h->old) && (!read_pid(oldbin) || gone(read_pid(oldbin))))
		return true;
	(void)fprintf(stderr, "floor: nginx does not run, or a handover is under way\n");
	return false;
}

/* How many arguments they are. */
static int take_options(int argc, char **argv, struct handover *h)
{
	int taken = 0;

	memset(h, 0, sizeof(*h));
	while (taken + 1 < argc && begins(argv[taken + 1], "--")) {
		if (strcmp(argv[taken + 1], "--quit") == 0) {
			h->skip_winch = true;
			taken++;
		} else if (strcmp(argv[taken + 1], "--calm") == 0) {
			h->calm = true;
			taken++;
		} else if (strcmp(argv[taken + 1], "--say") == 0) {
			h->say = true;
			taken++;
		} else {
			break;
		}
	}
	return taken;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_signal};
	char *test[16];
	struct handover h;
	uint64_t began_us = now_us();
	uint64_t alone_us;
	int i = take_options(argc, argv, &h);

	argc -= i;
	argv += i;
	if (argc < 3 || argc > 14)
		return 2;
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	for (i = 0; i + 2 < argc; i++)
		test[i] = argv[i + 2];
	test[i++] = (char *)"-t";
	test[i] = NULL;
	if (!begin(&h, argv[1]))
		return UNDERWAY;
	if (!test_passes(test))
		return 1;
	if (!hand_over(&h, began_us, &alone_us)) {
		undo(&h);
		return 1;
	}
	if (h.say)
		(void)fprintf(stderr, "floor: the old workers accept no more\n");
	if (!finish(&h, began_us))
		return 1;
	(void)printf("%llu %llu\n", (unsigned long long)(now_us() - began_us),
		     (unsigned long long)alone_us);
	return 0;
}
