/* Which package manager is named, in a mount namespace with databases of the test's own. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>

#include "commands/package_check.h"
#include "folder.h"

static void empty(const char *path)
{
	must(mount("tmpfs", path, "tmpfs", 0, "mode=755") == 0, path);
}

static void list(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/var/lib/dpkg/info/%s", name);
	f = fopen(path, "we");
	must(f && fputs(text, f) >= 0 && fclose(f) == 0, path);
}

static const char *check(const char *binary)
{
	const char *paths[] = {binary, "/usr/lib/nginx/modules/a.so"};
	static char text[256];

	return package_check(paths, 2, text, sizeof(text)) ? text : "none";
}

static void with_dpkg(void)
{
	list("nginx-core.list", "/.\n/usr/sbin/nginx\n");
	list("libnginx-mod-a:amd64.list", "/.\n/usr/lib/nginx/modules/a.so\n");
	list("other.list", "/usr/sbin/nginx.old\n/x/usr/sbin/nginx\n/usr/sbin\n");
	list("nginx.md5sums", "/usr/sbin/nginx\n");
	same_text(check("/usr/sbin/nginx"), "dpkg --verify nginx-core libnginx-mod-a",
		  "the packages that have the files, the binary's first");
	same_text(check("/opt/nginx"), "none", "a file of no package");
	list("whole.list", "/sbin/angie");
	same_text(check("/usr/sbin/angie"), "dpkg --verify whole libnginx-mod-a",
		  "by the path that it had before /usr was one with /");
}

static void database(const char *text)
{
	FILE *f = fopen("/var/lib/rpm/rpmdb.sqlite", "we");

	must(f && fputs(text, f) >= 0 && fclose(f) == 0, "rpmdb");
}

static void with_rpm(void)
{
	database("");
	same_text(check("/opt/nginx"), "none", "an empty database is none");
	database("SQLite");
	same_text(check("/opt/nginx"), "rpm -V nginx", "rpm");
	same_text(check("/usr/local/nginx/sbin/nginx"), "none", "the administrator's own build");
	same_text(check("/usr/sbin/nginx"), "dpkg --verify nginx-core libnginx-mod-a",
		  "what dpkg knows it has");
}

int main(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		(void)printf("1..0 # SKIP needs root\n");
		return 0;
	}
	empty("/var/lib");
	must(mkdir("/var/lib/dpkg", 0755) == 0 && mkdir("/var/lib/dpkg/info", 0755) == 0 &&
		     mkdir("/var/lib/rpm", 0755) == 0,
	     "folders");
	same_text(check("/usr/sbin/nginx"), "none", "neither");
	with_dpkg();
	with_rpm();
	return tap_end();
}
