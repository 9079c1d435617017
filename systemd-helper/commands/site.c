/* Finds the nginx that a command is about. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "core/problems.h"
#include "core/search.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/flavour.h"
#include "nginx/master.h"
#include "nginx/pid_file.h"
#include "os/exit_code.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "trust/actor.h"
#include "trust/path.h"
#include "trust/program.h"
#include "ui/say.h"

enum { PLACES_MAX = 16 };

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

void problem_distrust(struct problems *problems, enum exit_code exit_code, const char *what,
		      const struct distrust *why)
{
	char text[PATH_MAX + 256];
	char advice[PATH_MAX + 64];

	(void)distrust_advice(why, advice, sizeof(advice));
	problem_advise(
		problem_add(problems, exit_code, "%s: %s", what,
			    distrust_text(why, text, sizeof(text))),
		"%s%s", advice[0] ? advice : "move it to a folder that root alone can change",
		why->kind == DISTRUST_OWNER
			? "; if that user owns nginx's files on purpose: TRUST_USER=NAME in the settings"
			: "");
}

/* 0; or less, and the problem is added. */
static int open_binary(const struct believed *believed, const char *nginx, struct program *ret,
		       struct problems *problems)
{
	struct distrust why;
	int r = program_at(believed, "", nginx, ret, &why);

	if (r == -EPERM)
		problem_distrust(problems, EXIT_REFUSED, nginx, &why);
	else if (r < 0)
		problem_advise(
			problem_add(problems, EXIT_NOT_INSTALLED, "%s: %s", nginx, strerror(-r)),
			"say where nginx is with --nginx");
	return r;
}

/*
 * The pid file that the nginx at this path would write: by the "pid" directive of its configuration
 * file, else the compiled-in one. The binary is executed only if nobody but the trusted users can
 * change it.
 */
static bool pid_file_of(const struct settings *s, const struct believed *believed,
			const char *nginx, char ret[PATH_MAX], struct problems *problems)
{
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	struct ask_failure why;
	struct config_test t = {.program = &program, .as = &ourselves, .wake_fd = -1};
	struct build_info b;
	int r = open_binary(believed, nginx, &program, problems);

	if (r < 0)
		return false;
	r = version_ask(&program, &ourselves, &b, &why);
	if (r < 0) {
		problem_advise(problem_add(problems, EXIT_NOT_INSTALLED,
					   "%s is not an nginx that works: %s", nginx, why.text),
			       "see what \"%s -V\" says", nginx);
	} else {
		t.arguments.conf = s->conf;
		config_read(&t, s->conf ? s->conf : b.conf_path);
		r = build_pid_file(&b, NULL, t.scan.pid, ret);
		config_test_sweep(&t, ret);
		config_test_free(&t);
		build_info_free(&b);
	}
	program_close(&program);
	return r == 0;
}

bool site_pid_path_of(const struct settings *s, const struct believed *b, const char *nginx,
		      char ret[PATH_MAX], struct problems *problems)
{
	return pid_file_of(s, b, nginx, ret, problems);
}

static void add_ambiguous(struct problems *problems, const struct search *found)
{
	problem_advise(
		problem_add(problems, EXIT_REFUSED,
			    "more than one nginx runs here: master %d (%s) and master %d (%s)",
			    (int)found->masters[0].pid, found->masters[0].binary,
			    (int)found->masters[1].pid, found->masters[1].binary),
		"say which is meant with --pid-file");
}

/*
 * Removes the masters that are not meant; another instance may run from the same binary. For a
 * service those remain that may belong to it, and have its configuration. For a user at a shell
 * those that have the configuration of --conf, if that was given.
 */
static void keep_meant(const struct settings *s, const struct site *site, struct search *found)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < found->count; i++) {
		pid_t pid = found->masters[i].pid;

		if ((!site->is_service || s->caller->ops.may_be_ours(s->caller, pid)) &&
		    ((!site->is_service && !s->conf) ||
		     search_has_conf(pid, &site->believed, s->conf)))
			found->masters[kept++] = found->masters[i];
	}
	found->count = kept;
}

/* Adds the problem that it is unknown what runs. Returns false. */
static bool proc_fails(struct problems *problems, int error)
{
	const char *why = error == -ENODATA  ? "it is not mounted"
			  : error == -EXDEV  ? "it is that of another pid namespace"
			  : error == -EACCES ? "it hides processes from us (hidepid=)"
					     : strerror(-error);

	problem_advise(
		problem_add(
			problems, EXIT_FAILED,
			"the running processes cannot be looked at in /proc: %s. Nothing was done",
			why),
		error == -ENODATA || error == -EXDEV
			? "mount -t proc proc /proc"
			: "see how /proc is mounted (\"grep /proc /proc/mounts\"), and the limits on open files (\"ulimit -n\") and on memory");
	return false;
}

/* What one search for masters has come to. */
enum search_result { SEARCH_FAILED, SEARCH_DONE, SEARCH_AGAIN };

/* The one master that was found. SEARCH_AGAIN: it has ended since. */
static enum search_result take_master(const struct found_master *m, struct site *ret,
				      struct problems *problems)
{
	if (search_pid_path(m->pid, &ret->believed, ret->pid_path)) {
		(void)snprintf(ret->nginx, sizeof(ret->nginx), "%s", m->binary);
		return SEARCH_DONE;
	}
	if (!master_titled(m->pid))
		return SEARCH_AGAIN;
	/* The binary at the path is not asked: it may be another one by now. */
	problem_advise(problem_add(problems, EXIT_REFUSED,
				   "it is not known which pid file master %d (%s) writes",
				   (int)m->pid, m->binary),
		       "name its pid file with --pid-file");
	return SEARCH_FAILED;
}

static enum search_result search_once(const struct settings *s, struct search *found,
				      struct site *ret, struct problems *problems)
{
	char what[64];
	int r = search_masters(found);

	if (r < 0) {
		(void)proc_fails(problems, r);
		return SEARCH_FAILED;
	}
	keep_meant(s, ret, found);
	if (found->count > 1) {
		add_ambiguous(problems, found);
		return SEARCH_FAILED;
	}
	ret->strangers = found->strangers;
	ret->stranger = found->stranger;
	ret->nobody = !found->count && !found->starting && !found->distrusted && !found->unknown;
	if (found->count == 1)
		return take_master(&found->masters[0], ret, problems);
	if (found->distrusted) {
		(void)snprintf(what, sizeof(what), "what master %d executes cannot be trusted",
			       (int)found->distrusted);
		problem_distrust(problems, EXIT_REFUSED, what, &found->why);
		return SEARCH_FAILED;
	}
	return pid_file_of(s, &ret->believed, ret->nginx, ret->pid_path, problems) ? SEARCH_DONE
										   : SEARCH_FAILED;
}

/*
 * The one master that runs from one of these paths; else, where none does, the pid file that the
 * binary at ret->nginx would write.
 */
static bool find_by_binary(const struct settings *s, const char *const *binaries, struct site *ret,
			   struct problems *problems)
{
	struct search *found = storage_new(sizeof(*found));
	enum search_result result;

	if (!found)
		return proc_fails(problems, -ENOMEM);
	do {
		memset(found, 0, sizeof(*found));
		found->believed = ret->believed;
		found->binaries = binaries;
		result = search_once(s, found, ret, problems);
	} while (result == SEARCH_AGAIN);
	free(found);
	return result == SEARCH_DONE;
}

static bool find_in_usual_places(const struct settings *s, struct site *ret,
				 struct problems *problems)
{
	const char *places[PLACES_MAX + 1] = {NULL};
	const char *one[] = {ret->nginx, NULL};
	bool found = site_usual_binary(ret->nginx);
	size_t i;

	for (i = 0; i < PLACES_MAX && (places[i] = flavour_usual_place(i)); i++)
		;
	if (ret->is_service && found)
		return find_by_binary(s, one, ret, problems);
	if (!found) {
		/* A master may still run from a file that was removed. */
		(void)snprintf(ret->nginx, sizeof(ret->nginx), "%s", places[0]);
		if (find_by_binary(s, places, ret, problems))
			return true;
		problems->count = 0;
		ret->nginx[0] = '\0';
		problem_advise(
			problem_add(problems, EXIT_NOT_INSTALLED,
				    "no nginx was found in the usual places"),
			"say where it is with --nginx, or name its pid file with --pid-file");
		return false;
	}
	return find_by_binary(s, places, ret, problems);
}

/* The pid file by what a unit tells its own commands: its main process (systemd.exec(5), $MAINPID),
 * or its pid file. */
static bool pid_path_of_unit(struct init *caller, struct site *ret)
{
	const char *text = caller->part ? getenv("MAINPID") : NULL;
	pid_t pid = text ? pid_file_parse(text, strlen(text)) : 0;

	if (caller->part && caller->ops.pid_file(caller, ret->pid_path, sizeof(ret->pid_path)))
		return true;
	return pid > 1 && search_pid_path(pid, &ret->believed, ret->pid_path);
}

/* A path that the caller gave is seen from the caller's working folder. */
static bool make_absolute(const char *path, char ret[PATH_MAX], struct problems *problems)
{
	int r = path_from_here(path, ret);

	if (r == 0)
		return true;
	problem_advise(problem_add(problems, EXIT_FAILED, "the path %s cannot be used: %s", path,
				   strerror(-r)),
		       "give an absolute path");
	return false;
}

bool site_find(const struct settings *s, struct site *ret, struct problems *problems)
{
	const char *one[] = {ret->nginx, NULL};
	int r = procfs_check();

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return proc_fails(problems, r);
	ret->believed = believed_caller();
	ret->believed.also = s->trust_uid;
	ret->believed.also_group = s->trust_gid;
	ret->is_service = s->is_hook || s->service || s->caller->part;
	ret->named = s->pid_file || s->nginx;
	ret->only_nginx = s->nginx != NULL || !s->pid_file;
	ret->patience_us = s->start_timeout_us;
	if (s->nginx && !make_absolute(s->nginx, ret->nginx, problems))
		return false;
	if (s->pid_file)
		return make_absolute(s->pid_file, ret->pid_path, problems);
	if (pid_path_of_unit(s->caller, ret)) {
		ret->named = true;
		ret->only_nginx = s->nginx != NULL;
		return true;
	}
	return s->nginx ? find_by_binary(s, one, ret, problems)
			: find_in_usual_places(s, ret, problems);
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
