/*
 * Files that others than root, or than the user that nginx runs as, can change, and that nginx
 * executes or a handover relies on. Those for which an upgrade is refused are found by the
 * upgrade's own checks.
 */
#include <errno.h>
#include <stdlib.h>

#include "commands/doctor.h"
#include "commands/findings.h"
#include "commands/session.h"
#include "commands/storage.h"
#include "core/preflight.h"
#include "core/search.h"
#include "core/world.h"
#include "nginx/build_info.h"
#include "nginx/builds.h"
#include "nginx/mapped.h"
#include "nginx/master.h"
#include "nginx/served.h"
#include "trust/path.h"

/* Whether others can change this file; *ret says who and where. */
static bool is_distrusted(const struct world *w, const char *root, const char *path,
			  struct distrust *ret)
{
	struct trusted t;
	int r = trusted_open(&w->believed, root, path, TRUSTED_MISSING, &t, ret);

	if (r == 0)
		trusted_close(&t);
	return r == -EPERM;
}

static void check_configuration(const struct world *w, const struct preflight *p,
				struct findings *f)
{
	const struct master *m = &w->old_master;
	const struct build_info *b = p->have_old_build ? &p->old_build : &p->new_build;
	struct distrust why;
	char path[PATH_MAX];

	if ((!p->have_old_build && !p->have_new_build) || search_conf_path(m, b, path) < 0)
		return;
	if (is_distrusted(w, master_root_of(m, path), master_own_path(m, path), &why))
		findings_of_distrust(
			f, "conf-writable", "nginx's configuration",
			"whoever can change it can have nginx's master execute his own module at the next start, reload or upgrade",
			&why);
}

struct modules {
	const struct world *w;
	struct findings *findings;
};

enum { GO_ON, ENOUGH };

/* The first such module is enough: modules mostly share one folder. */
static int look_at_module(const struct mapped *module, void *arg)
{
	const struct modules *l = arg;
	struct distrust why;

	if (!mapped_is_named_module(module) ||
	    !is_distrusted(l->w, l->w->old_master.subject.root, module->path, &why))
		return GO_ON;
	findings_of_distrust(
		l->findings, "module-writable", "a module that nginx loads",
		"whoever can change it can have nginx's master execute his own code at the next start or upgrade",
		&why);
	return ENOUGH;
}

static void check_pid_file(const struct world *w, struct findings *f)
{
	if (!w->pid_file.trusted && w->pid_file.why.kind != DISTRUST_NONE)
		findings_of_distrust(
			f, "pid-file-writable", "nginx's pid file",
			"whoever can change it can lead scripts that use it to signal another process; nginx-handover checks that process, and refuses if it cannot prove what it is",
			&w->pid_file.why);
}

static void check_record(const struct world *w, struct findings *f)
{
	struct served *served = storage_new(sizeof(*served));
	struct builds b;
	struct distrust why;
	char path[PATH_MAX];

	if (served && builds_of(&w->old_master, &w->believed, &b) == 0 &&
	    served_load(&b, served, path, &why) == -EPERM && why.kind != DISTRUST_NONE)
		findings_of_distrust(
			f, "record-writable", "the record of the builds that served",
			"it is not used, so that \"nginx-handover rollback\" may not know where to go back to",
			&why);
	free(served);
}

void doctor_trust(const struct session *s, const struct preflight *p, struct findings *f)
{
	const struct world *w = &s->run.world;
	struct modules modules = {w, f};

	check_configuration(w, p, f);
	(void)mapped_each(w->old_master.subject.process.pid, look_at_module, &modules);
	check_pid_file(w, f);
	check_record(w, f);
}
