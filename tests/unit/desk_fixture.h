/*
 * An nginx at the desk: processes that really live, and do nothing but wait, and a folder that says
 * of them what /proc would say of masters and workers. What they say is changed in `desk`, then
 * written by desk_write(); signals go to the processes themselves.
 *
 *	desk_open -> desk_start ... -> desk_write -> ... -> desk_close
 */
#ifndef DESK_FIXTURE_H
#define DESK_FIXTURE_H

#include <dirent.h>
#include <inttypes.h>
#include <sys/wait.h>

#include "core/world.h"
#include "desk_signals.h"
#include "folder.h"
#include "os/procfs.h"
#include "waiting_child.h"

#define MASTER_TITLE  "nginx: master process /usr/sbin/nginx"
#define WORKER_TITLE  "nginx: worker process"
#define LEAVING_TITLE "nginx: worker process is shutting down"

enum { DESK_MAX = 16, DESK_STACK = 0x7ff00000 };

struct desk_process {
	pid_t pid; /* 0: none */
	pid_t parent;
	const char *title;
	const char *environ;
	char state;
	uint64_t pending;
	uint64_t blocked;
	uint64_t stack;
	const char *image; /* in the folder */
	unsigned socket;   /* number of a socket that listens, at this port; 0: none */
	unsigned port;
	uid_t uid;
};

static struct desk {
	struct desk_process list[DESK_MAX];
	bool no_lists; /* as Linux before 3.5: no task/PID/children */
	char proc[PATH_MAX];
	char pid_path[PATH_MAX];
} desk;

static inline const char *desk_name(pid_t pid, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "proc/%d/%.100s", (int)pid, name);
	return path;
}

static inline void desk_text(pid_t pid, const char *name, const char *text)
{
	(void)folder_file(desk_name(pid, name), text, strlen(text), 0644);
}

static inline void desk_link(pid_t pid, const char *name, const char *target)
{
	const char *path = folder_path(desk_name(pid, name));

	(void)unlink(path);
	must(symlink(target, path) == 0, path);
}

static inline void desk_folder(pid_t pid, const char *name)
{
	const char *path = folder_path(desk_name(pid, name));

	must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
}

/* The kernel's word on namespaces and root folder, which are ours. */
static inline void desk_namespaces(pid_t pid)
{
	static const char *const names[] = {"ns/pid", "ns/user", "ns/mnt", "root"};
	size_t i;

	desk_folder(pid, "");
	desk_folder(pid, "ns");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		desk_link(pid, names[i], "/");
}

static inline void desk_stat(const struct desk_process *p)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "%d (nginx) %c %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 1000 10 "
		       "18446744073709551615 1 1 %" PRIu64 " 0 0 0 0 0 0\n",
		       (int)p->pid, p->state, (int)p->parent, 1000 + (int)p->pid, p->stack);
	desk_text(p->pid, "stat", text);
}

static inline void desk_status(const struct desk_process *p)
{
	char text[1024];
	unsigned u = (unsigned)p->uid;

	(void)snprintf(
		text, sizeof(text),
		"Name:\tnginx\nState:\t%c (x)\nTgid:\t%d\nUid:\t%u\t%u\t%u\t%u\n"
		"Gid:\t0\t0\t0\t0\nGroups:\t\nSigPnd:\t0\nShdPnd:\t%" PRIx64 "\nSigBlk:\t%" PRIx64
		"\nSigIgn:\t0\nCapInh:\t0\nCapPrm:\t%s\nCapBnd:\t3fffffffff\n",
		p->state, (int)p->pid, u, u, u, u, p->pending, p->blocked, u ? "0" : "3fffffffff");
	desk_text(p->pid, "status", text);
}

static inline void desk_auxv(const struct desk_process *p)
{
	uint64_t auxv[] = {6, (uint64_t)sysconf(_SC_PAGESIZE), 11, p->uid, 12, p->uid, 0, 0};

	(void)folder_file(desk_name(p->pid, "auxv"), (const char *)auxv, sizeof(auxv), 0644);
}

static inline void desk_children(const struct desk_process *p)
{
	char text[256] = "";
	char name[64];
	size_t i;

	(void)snprintf(name, sizeof(name), "task/%d", (int)p->pid);
	desk_folder(p->pid, "task");
	desk_folder(p->pid, name);
	for (i = 0; i < DESK_MAX; i++) {
		size_t n = strlen(text);

		if (desk.list[i].pid && desk.list[i].parent == p->pid)
			(void)snprintf(text + n, sizeof(text) - n, "%d ", (int)desk.list[i].pid);
	}
	(void)snprintf(name, sizeof(name), "task/%d/children", (int)p->pid);
	if (desk.no_lists)
		(void)unlink(folder_path(desk_name(p->pid, name)));
	else
		desk_text(p->pid, name, text);
}

/* All the sockets that listen stand in each table; which are its own, its descriptors say. */
static inline bool desk_has_before(size_t end, unsigned socket)
{
	size_t i;

	for (i = 0; i < end; i++) {
		if (desk.list[i].pid && desk.list[i].socket == socket)
			return true;
	}
	return false;
}

static inline void desk_sockets(const struct desk_process *p)
{
	char text[4096] = "  sl  local_address rem_address   st\n";
	char link[32];
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		const struct desk_process *other = &desk.list[i];
		size_t n = strlen(text);

		if (other->pid && other->socket && !desk_has_before(i, other->socket))
			(void)snprintf(text + n, sizeof(text) - n,
				       "   %zu: 0100007F:%04X 00000000:0000 0A 00000000:00000000 "
				       "00:00000000 00000000 0 0 %u 1 0\n",
				       i, other->port, other->socket);
	}
	desk_folder(p->pid, "fd");
	desk_folder(p->pid, "net");
	desk_text(p->pid, "net/tcp", text);
	(void)unlink(folder_path(desk_name(p->pid, "fd/6")));
	(void)snprintf(link, sizeof(link), "socket:[%u]", p->socket);
	if (p->socket)
		desk_link(p->pid, "fd/6", link);
}

static inline void desk_write_one(const struct desk_process *p)
{
	char image[PATH_MAX];

	desk_namespaces(p->pid);
	desk_sockets(p);
	desk_stat(p);
	desk_status(p);
	desk_auxv(p);
	desk_children(p);
	/* Of a zombie, and of what is being executed, it is empty. */
	(void)folder_file(desk_name(p->pid, "cmdline"), p->title,
			  *p->title ? strlen(p->title) + 1 : 0, 0644);
	desk_text(p->pid, "environ",
		  p->environ ? p->environ : "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	(void)snprintf(image, sizeof(image), "%s/%s", folder, p->image);
	desk_link(p->pid, "exe", image);
	desk_link(p->pid, "cwd", "/");
}

/* All that the processes say now. */
static inline void desk_write(void)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		if (desk.list[i].pid)
			desk_write_one(&desk.list[i]);
	}
}

static inline void desk_open(void)
{
	struct desk_process own = {.state = 'R', .uid = 0};
	char self[16];

	folder_open();
	memset(&desk, 0, sizeof(desk));
	must(pipe2(desk_signals, O_CLOEXEC | O_NONBLOCK) == 0, "pipe");
	(void)snprintf(desk.proc, sizeof(desk.proc), "%s/proc", folder);
	(void)snprintf(desk.pid_path, sizeof(desk.pid_path), "%s/nginx.pid", folder);
	must(mkdir(desk.proc, 0755) == 0, desk.proc);
	procfs_root = desk.proc;
	(void)folder_file("nginx", "old", 3, 0755);
	(void)folder_file("nginx.new", "new", 3, 0755);
	own.pid = getpid();
	own.parent = getppid();
	(void)snprintf(self, sizeof(self), "%d", (int)own.pid);
	must(symlink(self, folder_path("proc/self")) == 0, "proc/self");
	desk_folder(1, "");
	desk_namespaces(own.pid);
	desk_stat(&own);
	(void)folder_file("proc/loadavg", "0.0 0.0 0.0 1/100 0\n", 20, 0644);
}

static inline struct desk_process *desk_find(pid_t pid)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		if (desk.list[i].pid == pid)
			return &desk.list[i];
	}
	return NULL;
}

/* Whether it has been killed; it is waited for, a while. Its number stays its until desk_end(). */
static inline bool desk_is_killed(const struct desk_process *p)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	(void)alarm(60); /* ends the test */
	must(waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT) == 0, "waitid");
	(void)alarm(0);
	return info.si_status == SIGKILL;
}

/* What the kernel shows of those that STOP has reached. */
static inline void desk_show_stopped(void)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		siginfo_t info;
		struct desk_process *p = &desk.list[i];

		memset(&info, 0, sizeof(info));
		if (p->pid && waitid(P_PID, (id_t)p->pid, &info, WSTOPPED | WNOHANG) == 0 &&
		    info.si_pid == p->pid)
			p->state = 'T';
	}
}

/* Lives until the desk ends it, or by KILL. Stays good; its pid is that of a process that lives. */
static inline struct desk_process *desk_start(const struct desk_process *parent, const char *title)
{
	struct desk_process *p = desk_find(0);

	must(p != NULL, "room at the desk");
	memset(p, 0, sizeof(*p));
	p->pid = start_waiting(desk_listen, NULL);
	p->parent = parent ? parent->pid : 1;
	p->title = title;
	p->state = 'S';
	p->stack = parent ? parent->stack : DESK_STACK;
	p->image = parent ? parent->image : "nginx";
	p->socket = parent ? parent->socket : (unsigned)p->pid;
	p->port = parent ? parent->port : 80;
	p->uid = geteuid();
	return p;
}

/* Its end, and, as when its parent reaps it, no word of it any more. */
static inline void desk_end(struct desk_process *p)
{
	char command[PATH_MAX + 32];

	(void)kill(p->pid, SIGKILL);
	(void)waitpid(p->pid, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s/%d'", desk.proc, (int)p->pid);
	must(system(command) == 0, command);
	p->pid = 0;
}

static inline void desk_empty(void)
{
	size_t i;

	for (i = 0; i < DESK_MAX; i++) {
		if (desk.list[i].pid)
			desk_end(&desk.list[i]);
	}
	desk.no_lists = false;
	(void)unlink(folder_path("nginx.pid"));
	(void)unlink(folder_path("nginx.pid.oldbin"));
}

static inline void desk_close(void)
{
	desk_empty();
	procfs_root = "/proc";
	(void)close(desk_signals[0]);
	(void)close(desk_signals[1]);
	folder_close();
}

static inline void desk_pid_file(const char *name, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d\n", (int)pid);
	(void)folder_file(name, text, strlen(text), 0644);
}

static struct desk_process *old, *new;

static inline void one_generation(void)
{
	old = desk_start(NULL, MASTER_TITLE);
	(void)desk_start(old, WORKER_TITLE);
	(void)desk_start(old, WORKER_TITLE);
	desk_pid_file("nginx.pid", old->pid);
	desk_write();
}

/* Both serve, as after USR2. */
static inline void two_generations(void)
{
	one_generation();
	new = desk_start(old, MASTER_TITLE);
	new->stack++;
	new->image = "nginx.new";
	(void)desk_start(new, WORKER_TITLE);
	desk_pid_file("nginx.pid", new->pid);
	desk_pid_file("nginx.pid.oldbin", old->pid);
	desk_write();
}

/* The world of the desk's pid file, as a run finds it. */
static inline bool desk_world(struct world *w, struct world_found *ret_found)
{
	const struct believed root_alone = {0, NO_USER, NO_GROUP};
	bool opened = world_open(w, desk.pid_path, &root_alone, ret_found);

	(void)snprintf(w->target, sizeof(w->target), "%s/nginx", folder);
	return opened;
}

#endif
