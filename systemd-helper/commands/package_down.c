/* An nginx that does not run: the evidence for whether the update has ended it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands/init_script.h"
#include "commands/package_look.h"
#include "commands/package_policy.h"
#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "core/package.h"
#include "core/problems.h"
#include "init/init.h"
#include "nginx/sets.h"
#include "os/duration.h"
#include "trust/path.h"

#define SUBSYS "/var/lock/subsys"

static uint64_t since_1970_us(const struct timespec *t)
{
	return t->tv_sec < 0 ? 0 : (uint64_t)t->tv_sec * USEC_PER_SEC + (uint64_t)t->tv_nsec / 1000;
}

const char *package_binary(const struct session *s, char ret[PATH_MAX])
{
	if (s->site.nginx[0])
		memcpy(ret, s->site.nginx, sizeof(s->site.nginx));
	else if (!site_usual_binary(ret))
		ret[0] = '\0';
	return ret;
}

/* A rename changes the inode: so the change time tells when the file came to its path. */
static void look_at_file(const char *nginx, struct package_down *ret)
{
	struct stat st;

	ret->file = nginx[0] && stat(nginx, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
	ret->replaced_us = ret->file ? since_1970_us(&st.st_ctim) : 0;
}

/* If one of its modules came later than the binary, that time counts. */
static void look_at_modules(const char *nginx, const struct believed *b, struct package_down *ret)
{
	struct package_former *former = package_find_former(nginx, b);
	const struct set *set = former ? former->set : NULL;
	struct stat st;
	size_t i;

	for (i = 0; set && i < set->count; i++) {
		if (stat(set->modules[i].path, &st) == 0 &&
		    since_1970_us(&st.st_ctim) > ret->replaced_us)
			ret->replaced_us = since_1970_us(&st.st_ctim);
	}
	free(former);
}

/* When the file was last written; 0: it does not exist. Links are not followed. */
static uint64_t made_us(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? since_1970_us(&st.st_mtim) : 0;
}

/* When the lock file of the init script was made, or else the pid file. A stop in order removes
 * both. */
static uint64_t left_behind_us(const char *service, const char *pid_path)
{
	char lock[192];
	uint64_t us;

	(void)snprintf(lock, sizeof(lock), SUBSYS "/%s", service);
	us = made_us(lock);
	return us ? us : made_us(pid_path);
}

void package_look_down(struct session *s, struct package_down *ret)
{
	char binary[PATH_MAX];
	const char *nginx = package_binary(s, binary);
	const char *service = init_service(s->init);
	struct init_down unit;
	bool script;

	look_at_file(nginx, ret);
	if (!ret->file)
		return;
	look_at_modules(nginx, &s->site.believed, ret);
	ret->unit_known = s->init->ops.down(s->init, nginx, &unit);
	if (ret->unit_known) {
		ret->forbidden = unit.masked;
		ret->unit_failed = unit.failed;
		ret->active_until_us = unit.active_until_us;
	}
	script = !ret->unit_known && !init_rules() && init_script_starts(service, nginx);
	if (script)
		ret->left_us = left_behind_us(service, s->site.pid_path);
	if ((script || ret->unit_known) && !ret->forbidden && package_ended_it(ret))
		ret->forbidden = package_is_forbidden(s->init, "start");
}

/*
 * The pid file where the installed binary is so broken that it cannot tell: the unit's, or the one
 * of the build that served before.
 */
static bool pid_path_without_binary(const struct settings *settings, const char *nginx,
				    struct session *s, char ret[PATH_MAX])
{
	const struct believed *b = &s->site.believed;
	struct package_former *former;
	struct init *init = settings->caller;
	struct init_down unit;
	bool known;

	init->ops.open(init);
	known = init->ops.down(init, nginx, &unit) && unit.pid_file[0];
	init_close(init);
	if (known) {
		memcpy(ret, unit.pid_file, sizeof(unit.pid_file));
		return true;
	}
	former = package_find_former(nginx, b);
	known = former && former->build &&
		site_pid_path_of(settings, b, former->build->path, ret, &s->problems);
	free(former);
	return known;
}

/* site_find() has failed. Whether the pid file is found all the same: then it, and the binary, are
 * set in found->settings. */
static bool find_without_binary(const struct settings *settings, struct session *s,
				struct package_found *found)
{
	const struct site *site = &s->site;
	struct package_down down;

	if (site->nginx[0])
		memcpy(found->nginx, site->nginx, sizeof(found->nginx));
	else if (!site_usual_binary(found->nginx))
		return false;
	memset(&down, 0, sizeof(down));
	look_at_file(found->nginx, &down);
	if (!down.file || !pid_path_without_binary(settings, found->nginx, s, found->pid_path))
		return false;
	found->settings.nginx = found->nginx;
	found->settings.pid_file = found->pid_path;
	return true;
}

bool package_find(struct session *s, const struct settings *settings, struct package_found *found)
{
	found->settings = *settings;
	problems_clear(&s->problems);
	if (!site_find(settings, &s->site, &s->problems) &&
	    !find_without_binary(settings, s, found))
		return false;
	return session_find(s, &found->settings) == 0;
}
