/*
 * What else on this machine sends signals to nginx or restarts it: logrotate, whose scripts may
 * reach only one of two generations; the scripts of nginx's package, which upgrade by themselves;
 * needrestart, which restarts. Reads their files, and runs nothing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/doctor.h"
#include "commands/findings.h"
#include "commands/package_owner.h"
#include "commands/session.h"
#include "core/problems.h"
#include "os/file_text.h"

#define OURS        "nginx-handover"
#define INIT_SCRIPT "/etc/init.d/nginx"
#define RESTARTS    "/etc/needrestart/restart.d"

enum { TEXT_MAX = 128 * 1024 };

/* Reads a regular file that root owns, TEXT_MAX bytes of it at most. The caller frees the text.
 * NULL: there is no such file, or it cannot be read. */
static char *read_file_of_root(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0)
		text = file_text(fd, TEXT_MAX);
	(void)close(fd);
	return text;
}

static bool text_has(const char *path, const char *what)
{
	char *text = read_file_of_root(AT_FDCWD, path);
	bool has = text && strstr(text, what);

	free(text);
	return has;
}

/*
 * Whether the init script calls nginx-handover: it does so itself, or, on Debian, a file of ours in
 * /lib/lsb does so before the script (packaging/debian/init-functions).
 */
static bool init_script_calls_us(void)
{
	return access("/usr/lib/lsb/init-functions.d/50-" OURS, F_OK) == 0 ||
	       access("/lib/lsb/init-functions.d/50-" OURS, F_OK) == 0 ||
	       text_has(INIT_SCRIPT, OURS);
}

/* --- logrotate ------------------------------------------------------------------------------- */

/* Whether a line of a script signals only the master that the pid file names. */
static bool reaches_one(const char *line, const char *pid_path)
{
	bool by_script = strstr(line, " nginx rotate") || strstr(line, "/nginx rotate");

	if (line[strspn(line, " \t")] == '#' || strstr(line, OURS))
		return false;
	if (by_script)
		return !init_script_calls_us();
	return strstr(line, pid_path) || strstr(line, "nginx.pid") ||
	       (strstr(line, "nginx") && strstr(line, "-s reopen"));
}

static bool begins_script(const char *line)
{
	static const char *const words[] = {"postrotate", "lastaction", "prerotate", "firstaction"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	}
	return false;
}

static void add_reaches_one(struct findings *f, const char *file, unsigned number, const char *line)
{
	struct finding *x =
		finding_add(f, "logrotate", "%s, line %u, reaches one generation of nginx: %s",
			    file, number, line);

	finding_means(
		x,
		"an old generation that finishes its clients still writes to the file that was moved away, and these lines are lost with that file");
	problem_advise(&x->what, "replace that line by: nginx-handover reopen");
}

static void look_at_rotation(const char *file, char *text, const char *pid_path, struct findings *f)
{
	bool in_script = false;
	unsigned number = 0;
	char *rest = text;
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		line += strspn(line, " \t");
		number++;
		if (begins_script(line))
			in_script = true;
		else if (strncmp(line, "endscript", 9) == 0)
			in_script = false;
		else if (in_script && reaches_one(line, pid_path))
			add_reaches_one(f, file, number, line);
	}
}

/* Whether logrotate reads a file of this name. It skips some endings (logrotate(8), tabooext);
 * here are those that packages leave. */
static bool is_rotation(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && name[length - 1] != '~' && !strstr(name, ".dpkg-") &&
	       !strstr(name, ".rpm");
}

static void check_logrotate(const struct session *s, struct findings *f)
{
	static const char folder[] = "/etc/logrotate.d";
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[PATH_MAX];

	while (dir && (entry = readdir(dir))) {
		char *text = is_rotation(entry->d_name)
				     ? read_file_of_root(dirfd(dir), entry->d_name)
				     : NULL;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (text && strstr(text, "nginx"))
			look_at_rotation(path, text, s->site.pid_path, f);
		free(text);
	}
	if (dir)
		(void)closedir(dir);
}

/* --- packages -------------------------------------------------------------------------------- */

/* A script of a package upgrades nginx by itself, before nginx-handover is called. */
static void add_vendor_upgrade(struct findings *f, const char *script, const char *change)
{
	struct finding *x = finding_add(
		f, "vendor-upgrade",
		"%s upgrades nginx when its package is updated, by signals alone, before nginx-handover is asked",
		script);

	finding_means(
		x,
		"a new binary whose workers crash ends the service there, and the update says success");
	problem_advise(&x->what, "%s", change);
}

/* Whether this script sends USR2 itself. */
static bool upgrades(const char *script)
{
	return text_has(script, "USR2") && !text_has(script, OURS);
}

/* Where nginx-handover is installed as an rpm, its trigger comes before each of these scripts
 * (packaging/rpm/transaction). */
static void check_rpm_scripts(struct findings *f)
{
	static const char *const scripts[] = {
		"/usr/libexec/initscripts/legacy-actions/nginx/upgrade", "/usr/bin/nginx-upgrade",
		"/usr/sbin/nginx-upgrade"};
	size_t i;

	if (access("/usr/libexec/" OURS "/rpm-transaction", X_OK) == 0)
		return;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (!upgrades(scripts[i]) ||
		    (i > 0 && access("/etc/nginx/rpm-disable-upgrade", F_OK) == 0))
			continue;
		add_vendor_upgrade(
			f, scripts[i],
			i > 0 ? "install nginx-handover as an rpm; or \"touch /etc/nginx/rpm-disable-upgrade\", and \"nginx-handover upgrade\" after each update"
			      : "install nginx-handover as an rpm, whose triggers come first");
		return;
	}
}

/* Only for an nginx that a package has installed. */
static void check_package_scripts(const struct session *s, struct findings *f)
{
	const char *path = s->run.world.target[0] ? s->run.world.target : s->site.nginx;
	struct package_owner owner;

	if (!path[0])
		return;
	package_owners(&path, 1, &owner);
	if (!owner.name[0])
		return;
	if (access(INIT_SCRIPT, F_OK) == 0 && !init_script_calls_us() && upgrades(INIT_SCRIPT))
		add_vendor_upgrade(
			f, INIT_SCRIPT,
			"install nginx-handover as a package, whose file 50-nginx-handover in /usr/lib/lsb/init-functions.d has that script do it by nginx-handover");
	check_rpm_scripts(f);
}

static void check_needrestart(struct findings *f)
{
	struct finding *x;

	if (access("/etc/needrestart", F_OK) < 0 || access(RESTARTS "/nginx.service", F_OK) == 0 ||
	    access(RESTARTS "/nginx", F_OK) == 0)
		return;
	x = finding_add(f, "needrestart",
			"needrestart restarts nginx when a library that it maps was replaced");
	finding_means(x,
		      "connections are lost then, and a broken build that was refused is started");
	problem_advise(&x->what,
		       "put nginx-handover's file nginx.service (its package has it) into " RESTARTS
		       ", with execute permission");
}

void doctor_machine(const struct session *s, struct findings *f)
{
	check_logrotate(s, f);
	check_package_scripts(s, f);
	check_needrestart(f);
}
