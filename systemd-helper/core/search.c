/* A search through /proc for masters. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/search.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

/* The pid of a process in its own, innermost namespace: the last of the NSpid line. */
static pid_t innermost_pid(pid_t pid)
{
	char buf[PROC_STATUS_SHORT];
	const char *p;
	char *end;
	long last = 0;

	if (procfs_read_status(pid, buf, sizeof(buf)) < 0)
		return 0;
	p = strstr(buf, "\nNSpid:\t");
	if (!p)
		return 0;
	for (p += strlen("\nNSpid:\t"); *p && *p != '\n'; p = end) {
		last = strtol(p, &end, 10);
		if (end == p)
			break;
		end += strspn(end, "\t ");
	}
	return (pid_t)last;
}

int search_conf_path(const struct master *m, const struct build_info *b, char ret[PATH_MAX])
{
	const char *prefix = m->arguments.prefix;
	char named[PATH_MAX];
	char path[PATH_MAX];
	int r;

	/* -c is relative to the prefix (nginx: ngx_process_options, ngx_conf_full_name). */
	if (m->arguments.conf)
		r = path_join(prefix ? prefix : b->prefix, m->arguments.conf, named);
	else
		r = build_path_under(b, b->conf_path, b->conf_relative, prefix, named);
	if (!r)
		r = path_join(m->cwd, named, path);
	return r < 0 ? r : rooted_path(m->subject.root, path, ret);
}

/*
 * Makes a path below another root one that lasts as long as the master, not only as long as our
 * look at it: our own path, where both show the same file, else one below /proc/PID/root.
 */
static bool make_lasting(const struct master *m, char path[PATH_MAX])
{
	char own[PATH_MAX];

	if (master_our_view(m, path))
		return true;
	(void)snprintf(own, sizeof(own), "root%s", path + strlen(m->subject.root));
	return procfs_path(path, m->subject.process.pid, own) != NULL &&
	       strlen(path) < PATH_MAX - 1;
}

/* The question could not be asked, which says nothing about the process. */
static bool is_shortage(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -EAGAIN || r == -EIO;
}

/*
 * Asks the file that the master executes for its build, as that master. 1; 0: it does not answer;
 * or -errno: see is_shortage().
 */
static int ask_build(const struct master *m, struct build_info *ret)
{
	struct program program = PROGRAM_NONE;
	struct actor actor = actor_of(&m->subject, NULL);
	struct ask_failure why;
	struct running asked;
	int r = program_of(&m->subject, &program);

	if (!r)
		r = version_start(&program, &actor, -1, &asked);
	if (!r)
		r = version_finish(&asked, ret, &why) == 0 ? 1 : 0;
	program_close(&program);
	actor_free(&actor);
	return r < 0 && !is_shortage(r) ? 0 : r;
}

/* The pid file by its configuration or build, as we reach it. */
static bool reach_pid_path(const struct master *m, const struct build_info *b,
			   const char *directive, char ret[PATH_MAX])
{
	char named[PATH_MAX];
	char path[PATH_MAX];

	return build_pid_file(b, m->arguments.prefix, directive, named) == 0 &&
	       path_join(m->cwd, named, path) == 0 &&
	       rooted_path(m->subject.root, path, ret) == 0 && make_lasting(m, ret);
}

/*
 * The pid file of a master: by its present configuration, and the compiled-in one. The latter may
 * be right where the "pid" line is newer than the master. Each is "" where there is none.
 */
struct pid_paths {
	char configured[PATH_MAX];
	char built[PATH_MAX];
};

static int pid_paths_of(const struct master *m, struct pid_paths *ret)
{
	struct program program = PROGRAM_NONE;
	struct actor actor = actor_of(&m->subject, NULL);
	struct config_test t = {.program = &program, .as = &actor, .wake_fd = -1};
	char path[PATH_MAX];
	struct build_info b;
	int r;

	ret->configured[0] = ret->built[0] = '\0';
	r = ask_build(m, &b);
	if (r <= 0)
		goto out;
	t.arguments = config_arguments_of(&m->arguments);
	if (program_of(&m->subject, &program) == 0 && search_conf_path(m, &b, path) == 0)
		config_read(&t, path);
	if (!reach_pid_path(m, &b, t.scan.pid, ret->configured))
		ret->configured[0] = '\0';
	if (!t.scan.pid || !reach_pid_path(m, &b, NULL, ret->built))
		ret->built[0] = '\0';
	config_test_sweep(&t, ret->configured);
	config_test_free(&t);
	build_info_free(&b);
out:
	program_close(&program);
	actor_free(&actor);
	return r < 0 ? r : ret->configured[0] != '\0';
}

/* Whether this file, or its .oldbin of a handover, names that process. */
static bool file_names(const char *path, const struct believed *b, pid_t pid)
{
	struct pid_file file;
	struct pid_file oldbin;
	bool names;

	pid_file_open(&file, b, path);
	pid_file_open_beside(&oldbin, &file, OLDBIN_SUFFIX);
	names = pid_file_peek(&file) == pid || pid_file_peek(&oldbin) == pid;
	pid_file_close(&oldbin);
	pid_file_close(&file);
	return names;
}

/* NULL: it cannot be trusted, or there is no memory to look at it. */
static struct master *look_at(pid_t pid, const struct believed *b)
{
	struct master *m = malloc(sizeof(*m)); /* too large for the stack */
	struct distrust why;

	if (m && master_look(pid, b, m, &why) != MASTER_OK) {
		free(m);
		return NULL;
	}
	return m;
}

/* Accepts NULL. */
static void forget(struct master *m)
{
	if (m)
		master_close(m);
	free(m);
}

bool search_pid_path(pid_t master, const struct believed *b, char ret[PATH_MAX])
{
	struct master *m = look_at(master, b);
	struct pid_paths *paths = m ? malloc(sizeof(*paths)) : NULL;
	bool found = paths && pid_paths_of(m, paths) > 0;

	forget(m);
	if (found && paths->built[0] && !file_names(paths->configured, b, master) &&
	    file_names(paths->built, b, master))
		memcpy(ret, paths->built, PATH_MAX);
	else if (found)
		memcpy(ret, paths->configured, PATH_MAX);
	free(paths);
	return found;
}

/* Whether it has the configuration at `conf`; NULL: the compiled-in one. */
static bool has_conf(const struct master *m, const char *conf)
{
	char named[PATH_MAX];
	char wanted[PATH_MAX];
	char its[PATH_MAX];
	struct build_info build;
	bool same = ask_build(m, &build) > 0;

	if (same) {
		/* nginx: ngx_conf_full_name takes it from the prefix */
		same = search_conf_path(m, &build, its) == 0 &&
		       path_join(build.prefix, conf ? conf : build.conf_path, named) == 0 &&
		       rooted_path(m->subject.root, named, wanted) == 0 && strcmp(its, wanted) == 0;
		build_info_free(&build);
	}
	return same;
}

bool search_has_conf(pid_t master, const struct believed *b, const char *conf)
{
	struct master *m = look_at(master, b);
	bool has = m && has_conf(m, conf);

	forget(m);
	return has;
}

static bool is_same_path(const char *path, const char *resolved)
{
	return path[0] && strcmp(path, resolved) == 0;
}

/*
 * Whether s->pid_path is the pid file of this master. The compiled-in path counts only where the
 * configured file does not name this master: otherwise it would be the pid file of every instance
 * with that binary. 1, 0, or -errno.
 */
static int is_its_pid_file(const struct master *m, const struct search *s)
{
	struct pid_paths *paths;
	char wanted[PATH_MAX];
	int r;

	if (!s->pid_path)
		return true;
	paths = malloc(sizeof(*paths));
	r = paths ? pid_paths_of(m, paths) : -ENOMEM;
	if (r > 0)
		r = rooted_path("", s->pid_path, wanted) == 0 &&
		    (is_same_path(paths->configured, wanted) ||
		     (is_same_path(paths->built, wanted) &&
		      !file_names(paths->configured, &s->believed, m->subject.process.pid)));
	free(paths);
	return r;
}

/* The path it was started with; if that was without a folder, the file it executes. */
static void binary_of(const struct master *m, char ret[PATH_MAX])
{
	if (master_binary(m, ret) == 0) {
		const char *own = master_own_path(m, ret);

		/* The path as the master sees it: a unit may have a mount namespace of its own. */
		memmove(ret, own, strlen(own) + 1);
		return;
	}
	memcpy(ret, m->subject.image_path, PATH_MAX);
	(void)procfs_cut_deleted(ret);
}

/*
 * Compares the resolved paths. The title of root's master can be believed once the kernel vouches
 * for root; of a user's master the title is the user's own.
 */
static bool runs_from(const struct master *m, const char *its, const struct search *s)
{
	char wanted[PATH_MAX];
	size_t i;

	if (!s->binaries)
		return true;
	for (i = 0; s->binaries[i]; i++) {
		if (rooted_path(m->subject.root, s->binaries[i], wanted) == 0 &&
		    strcmp(its, master_own_path(m, wanted)) == 0)
			return true;
	}
	return false;
}

/* In a handover the new master is the child of the old one: both are one nginx. */
static bool is_second_generation(const struct master *m)
{
	return m->parent > 1 && master_titled(m->parent) &&
	       subject_has_user(m->parent, m->subject.uid);
}

static int consider_master(struct search *s, const struct master *m)
{
	struct found_master found = {m->subject.process.pid, ""};
	int is = 0;

	if (is_second_generation(m))
		return 0;
	binary_of(m, found.binary);
	if (m->subject.uid == s->believed.user && runs_from(m, found.binary, s))
		is = is_its_pid_file(m, s);
	if (is < 0)
		return is;
	if (m->subject.uid != s->believed.user) {
		s->of_users++;
	} else if (is) {
		if (s->count < SEARCH_MAX)
			s->masters[s->count++] = found;
	} else {
		s->stranger = found;
		s->strangers++;
	}
	return 0;
}

/* By the title only: used for a message about a master that is not trusted, not for an action. */
static bool is_started_as(const struct master *m, const struct search *s)
{
	size_t i;

	for (i = 0; s->binaries && s->binaries[i]; i++) {
		if (strcmp(m->arguments.argv0, s->binaries[i]) == 0)
			return true;
	}
	return !s->binaries;
}

static int consider_process(pid_t pid, void *arg)
{
	struct search *s = arg;
	struct master *m = &s->looked_at;
	struct distrust why;
	bool starts = s->starting != 0;
	int r = master_is_titled_or_starts(pid, s->believed.user, &starts);

	if (r <= 0) {
		if (starts && !s->starting)
			s->starting = pid;
		return r;
	}
	switch (master_look(pid, &s->believed, m, &why)) {
	case MASTER_OK:
		r = consider_master(s, m);
		master_close(m);
		return r;
	case MASTER_IMAGE:
		if (m->subject.uid == s->believed.user && is_started_as(m, s)) {
			s->distrusted = pid;
			s->why = why;
		}
		break;
	case MASTER_CONTAINER:
		if (s->wanted && innermost_pid(pid) == s->wanted)
			s->in_container = pid;
		break;
	case MASTER_NO_PERMISSION: s->unknown++; break;
	case MASTER_UNREADABLE:
		s->unknown++;
		return why.error > 0 && why.error != EBADMSG ? -why.error : 0;
	default: break;
	}
	return 0;
}

int search_masters(struct search *s)
{
	s->count = s->strangers = s->of_users = s->unknown = 0;
	s->starting = s->in_container = s->distrusted = 0;
	return procfs_each(consider_process, s);
}
