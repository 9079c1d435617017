/* Links on the way to a binary: which of them chooses the version, and where it must lead. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx/way.h"
#include "tap.h"
#include "trust/path.h"

static char top[] = "/tmp/test_way.XXXXXX";
static char real_top[64];
static struct way way;
static struct way_move move;

static const char *at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, PATH_MAX, "%s%s%s", real_top, *name ? "/" : "", name);
	return path;
}

/* A program, with its folders. */
static void put(const char *name)
{
	char path[PATH_MAX];
	char *slash;
	int fd;

	(void)snprintf(path, sizeof(path), "%s", at(name));
	for (slash = path + strlen(real_top) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	must(fd >= 0, path);
	(void)close(fd);
}

static void point(const char *name, const char *text)
{
	(void)unlink(at(name));
	must(symlink(text, at(name)) == 0, name);
}

static void begin(void)
{
	static unsigned n;
	char command[128];

	if (n++) {
		(void)snprintf(command, sizeof(command), "rm -rf %s", top);
		must(system(command) == 0 && mkdir(top, 0755) == 0, command);
	}
	put("sbin/other");
}

static void look(const char *path, size_t links)
{
	same_number(way_look(at(path), &way), 0, path);
	same_number((long long)way.count, (long long)links, "how many links");
}

/* Which of the links says what. */
static void moves(const char *to, const char *link, const char *text)
{
	same_number(way_lead_to(&way, at(to), &move), 0, to);
	same_text(move.link, at(link), "the link");
	same_text(move.after, text, "what it is to say");
}

static void has_versions(bool want, const char *name)
{
	char link[PATH_MAX];

	ok(way_has_versions(&way, link) == want, name);
}

static void file_links(void)
{
	begin();
	put("nginx-1.18/nginx");
	put("nginx-1.22/nginx");
	point("sbin/nginx", at("nginx-1.22/nginx"));
	look("sbin/nginx", 1);
	has_versions(true, "an absolute link to a file in a folder with a version");
	moves("nginx-1.18/nginx", "sbin/nginx", at("nginx-1.18/nginx"));

	point("sbin/nginx", "../nginx-1.22/nginx");
	look("sbin/nginx", 1);
	has_versions(true, "a relative one");
	moves("nginx-1.18/nginx", "sbin/nginx", "../nginx-1.18/nginx");

	put("deep/nginx-1.18/sbin/nginx");
	point("sbin/nginx", "../deep/nginx-1.18/sbin/nginx");
	look("sbin/nginx", 1);
	has_versions(true, "a version further up");
	put("deep/r1/a/b/nginx");
	point("sbin/nginx", "../deep/r1/a/b/nginx");
	look("sbin/nginx", 1);
	has_versions(true, "a release by its number");

	put("sbin/nginx-1.18");
	put("sbin/nginx-1.22");
	point("sbin/nginx", "nginx-1.22");
	look("sbin/nginx", 1);
	has_versions(true, "a version in the file's own name");
	moves("sbin/nginx-1.18", "sbin/nginx", "nginx-1.18");

	put("blue/nginx");
	put("green/nginx");
	point("sbin/nginx", "../blue/nginx");
	look("sbin/nginx", 1);
	has_versions(true, "folders without numbers, side by side");
	moves("green/nginx", "sbin/nginx", "../green/nginx");
}

static void folder_links(void)
{
	begin();
	put("nginx-1.18/sbin/nginx");
	put("nginx-1.22/sbin/nginx");
	point("current", "nginx-1.22");
	look("current/sbin/nginx", 1);
	has_versions(true, "a link in the middle");
	moves("nginx-1.18/sbin/nginx", "current", "nginx-1.18");
	point("current", at("nginx-1.22"));
	look("current/sbin/nginx", 1);
	moves("nginx-1.18/sbin/nginx", "current", at("nginx-1.18"));

	/* Two steps: the one that goes from neighbour to neighbour. */
	point("sbin/nginx", "../current/sbin/nginx");
	point("current", "nginx-1.22/");
	look("sbin/nginx", 2);
	has_versions(true, "two steps");
	moves("nginx-1.18/sbin/nginx", "current", "nginx-1.18");

	put("nginx-1.18/sbin/elsewhere");
	same_number(way_lead_to(&way, at("nginx-1.18/sbin/elsewhere"), &move), 0,
		    "a file of another name: only the link to the file can");
	same_text(move.link, at("sbin/nginx"), "which is that");
	look("current/sbin/nginx", 1);
	same_number(way_lead_to(&way, at("nginx-1.18/sbin/elsewhere"), &move), -ENOENT,
		    "and without it none can");
	same_text(move.link, "", "none is named");
}

static void no_versions(void)
{
	begin();
	put("opt/nginx/sbin/nginx");
	look("opt/nginx/sbin/nginx", 0);
	has_versions(false, "no link");
	point("nginx", "opt/nginx");
	look("nginx/sbin/nginx", 1);
	has_versions(false, "a link to a folder that is alone");
	put("data1/web01/nginx/sbin/nginx");
	point("n", "data1/web01/nginx");
	look("n/sbin/nginx", 1);
	has_versions(false, "a disk, or a machine, with a number is no version");
	look("nginx/sbin/nginx", 1);
	put("opt/nginx/sbin/nginx.1.18.0");
	has_versions(false, "backups are not versions beside it");
	put("opt/other/sbin/nginx");
	has_versions(true, "a folder beside it with the same file");
}

static int point_to(const char *before, const char *after)
{
	struct believed b = believed_caller();
	struct install_error err;

	return way_point(&b, at("link"), before, after, &err);
}

static void pointing(void)
{
	char text[PATH_MAX] = "";

	begin();
	point("link", "nginx-1.22");
	same_number(point_to("nginx-1.22", "nginx-1.18"), 0, "a link is moved");
	must(readlink(at("link"), text, sizeof(text) - 1) > 0, "readlink");
	same_text(text, "nginx-1.18", "it says the other");
	same_number(point_to("nginx-1.22", "nginx-1.18"), 0, "it says that already");
	same_number(point_to("nginx-1.22", "nginx-1.26"), -ESTALE, "somebody else has moved it");
	must(readlink(at("link"), text, sizeof(text) - 1) > 0, "readlink");
	same_text(text, "nginx-1.18", "it is left");
	must(unlink(at("link")) == 0, "unlink");
	same_number(point_to("nginx-1.22", "nginx-1.18"), -ENOENT, "no link");
	put("link");
	same_number(point_to("nginx-1.22", "nginx-1.18"), -EINVAL, "a file is never replaced");
	must(unlink(at("link")) == 0 && symlink("a", at("link")) == 0 && chmod(top, 0777) == 0,
	     "a folder that everybody may write");
	same_number(point_to("a", "b"), -EPERM, "a folder that everybody may write");
	must(chmod(top, 0755) == 0, "chmod");
}

int main(void)
{
	char resolved[PATH_MAX];
	char command[64];

	must(mkdtemp(top) && chmod(top, 0755) == 0 && realpath(top, resolved), "mkdtemp");
	(void)snprintf(real_top, sizeof(real_top), "%.63s", resolved);
	file_links();
	folder_links();
	no_versions();
	pointing();
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	must(system(command) == 0, command);
	return tap_end();
}
