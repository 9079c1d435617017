/* Finding the nginx that is meant. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/site.h"
#include "core/preflight.h"
#include "core/search.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/flavour.h"
#include "os/rooted.h"
#include "ui/say.h"

bool site_usual_binary(char ret[PATH_MAX])
{
	const char *place;
	size_t i;

	for (i = 0; (place = flavour_usual_place(i)); i++) {
		if (access(place, X_OK) < 0)
			continue;
		(void)snprintf(ret, PATH_MAX, "%s", place);
		return true;
	}
	return false;
}

static bool leads_to_master(const char *pid_path)
{
	pid_t pid;

	return pid_file_read(pid_path, &pid) == PID_FILE_OK && master_runs(pid);
}

/*
 * In the middle of a handover there is no PID for a moment, but there is PID.oldbin; and if that
 * was moved back between the two looks, there is PID again.
 */
static bool names_master(const char *pid_path)
{
	char oldbin[PATH_MAX];

	return leads_to_master(pid_path) ||
	       (snprintf(oldbin, sizeof(oldbin), "%s%s", pid_path, OLDBIN_SUFFIX) < PATH_MAX &&
		leads_to_master(oldbin)) ||
	       leads_to_master(pid_path);
}

/* Root runs what belongs to another user as that user. */
static struct surroundings as_owner(const char *nginx)
{
	struct surroundings as = {0, false, 0, 0};
	struct stat st;

	if (stat(nginx, &st) == 0) {
		as.uid = st.st_uid;
		as.gid = st.st_gid;
	}
	return as;
}

static bool ask_version(const char *nginx, struct build_info *ret)
{
	struct surroundings as = as_owner(nginx);
	struct ask_failure why;
	struct child c;

	return version_start(nginx, &as, -1, &c) == 0 && version_finish(&c, ret, &why) == 0;
}

/*
 * The pid file of the nginx at this path: the "pid" directive of its configuration file, else what
 * is compiled in. nginx is not asked to read that file, see config_file.c.
 */
static bool pid_file_of(const struct settings *s, const char *nginx, char ret[PATH_MAX])
{
	struct config_scan scan;
	struct build_info b;
	int r;

	if (!ask_version(nginx, &b))
		return false;
	config_scan_init(&scan);
	(void)config_scan_file(&scan, s->conf ? s->conf : b.conf_path);
	r = build_pid_file(&b, NULL, scan.pid, ret);
	/* A "pid" line that is newer than the master that runs. */
	if (!r && scan.pid && !names_master(ret) && names_master(b.pid_path))
		r = build_pid_file(&b, NULL, NULL, ret);
	config_scan_free(&scan);
	build_info_free(&b);
	return r == 0;
}

static bool take(struct site *site, const char *nginx, const char *pid_path)
{
	(void)snprintf(site->nginx, sizeof(site->nginx), "%s", nginx);
	(void)snprintf(site->pid_path, sizeof(site->pid_path), "%s", pid_path);
	return true;
}

static bool ambiguous(struct problems *problems, const char *first, const char *second)
{
	problem_advise(problem_add(problems, EXIT_REFUSED,
				   "more than one nginx runs here: pid files %s and %s", first,
				   second),
		       "say which is meant with --pid-file");
	return false;
}

/* The one nginx that runs from this path (NULL: from any); false where there is none, or several.
 */
static bool the_running_one(const char *binary, struct site *ret)
{
	static struct search s;

	s.binary = binary;
	if (search_masters(&s) < 0 || s.count != 1)
		return false;
	return take(ret, binary ? binary : "", s.its_pid_path);
}

/* Prefers a place whose nginx runs; two of those are one too many. */
static bool search_places(const struct settings *s, struct site *ret, struct problems *problems)
{
	char pid_path[PATH_MAX];
	const char *place;
	bool found = false;
	bool runs = false;
	size_t i;

	for (i = 0; (place = flavour_usual_place(i)); i++) {
		if (access(place, X_OK) < 0 || !pid_file_of(s, place, pid_path))
			continue;
		if (!names_master(pid_path)) {
			if (!found)
				found = take(ret, place, pid_path);
			continue;
		}
		if (runs && strcmp(pid_path, ret->pid_path) != 0)
			return ambiguous(problems, ret->pid_path, pid_path);
		found = runs = runs || take(ret, place, pid_path);
	}
	if (!runs && the_running_one(NULL, ret))
		return true;
	if (!found)
		problem_advise(
			problem_add(problems, EXIT_NOT_INSTALLED,
				    "no nginx was found in the usual places"),
			"say where it is with --nginx, or name its pid file with --pid-file");
	return found;
}

/* systemd tells the commands of a unit who its main process is (systemd.exec(5), $MAINPID). */
static bool the_units_own(struct site *ret)
{
	const char *text = init_is_part() ? getenv("MAINPID") : NULL;
	pid_t pid = text ? pid_file_parse(text, strlen(text)) : 0;
	char path[PATH_MAX];

	return pid > 1 && search_pid_path(pid, path) && names_master(path) && take(ret, "", path);
}

bool site_find(const struct settings *s, struct site *ret, struct problems *problems)
{
	char cwd[PATH_MAX];

	memset(ret, 0, sizeof(*ret));
	if (s->nginx)
		(void)snprintf(ret->nginx, sizeof(ret->nginx), "%s", s->nginx);
	if (s->pid_file) {
		if (getcwd(cwd, sizeof(cwd)) && path_join(cwd, s->pid_file, ret->pid_path) == 0)
			return true;
		problem_advise(problem_add(problems, 1, "the path %s cannot be used: %s",
					   s->pid_file, strerror(errno)),
			       "give an absolute path");
		return false;
	}
	if (the_units_own(ret))
		return true;
	if (!s->nginx)
		return search_places(s, ret, problems);
	if (access(s->nginx, X_OK) == 0 && pid_file_of(s, s->nginx, ret->pid_path))
		return true;
	/* What stands there now may be broken, or gone, and what runs from there sound. */
	if (the_running_one(s->nginx, ret))
		return true;
	problem_advise(problem_add(problems, EXIT_NOT_INSTALLED,
				   "%s is not an nginx that works%s%s", s->nginx,
				   access(s->nginx, X_OK) < 0 ? ": " : "",
				   access(s->nginx, X_OK) < 0 ? strerror(errno) : ""),
		       "see what \"%s -V\" says", s->nginx);
	return false;
}

int problems_say(const struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->list[i];
		struct say_field fields[] = {{"advice", p->advice, 0},
					     {"exit_code", NULL, (uint64_t)p->exit_code},
					     {NULL, NULL, 0}};

		say_event(SAY_ERROR, "problem", fields, "%s. What to do: %s.", p->text, p->advice);
	}
	return problems->count ? problems->list[0].exit_code : 0;
}
