/* An nginx that does not run: whether the update has ended it, and where its former build is. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/init_script.h"
#include "commands/package_look.h"
#include "commands/package_policy.h"
#include "init/init.h"
#include "os/duration.h"
#include "os/rooted.h"

#define SUBSYS "/var/lock/subsys"

static uint64_t since_1970_us(const struct timespec *t)
{
	return t->tv_sec < 0 ? 0 : (uint64_t)t->tv_sec * USEC_PER_SEC + (uint64_t)t->tv_nsec / 1000;
}

const char *package_binary(const struct session *s)
{
	static char usual[PATH_MAX];

	if (s->site.nginx[0])
		return s->site.nginx;
	return site_usual_binary(usual) ? usual : "";
}

/* The file came when its inode last changed: a rename does that. */
static void look_at_file(const char *nginx, struct package_down *ret)
{
	struct stat st;

	ret->file = nginx[0] && stat(nginx, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
	ret->replaced_us = ret->file ? since_1970_us(&st.st_ctim) : 0;
}

/* When it was last written; 0: there is none. Links are not followed. */
static uint64_t made_us(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? since_1970_us(&st.st_mtim) : 0;
}

/* Only where an init script has started it: its own stop would have removed them. */
static uint64_t left_behind_us(const char *pid_path)
{
	char lock[192];
	uint64_t us;

	(void)snprintf(lock, sizeof(lock), SUBSYS "/%s", init_service());
	us = made_us(lock);
	return us ? us : made_us(pid_path);
}

void package_look_down(struct session *s, struct package_down *ret)
{
	const char *nginx = package_binary(s);
	struct init_down unit;
	bool script;

	look_at_file(nginx, ret);
	if (!ret->file)
		return;
	ret->unit_known = init_look_down(nginx, &unit);
	if (ret->unit_known) {
		ret->forbidden = unit.masked;
		ret->unit_failed = unit.failed;
		ret->active_until_us = unit.active_until_us;
	}
	script = !ret->unit_known && access("/run/systemd/system", F_OK) < 0 &&
		 init_script_starts(init_service(), nginx);
	if (script)
		ret->left_us = left_behind_us(s->site.pid_path);
	if ((script || ret->unit_known) && !ret->forbidden && package_ended_it(ret))
		ret->forbidden = package_is_forbidden("start");
}

/*
 * Where what stands at the path cannot even say which pid file it writes: by the unit's, or by the
 * one of a former build.
 */
static bool pid_path_without_binary(const struct settings *settings, const char *nginx,
				    const struct believed *b, char ret[PATH_MAX])
{
	static struct way_back w;
	struct init_down unit;
	const struct kept *former;
	bool known;

	init_open();
	known = init_look_down(nginx, &unit) && unit.pid_file[0];
	init_close();
	if (known)
		memcpy(ret, unit.pid_file, sizeof(unit.pid_file));
	former = known ? NULL : package_former(nginx, b, &w);
	return known || (former && site_pid_path_of(settings, b, former->path, ret));
}

bool package_find(struct session *s, const struct settings *settings, struct settings *copy)
{
	static struct site site;
	static char nginx[PATH_MAX];
	static char pid_path[PATH_MAX];
	struct problems problems = {.count = 0};
	struct package_down down;

	*copy = *settings;
	if (!site_find(settings, &site, &problems)) {
		if (site.nginx[0])
			memcpy(nginx, site.nginx, sizeof(nginx));
		else if (!site_usual_binary(nginx))
			return false;
		memset(&down, 0, sizeof(down));
		look_at_file(nginx, &down);
		if (!down.file ||
		    !pid_path_without_binary(settings, nginx, &site.believed, pid_path))
			return false;
		copy->nginx = nginx;
		copy->pid_file = pid_path;
	}
	return session_find(s, copy) == 0;
}

const struct kept *package_former(const char *binary, const struct believed *b,
				  struct way_back *ret)
{
	struct digest installed;
	struct builds builds;
	struct stat st;
	uint64_t size;
	FILE *f;

	if (builds_at(binary, b, &builds) < 0)
		return NULL;
	memset(&installed, 0, sizeof(installed));
	f = fopen(builds.target, "re");
	if (f) {
		if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode))
			(void)digest_of_fd(fileno(f), &installed, &size);
		(void)fclose(f);
	}
	way_back_read(&builds, &installed, ret);
	return ret->to && !ret->forward ? ret->to : NULL;
}
