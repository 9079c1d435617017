/* What was replaced under a running master: from fixtures of /proc/PID/maps. */
#include "folder.h"
#include "nginx/replaced.h"
#include "os/procfs.h"

#define MAP  "7f0000000000-7f0000001000 r-xp 00000000 fe:00 1234                       "
#define GONE " (deleted)\n"

static void names(void)
{
	static const struct {
		const char *path;
		bool module;
	} rows[] = {
		{"/usr/lib/nginx/modules/ngx_http_perl_module.so", true},
		{"/usr/local/nginx/objs/ngx_mail_module.so", true},
		{"/opt/x/ngx_pagespeed.so", true},
		{"/opt/x/brotli_module.so", true},
		{"/etc/nginx/modules/ndk.so", true},
		{"/modules/x.so", true},
		{"ngx_x.so", true},
		{"/usr/lib/x86_64-linux-gnu/libssl.so.3", false},
		{"/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so", false},
		{"/usr/lib/modules.d/x.so", false},
		{"/usr/lib/modules/deep/x.so", false},
		{"modules/x.so", false},
		{"/usr/lib/libngx_x.so", false},
		{"/usr/lib/module.so", false},
		{"/x.so", false},
		{"", false},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(replaced_is_module(rows[i].path) == rows[i].module, rows[i].path);
}

/* A master with these maps; its pid names the folder. */
static struct master of_maps(const char *maps)
{
	static char name[] = "nginx";
	struct master m;

	memset(&m, 0, sizeof(m));
	m.subject = subject_none();
	m.subject.process.pid = 77;
	m.arguments.argv0 = name; /* without a path, so its binary is not known */
	(void)mkdir(folder_path("77"), 0700);
	(void)folder_file("77/maps", maps, strlen(maps), 0600);
	return m;
}

static void nothing_replaced(void)
{
	struct master m = of_maps(
		"55d0-55e0 r-xp 00000000 fe:00 1 /usr/sbin/nginx\n" /* short */
		MAP "/usr/lib/libssl.so.3\n" MAP "[heap]\n" MAP "\n" MAP "/dev/zero" GONE MAP
		"/SYSV00000000" GONE MAP "/memfd:x.sock" GONE MAP "/usr/sbin/nginx" GONE
			/* what needrestart(1) passes over, too */
			MAP "/memfd:libjit.so.1" GONE MAP "/dev/shm/x.so" GONE MAP
		"/tmp/libnative.so" GONE MAP "/run/x/y.so.1" GONE MAP "/var/tmp/z.so" GONE);
	struct replaced r;
	char why[256] = "untouched";

	same_number(replaced_look(&m, NULL, &r), 0, "maps are read");
	ok(!r.binary, "the binary is not compared");
	same_number(r.modules.count, 0, "modules");
	same_number(r.libraries.count, 0, "libraries");
	ok(!replaced_find(&m, &r, why, sizeof(why)), "nothing is due");
	same_text(why, "", "no reason");
}

/* Three segments each, one library whole. */
static const char both[] = MAP
	"/usr/lib/libc.so.6\n" MAP "/usr/lib/libssl.so.3" GONE MAP "/usr/lib/libssl.so.3" GONE MAP
	"/usr/lib/libssl.so.3" GONE MAP "/m/ngx_a_module.so" GONE MAP "/m/ngx_a_module.so" GONE MAP
	"/m/modules/b.so" GONE MAP "/usr/lib/libcrypto.so.3" GONE MAP "/m/modules/c.so" GONE;

static void counted_apart(void)
{
	struct master m = of_maps(both);
	struct replaced r;
	char why[256];
	char cut[24];

	same_number(replaced_look(&m, NULL, &r), 0, "maps are read");
	same_number(r.modules.count, 3, "modules");
	same_text(r.modules.first, "/m/ngx_a_module.so", "the first of them");
	same_number(r.libraries.count, 2, "libraries");
	same_text(r.libraries.first, "/usr/lib/libssl.so.3", "the first of them");
	ok(replaced_find(&m, &r, why, sizeof(why)), "an upgrade is due");
	same_text(why,
		  "3 modules of nginx were replaced, /m/ngx_a_module.so for one, 2 libraries that "
		  "nginx maps were replaced, /usr/lib/libssl.so.3 for one",
		  "why");
	replaced_text(&r, NULL, cut, sizeof(cut));
	same_text(cut, "3 modules of nginx were", "cut where there is no room");
}

/* Names on the way out, and one that is really called so. */
static void names_of_package_managers(void)
{
	struct master m = of_maps(MAP "/usr/lib64/libssl.so.3;5f3c2a1b" GONE MAP
				      "/usr/lib64/modules/geo.so;6a0b1c2d3e" GONE MAP
				      "/usr/lib/libz.so.1.dpkg-tmp" GONE MAP
				      "/tmp/modules/ngx_a_module.so" GONE);
	struct replaced r;

	same_number(replaced_look(&m, NULL, &r), 0, "maps are read");
	same_number(r.libraries.count, 2, "libraries");
	same_text(r.libraries.first, "/usr/lib64/libssl.so.3", "without what rpm puts behind it");
	same_number(r.modules.count, 2, "modules, wherever they are");
	same_text(r.modules.first, "/usr/lib64/modules/geo.so", "likewise");
	m = of_maps(MAP "/usr/lib/libz.so.1.dpkg-tmp" GONE);
	(void)replaced_look(&m, NULL, &r);
	same_text(r.libraries.first, "/usr/lib/libz.so.1", "without what dpkg puts behind it");
	m = of_maps(MAP "/usr/lib/libz.so;x" GONE);
	(void)replaced_look(&m, NULL, &r);
	same_number(r.libraries.count, 0, "another ending is no library");
}

/* A file that is really called "... (deleted)" is there; and then it is not. */
static void called_deleted(void)
{
	struct master m;
	char line[2 * PATH_MAX];
	char path[PATH_MAX];
	struct file_id id;
	struct replaced r;

	(void)snprintf(path, sizeof(path), "%s", folder_file("ngx_x.so (deleted)", "", 0, 0600));
	must(file_id_of(path, &id) == 0, path);
	(void)snprintf(line, sizeof(line), "7f00-7f10 r-xp 00000000 fe:00 %llu   %s\n",
		       (unsigned long long)id.inode, path);
	m = of_maps(line);
	same_number(replaced_look(&m, NULL, &r), 0, "maps are read");
	same_number(r.modules.count, 0, "it is its name");
	must(unlink(path) == 0, path);
	(void)replaced_look(&m, NULL, &r);
	same_number(r.modules.count, 1, "it is not");
}

static void one_library(void)
{
	struct master m = of_maps(MAP "/usr/lib/libz.so.1" GONE);
	struct replaced r;
	char why[256];

	ok(replaced_find(&m, &r, why, sizeof(why)), "one library is enough");
	same_text(why, "a library that nginx maps was replaced: /usr/lib/libz.so.1", "why");
}

static void binary(void)
{
	struct master m = of_maps("");
	char target[PATH_MAX];
	char why[PATH_MAX + 64];
	struct replaced r;

	(void)snprintf(target, sizeof(target), "%s", folder_file("nginx", "x", 1, 0700));
	must(file_id_of(target, &m.subject.image_id) == 0, target);
	m.arguments.argv0 = target;
	ok(!replaced_find(&m, &r, why, sizeof(why)), "the same file");
	m.subject.image_id.inode++;
	ok(replaced_find(&m, &r, why, sizeof(why)), "another file");
	ok(strstr(why, "/nginx is not the file that runs") != NULL, "why");
	m.subject.image = open(folder_file("image", "x", 1, 0700), O_RDONLY | O_CLOEXEC);
	ok(!replaced_find(&m, &r, why, sizeof(why)), "another file with the bytes that run");
	(void)replaced_look(&m, target, &r);
	ok(r.once_more && !r.binary, "put in place once more");
	(void)folder_file("nginx", "y", 1, 0700);
	(void)replaced_look(&m, target, &r);
	ok(!r.once_more && r.binary, "other bytes");
	(void)close(m.subject.image);
	m.subject.image = -1;
	must(unlink(target) == 0, target);
	ok(replaced_find(&m, &r, why, sizeof(why)), "no file");
	must(unlink(folder_path("77/maps")) == 0, "maps");
	same_number(replaced_look(&m, target, &r), -ESRCH, "no maps");
	ok(r.binary, "the binary is found out without them");
}

int main(void)
{
	folder_open();
	procfs_root = folder;
	names();
	nothing_replaced();
	counted_apart();
	names_of_package_managers();
	called_deleted();
	one_library();
	binary();
	folder_close();
	return tap_end();
}
