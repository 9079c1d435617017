/* A search through /proc for masters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/search.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "os/procfs.h"
#include "os/rooted.h"

/* The pid in its own, innermost namespace: the last of the NSpid line. */
static pid_t innermost_pid(pid_t pid)
{
	char buf[PROC_STATUS_MAX];
	const char *p;
	char *end;
	long last = 0;

	if (procfs_read(pid, "status", buf, sizeof(buf)) < 0)
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

/* The configuration file of this master, as we reach it. */
static int conf_path_of(const struct master *m, const struct build_info *b, char ret[PATH_MAX])
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
	return r < 0 ? r : rooted_path(m->root, path, ret);
}

/*
 * Behind another root: our own path, where both views show the file, else one that lasts as long as
 * the master, not only as long as our look at it.
 */
static bool make_lasting(const struct master *m, char path[PATH_MAX])
{
	char own[PATH_MAX];

	if (master_our_view(m, path))
		return true;
	(void)snprintf(own, sizeof(own), "root%s", path + strlen(m->root));
	return procfs_path(path, m->process.pid, own) != NULL && strlen(path) < PATH_MAX - 1;
}

/* Where this master writes its pid, by its arguments, its configuration file, or its build. */
static bool pid_path_of(const struct master *m, char ret[PATH_MAX])
{
	struct surroundings as = master_surroundings(m);
	struct config_scan scan;
	char named[PATH_MAX];
	char path[PATH_MAX];
	struct ask_failure why;
	struct build_info b;
	struct child c;
	bool found;

	if (version_start(procfs_path(path, m->process.pid, "exe"), &as, -1, &c) < 0 ||
	    version_finish(&c, &b, &why) < 0)
		return false;
	config_scan_init(&scan);
	if (m->arguments.directives) {
		(void)config_scan_feed(&scan, m->arguments.directives,
				       strlen(m->arguments.directives));
		(void)config_scan_feed(&scan, "\n", 1);
	}
	if (conf_path_of(m, &b, path) == 0)
		(void)config_scan_file(&scan, path);
	found = build_pid_file(&b, m->arguments.prefix, scan.pid, named) == 0 &&
		path_join(m->cwd, named, path) == 0 && rooted_path(m->root, path, ret) == 0 &&
		make_lasting(m, ret);
	config_scan_free(&scan);
	build_info_free(&b);
	return found;
}

bool search_pid_path(pid_t master, char ret[PATH_MAX])
{
	struct master m;
	bool found;

	if (master_look(master, &m) != MASTER_OK)
		return false;
	found = pid_path_of(&m, ret);
	master_close(&m);
	return found;
}

static bool is_its_pid_file(const struct master *m, struct search *s)
{
	char wanted[PATH_MAX];
	char its[PATH_MAX];

	if (!pid_path_of(m, its))
		return false;
	if (s->pid_path && (rooted_path("", s->pid_path, wanted) < 0 || strcmp(its, wanted) != 0))
		return false;
	memcpy(s->its_pid_path, its, sizeof(its));
	return true;
}

static bool runs_from(const struct master *m, const char *binary)
{
	char wanted[PATH_MAX];
	char its[PATH_MAX];

	return !binary || (master_binary(m, its) == 0 &&
			   rooted_path(m->root, binary, wanted) == 0 && strcmp(its, wanted) == 0);
}

static int consider(pid_t pid, void *arg)
{
	struct search *s = arg;
	char cmdline[TITLE_MAX];
	struct master m;

	if (procfs_read(pid, "cmdline", cmdline, sizeof(cmdline)) <= 0 ||
	    title_classify(cmdline) != TITLE_MASTER || master_look(pid, &m) != MASTER_OK)
		return 0;
	if (m.other_pid_namespace) {
		if (s->wanted && innermost_pid(pid) == s->wanted)
			s->in_container = pid;
	} else if (s->count < SEARCH_MAX && runs_from(&m, s->binary) && is_its_pid_file(&m, s)) {
		s->masters[s->count++] = pid;
	} else {
		s->others++;
	}
	master_close(&m);
	return 0;
}

int search_masters(struct search *s)
{
	s->count = 0;
	s->others = 0;
	s->in_container = 0;
	return procfs_each(consider, s);
}
