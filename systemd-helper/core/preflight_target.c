/*
 * The file that USR2 will execute: where it is, whether it is the one that the user means, and
 * whether it may be replaced.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/preflight.h"
#include "core/problems.h"
#include "nginx/file_copy.h"
#include "nginx/install.h"
#include "nginx/master.h"
#include "nginx/staged.h"
#include "nginx/way.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "os/rooted.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

static bool find_target(struct preflight *p)
{
	const struct master *m = &p->world->old_master;
	int r = master_binary(m, p->world->target);

	if (r < 0) {
		problem_advise(
			problem_add(
				&p->problems, EXIT_REFUSED,
				"the binary that USR2 would execute, \"%s\" seen from %s, cannot be reached: %s",
				m->arguments.argv0, m->cwd, strerror(-r)),
			"restart nginx once with the full path of its binary");
		p->world->target[0] = '\0';
		return false;
	}
	/* In a unit with ProtectSystem the binary is read-only; from outside it can be replaced. */
	(void)master_our_view(m, p->world->target);
	/* A link will be changed: what counts is the path with the link, not where it leads now. */
	return !p->leads_to || master_binary_name(m, p->world->target) == 0;
}

/* Where the master has another root the path may be meant inside of it. */
static bool names_target(const struct preflight *p)
{
	const char *root = master_root_of(&p->world->old_master, p->world->target);
	char reached[PATH_MAX];

	return strcmp(p->nginx, p->world->target) == 0 ||
	       (*root && rooted_path(root, p->nginx, reached) == 0 &&
		strcmp(reached, p->world->target) == 0);
}

static void check_same_as_said(struct preflight *p)
{
	struct file_id said;
	struct file_id target;

	if (!p->nginx || names_target(p))
		return;
	if (file_id_of(p->nginx, &said) == 0 && file_id_of(p->world->target, &target) == 0 &&
	    file_id_equal(&said, &target))
		return;
	problem_advise(
		problem_add(&p->problems, EXIT_REFUSED,
			    "at USR2 the running master executes %s, not %s", p->world->target,
			    p->nginx),
		"leave --nginx (or NGINX= in the settings) out, or restart nginx once from the path that it is to have");
}

static void add_distrust(struct preflight *p, const char *what, const struct distrust *why)
{
	char text[PATH_MAX + 256];
	char advice[PATH_MAX + 64];

	(void)distrust_advice(why, advice, sizeof(advice));
	problem_advise(
		problem_add(&p->problems, EXIT_REFUSED, "%s: %s", what,
			    distrust_text(why, text, sizeof(text))),
		"%s%s", advice[0] ? advice : "move it to a folder that root alone can change",
		why->kind == DISTRUST_OWNER
			? "; if that user owns nginx's files on purpose: TRUST_USER=NAME in the settings"
			: "");
}

/* Takes the file at the target, which USR2 would execute. */
static void take_target(struct preflight *p)
{
	const struct world *w = p->world;
	const struct master *m = &w->old_master;
	struct distrust why;
	int r = p->leads_to ? program_at(&w->believed, "", p->leads_to, &p->program, &why)
			    : program_at(&w->believed, master_root_of(m, w->target),
					 master_own_path(m, w->target), &p->program, &why);

	if (r == -EPERM)
		add_distrust(p, "the new binary cannot be trusted", &why);
	else if (r < 0)
		problem_advise(problem_add(&p->problems, EXIT_REFUSED, "the new binary %s: %s",
					   w->target, strerror(-r)),
			       "put a complete nginx binary there");
}

/*
 * Takes a file that the caller names. It may be in a folder that others can write, so it is opened
 * once and copied to where nobody else can change it. The copy is examined, and later installed.
 */
static void take_copy(struct preflight *p)
{
	const struct world *w = p->world;
	const struct master *m = &w->old_master;
	char reason[INSTALL_REASON_SIZE];
	struct install_error failed;
	int r = install_stage(&w->believed, master_root_of(m, w->target), p->new_binary,
			      master_own_path(m, w->target), m->subject.image, &p->staged, &failed);

	if (r < 0 && failed.why.kind != DISTRUST_NONE)
		add_distrust(p, "no binary is installed where others could exchange it",
			     &failed.why);
	else if (r < 0)
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED,
				    "no binary can be installed at %s: could not %s %s: %s",
				    w->target, failed.step, failed.path,
				    install_error_reason(&failed, r, reason, sizeof(reason))),
			"fix that; or put the binary at %s by other means and run \"nginx-handover upgrade\" without --binary",
			w->target);
	else
		r = program_copy(p->staged.fd, p->new_binary, &p->program);
	p->source_doubt = !r && p->staged.source.kind != DISTRUST_NONE &&
			  p->staged.source.kind != DISTRUST_ERROR;
}

/*
 * USR2 executes the path that the master was started with, and follows its links at that moment:
 * nobody may be able to change where it leads between our look and nginx's exec.
 */
static void check_way(struct preflight *p)
{
	const struct world *w = p->world;
	const struct master *m = &w->old_master;
	char path[PATH_MAX];
	struct trusted t;
	struct distrust why;
	int r;

	if (master_binary_name(m, path) < 0)
		return;
	r = trusted_open(&w->believed, m->subject.root, path, TRUSTED_MISSING, &t, &why);
	if (r == 0)
		trusted_close(&t);
	else if (r == -EPERM)
		add_distrust(p, "the path to the binary that USR2 executes cannot be trusted",
			     &why);
}

/*
 * An ordinary user controls the title of his master, which says what it was started as. No file of
 * root or of anybody else is replaced because of that: it must be the file that the kernel shows as
 * executed.
 */
static void check_users_target(struct preflight *p)
{
	const struct world *w = p->world;
	const struct subject *s = &w->old_master.subject;
	const char *own = master_own_path(&w->old_master, w->target);

	if (s->uid == 0 || subject_executes(s, w->target, own))
		return;
	problem_advise(
		problem_add(&p->problems, EXIT_REFUSED,
			    "master %d of uid %u says that it was started as %s, but executes %s",
			    (int)s->process.pid, (unsigned)s->uid, own, s->image_path),
		"have that user restart it from the path that it is to have");
}

/* Hardening scripts and control panels make files immutable. */
static void check_fixed(struct preflight *p)
{
	char folder[PATH_MAX];
	const char *fixed = NULL;

	if (file_is_fixed(p->world->target))
		fixed = p->world->target;
	else if (path_folder(p->world->target, folder) == 0 && file_is_fixed(folder))
		fixed = folder;
	if (fixed)
		problem_advise(
			problem_add(
				&p->problems, EXIT_REFUSED,
				"%s cannot be replaced, not even by root: chattr has made it immutable, or append-only",
				fixed),
			"chattr -i -a %s, and chattr +i again after the upgrade", fixed);
}

static void refuse_version(struct preflight *p, const struct way *way, const char *link)
{
	problem_advise(
		problem_add(
			&p->problems, EXIT_REFUSED,
			"the path to the binary leads through the link %s to %s, into the folder of one version: the file there is not overwritten with another version",
			link, way->end),
		"put the new build into a folder of its own, point the link %s to it (ln -sfn), and run \"nginx-handover upgrade\" without --binary",
		link);
}

/* Through such a link the file of one version would be overwritten with that of another. */
static void check_links(struct preflight *p)
{
	const struct master *m = &p->world->old_master;
	char name[PATH_MAX];
	char link[PATH_MAX];
	struct way *way;

	if (*master_root_of(m, p->world->target) || master_binary_name(m, name) < 0)
		return;
	way = malloc(sizeof(*way));
	if (!way)
		problem_advise(problem_add(&p->problems, EXIT_FAILED,
					   "there is no memory to check the path to the binary"),
			       "try again when there is more");
	else if (way_look(name, way) == 0 && way_has_versions(way, link))
		refuse_version(p, way, link);
	free(way);
}

static void check_executable(struct preflight *p)
{
	const char *path = p->new_binary ? p->new_binary
			   : p->leads_to ? p->leads_to
					 : p->world->target;
	struct stat st;
	const char *wrong = NULL;

	if (stat(path, &st) < 0)
		wrong = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		wrong = "it is not a regular file";
	else if (st.st_size == 0)
		wrong = "it is empty";
	else if (!(st.st_mode & 0111))
		wrong = "it is not executable";
	if (wrong)
		problem_advise(problem_add(&p->problems, EXIT_REFUSED, "the new binary %s: %s",
					   path, wrong),
			       "give a complete nginx binary with its execute permission set");
}

void preflight_target(struct preflight *p)
{
	if (!find_target(p))
		return;
	check_same_as_said(p);
	check_users_target(p);
	check_way(p);
	if (p->new_binary) {
		check_fixed(p);
		check_links(p);
	}
	check_executable(p);
	if (p->problems.count)
		return;
	if (p->new_binary)
		take_copy(p);
	else
		take_target(p);
}

/* A read-only file system stops even root. */
static void check_read_only(struct preflight *p)
{
	char folder[PATH_MAX];
	struct statvfs fs;

	if (path_folder(p->world->target, folder) == 0 && statvfs(folder, &fs) == 0 &&
	    (fs.f_flag & ST_RDONLY))
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED,
				    "%s cannot be replaced: its file system is mounted read-only",
				    p->world->target),
			"mount it writable for the time of the upgrade, or bring the new binary by other means and run \"nginx-handover upgrade\" without --binary");
}

void preflight_install(struct preflight *p)
{
	if (!p->world->target[0])
		return;
	check_fixed(p);
	check_links(p);
	check_read_only(p);
	preflight_disk(p, p->world->target); /* the next binary will be about as large */
}
