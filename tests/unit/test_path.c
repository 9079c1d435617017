/*
 * Which paths are trusted. Each layout is walked with O_PATH and as on kernels without it. Where a
 * refusal comes with advice, the test follows it, one piece after the other, until the path is
 * trusted.
 */
#define _GNU_SOURCE
#include <sys/xattr.h>

#include "path_fixture.h"

static void owners_and_modes(void)
{
	char want[3 * PATH_MAX], advice[PATH_MAX + 32];

	layout();
	make_file("nginx", 0, 0755);
	good(&root_alone, in("nginx"), 0, in("nginx"), "root's file");
	good(&root_alone, in(""), TRUSTED_FOLDER, in(""), "root's folder");
	good(&root_alone, "/", TRUSTED_FOLDER, "/", "the root");

	layout();
	make_folder("open", 0, 0777);
	make_file("open/nginx", 0, 0755);
	bad(&root_alone, in("open/nginx"), 0, DISTRUST_WRITABLE, in("open"), 1,
	    "a folder of mode 0777");

	layout();
	make_folder("www", WWW, 0775);
	make_file("www/nginx", WWW, 0775);
	bad(&root_alone, in("www/nginx"), 0, DISTRUST_OWNER, in("www"), 0, "www's folder");
	(void)snprintf(
		want, sizeof(want),
		"the folder %s belongs to uid 33 (www-data) and has mode 0775, so that uid 33 can change what is in it",
		in("www"));
	(void)snprintf(advice, sizeof(advice), "chown root %s", in("www"));
	says(want, advice, "www's folder: the words");
	bad(&root_alone, in("www/nginx"), 0, DISTRUST_OWNER, in("www"), 4, "www's folder");

	layout();
	make_file("nginx", MALLORY, 0757);
	bad(&root_alone, in("nginx"), 0, DISTRUST_OWNER, in("nginx"), 2, "another's file");

	layout();
	make_folder("a folder, 'so'", 0, 0775);
	make_file("a folder, 'so'/nginx", 0, 0664);
	bad(&root_alone, in("a folder, 'so'/nginx"), 0, DISTRUST_WRITABLE, in("a folder, 'so'"), 2,
	    "root:root 0775");

	layout();
	make_file("nginx", 0, 04755);
	bad(&root_alone, in("nginx"), 0, DISTRUST_SET_ID, in("nginx"), 1, "a set-uid file");
	own("nginx", 0, WWW, 02755);
	bad(&root_alone, in("nginx"), 0, DISTRUST_SET_ID, in("nginx"), 1, "a set-gid file");
}

/* A tree of the user www, and one that root shares with him. */
static void others_who_are_believed(void)
{
	static const struct believed www = {WWW, NO_USER, NO_GROUP};
	static const struct believed shared = {0, WWW, STAFF};
	static const struct believed nobody = {0, NO_USER, STAFF};
	static const struct believed group_of_root = {0, WWW, 0};
	/* version 2; owner, user MALLORY, group, mask, others */
	static const unsigned char list[] = {
		2, 0,    0,    0,    1,    0,    7,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,    7,
		0, 0xfd, 0xff, 0,    0,    4,    0,    5, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
		7, 0,    0xff, 0xff, 0xff, 0xff, 0x20, 0, 5,    0,    0xff, 0xff, 0xff, 0xff};
	struct stat st;

	layout();
	make_folder("www", WWW, 0755);
	make_file("www/nginx", WWW, 0755);
	good(&www, in("www/nginx"), 0, in("www/nginx"), "www's file, for www");
	good(&shared, in("www/nginx"), 0, in("www/nginx"), "www's file, with TRUST_USER");
	bad(&nobody, in("www/nginx"), 0, DISTRUST_OWNER, in("www"), 0,
	    "www's file, with nobody named");

	layout();
	make_folder("www", 0, 0755);
	own("www", 0, STAFF, 0775);
	make_file("www/nginx", 0, 0755);
	good(&shared, in("www/nginx"), 0, in("www/nginx"), "the group of TRUST_USER");
	bad(&nobody, in("www/nginx"), 0, DISTRUST_WRITABLE, in("www"), 0,
	    "that group, with nobody named");
	own("www", 0, 0, 0775);
	bad(&group_of_root, in("www/nginx"), 0, DISTRUST_WRITABLE, in("www"), 0,
	    "root's own group");
	own("www", 0, STAFF, 0777);
	bad(&shared, in("www/nginx"), 0, DISTRUST_WRITABLE, in("www"), 0,
	    "everybody beside that group");

	layout();
	make_folder("list", 0, 0755);
	make_file("list/nginx", 0, 0755);
	if (setxattr(in("list"), "system.posix_acl_access", list, sizeof(list), 0) < 0) {
		ok(errno == EOPNOTSUPP,
		   "access lists are not to be had here: the mode alone counts");
		return;
	}
	must(stat(in("list"), &st) == 0, "stat");
	same_number(st.st_mode & 0777, 0775, "an access list: it shows as the group's bits");
	bad(&root_alone, in("list/nginx"), 0, DISTRUST_WRITABLE, in("list"), 0, "an access list");
	must(chown(in("list"), 0, STAFF) == 0, "chown");
	bad(&shared, in("list/nginx"), 0, DISTRUST_WRITABLE, in("list"), 0,
	    "an access list beside the group of TRUST_USER");
	bad(&root_alone, in("list/nginx"), 0, DISTRUST_WRITABLE, in("list"), 1, "an access list");
}

static void sticky_folders(void)
{
	char advice[PATH_MAX];

	layout();
	make_folder("tmp", 0, 01777);
	make_folder("tmp/mine", 0, 0755);
	make_file("tmp/mine/nginx", 0, 0755);
	make_file("tmp/nginx", 0, 0755);
	good(&root_alone, in("tmp/mine/nginx"), 0, in("tmp/mine/nginx"), "a folder in /tmp");
	good(&root_alone, in("tmp/nginx"), 0, in("tmp/nginx"), "a file in /tmp");
	make_link("tmp/link", "mine/nginx", 0);
	good(&root_alone, in("tmp/link"), 0, in("tmp/mine/nginx"), "root's link in /tmp");
	make_link("tmp/www", "mine/nginx", WWW);
	bad(&root_alone, in("tmp/www"), 0, DISTRUST_OWNER, in("tmp/www"), 0, "www's link in /tmp");
	bad(&root_alone, in("tmp/www"), TRUSTED_LAST_ANY, DISTRUST_OWNER, in("tmp/www"), 0,
	    "www's link in /tmp, to be read only");
	same_number(follow_advice(&root_alone, true, in("tmp/www"), 0), 1,
		    "www's link in /tmp: the advice mends it");
	make_file("theirs", 0, 0755);
	must(link(in("theirs"), in("tmp/hard")) == 0, "link");
	bad(&root_alone, in("tmp/hard"), 0, DISTRUST_HARD_LINK, in("tmp/hard"), 0,
	    "a hard link in /tmp");
	good(&root_alone, in("theirs"), 0, in("theirs"), "the same file by its own name");
	make_link("where", "mine/nginx", 0);
	must(linkat(AT_FDCWD, in("where"), AT_FDCWD, in("tmp/where"), 0) == 0, "link");
	bad(&root_alone, in("tmp/where"), 0, DISTRUST_HARD_LINK, in("tmp/where"), 0,
	    "a hard link of a link in /tmp");
	make_folder("tmp/theirs", WWW, 0755);
	make_file("tmp/theirs/nginx", 0, 0755);
	bad(&root_alone, in("tmp/theirs/nginx"), 0, DISTRUST_OWNER, in("tmp/theirs"), 1,
	    "www's folder in /tmp");
	bad(&root_alone, in("tmp"), TRUSTED_FOLDER, DISTRUST_WRITABLE, in("tmp"), 0, "/tmp itself");
	same_text(distrust_advice(&why, advice, sizeof(advice)), "",
		  "/tmp itself: it must stay as it is");
	bad(&root_alone, in("tmp/none"), TRUSTED_MISSING, DISTRUST_WRITABLE, in("tmp"), 0,
	    "a missing file in /tmp");
	fails(in("tmp/mine/none/nginx"), TRUSTED_MISSING, -ENOENT, DISTRUST_ERROR,
	      "a missing folder");
}

static void links_and_dots(void)
{
	char chain[64], before[64];
	unsigned i;

	layout();
	make_folder("etc", 0, 0755);
	make_folder("etc/deep", 0, 0755);
	make_file("etc/nginx", 0, 0755);
	make_link("absolute", in("etc/nginx"), 0);
	good(&root_alone, in("absolute"), 0, in("etc/nginx"), "an absolute link");
	make_link("folder", "etc/deep", 0);
	good(&root_alone, in("folder/../nginx"), 0, in("etc/nginx"), "\"..\" behind a link");
	good(&root_alone, in("etc/./deep//..//deep/../nginx"), 0, in("etc/nginx"),
	     "dots and slashes");
	good(&root_alone, in("folder/"), TRUSTED_FOLDER, in("etc/deep"),
	     "a slash behind a link to a folder");
	fails(in("absolute/"), 0, -ENOTDIR, DISTRUST_TYPE, "a slash behind a link to a file");
	make_link("dangling", "etc/none", 0);
	fails(in("dangling"), 0, -ENOENT, DISTRUST_ERROR, "a link to nothing");
	good(&root_alone, in("dangling"), TRUSTED_MISSING, in("etc/none"),
	     "a link to nothing that may be made");
	make_link("one", "two", 0);
	make_link("two", "one", 0);
	fails(in("one"), 0, -ELOOP, DISTRUST_ERROR, "a loop of links");
	(void)snprintf(before, sizeof(before), "etc/nginx");
	for (i = 1; i <= 41; i++) {
		(void)snprintf(chain, sizeof(chain), "chain%u", i);
		make_link(chain, before, 0);
		memcpy(before, chain, sizeof(before));
	}
	good(&root_alone, in("chain40"), 0, in("etc/nginx"), "40 links");
	fails(in("chain41"), 0, -ELOOP, DISTRUST_ERROR, "41 links");
	make_folder("open", 0, 0777);
	make_link("open/out", "../etc/nginx", 0);
	bad(&root_alone, in("open/../etc/nginx"), 0, DISTRUST_WRITABLE, in("open"), 0,
	    "\"..\" out of a folder of mode 0777");
	bad(&root_alone, in("open/out"), 0, DISTRUST_WRITABLE, in("open"), 0,
	    "a link in a folder of mode 0777");
	fails("/proc/self/root/etc/passwd", 0, -ELOOP, DISTRUST_ERROR,
	      "a link of /proc that leads elsewhere than it says");
}

static void kinds(void)
{
	char name[NAME_MAX + 8];

	layout();
	make_file("nginx", 0, 0755);
	fails(in("nginx/x"), 0, -ENOTDIR, DISTRUST_TYPE, "below a file");
	fails(in("nginx"), TRUSTED_FOLDER, -ENOTDIR, DISTRUST_TYPE,
	      "a file that should be a folder");
	fails(in(""), 0, -EISDIR, DISTRUST_TYPE, "a folder that should be a file");
	must(mkfifo(in("pipe"), 0644) == 0, "mkfifo");
	fails(in("pipe"), 0, -EINVAL, DISTRUST_TYPE, "a named pipe without a writer");
	fails(in("none"), 0, -ENOENT, DISTRUST_ERROR, "the last part is missing");
	good(&root_alone, in("none"), TRUSTED_MISSING, in("none"),
	     "the last part is missing, and may be");
	fails("nginx", 0, -EINVAL, DISTRUST_ERROR, "a path from nowhere");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fails(in(name), 0, -ENAMETOOLONG, DISTRUST_ERROR, "a name that cannot be");

	make_file("log", WWW, 0666);
	good(&root_alone, in("log"), TRUSTED_LAST_ANY, in("log"),
	     "another's file, only its folders asked for");
	bad(&root_alone, in("log"), 0, DISTRUST_OWNER, in("log"), 2, "another's file");
}

static void another_root(void)
{
	char link[64];
	int fd;

	layout();
	make_folder("jail", 0, 0755);
	make_folder("jail/etc", 0, 0755);
	make_file("jail/etc/nginx", 0, 0755);
	make_link("jail/absolute", "/etc/nginx", 0);
	make_link("jail/out", "../../../../../../etc/nginx", 0);
	fd = open(in("jail"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0, "open");
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	root = link;
	good(&root_alone, "/absolute", 0, "/etc/nginx", "an absolute link in another root");
	good(&root_alone, "/out", 0, "/etc/nginx", "\"..\" does not leave another root");
	good(&root_alone, "/..", TRUSTED_FOLDER, "/", "\"..\" of another root");
	fails("/etc/passwd", 0, -ENOENT, DISTRUST_ERROR, "our own root's file");
	own("jail/etc", WWW, WWW, 0755);
	bad(&root_alone, "/absolute", 0, DISTRUST_OWNER, in("jail/etc"), 0,
	    "www's folder in another root");
	same_number(follow_advice(&root_alone, true, "/absolute", 0), 1,
		    "www's folder in another root: the advice mends it");
	own("jail", 0, 0, 0777);
	bad(&root_alone, "/absolute", 0, DISTRUST_WRITABLE, in("jail"), 0,
	    "another root that is open to all");
	root = "";
	(void)close(fd);
}

static void open_files(void)
{
	static const struct believed www = {WWW, NO_USER, NO_GROUP};
	struct distrust d;
	struct trusted t;
	char text[8] = "";
	int fd;

	layout();
	make_file("nginx", 0, 0755);
	must(trusted_open(&root_alone, "", in("nginx"), 0, &t, &d) == 0, "trusted_open");
	fd = trusted_reopen(&t);
	ok(fd >= 0 && read(fd, text, 5) == 5 && strcmp(text, "good\n") == 0,
	   "opened again: it can be read");
	same_number(trusted_fd(&root_alone, fd, in("nginx"), &d), 0, "a descriptor of root's file");
	own("nginx", 0, 0, 0775);
	same_number(trusted_fd(&root_alone, fd, in("nginx"), &d), -EPERM,
		    "a descriptor of what the group may write");
	same_number(d.kind, DISTRUST_WRITABLE,
		    "a descriptor of what the group may write: the kind");
	own("nginx", 0, 0, 06755);
	same_number(trusted_fd(&root_alone, fd, in("nginx"), &d), -EPERM,
		    "a descriptor of a set-id file");
	same_number(d.kind, DISTRUST_SET_ID, "a descriptor of a set-id file: the kind");
	own("nginx", WWW, WWW, 0755);
	same_number(trusted_fd(&root_alone, fd, in("nginx"), &d), -EPERM,
		    "a descriptor of www's file");
	same_number(d.kind, DISTRUST_OWNER, "a descriptor of www's file: the kind");
	same_text(d.path, in("nginx"), "a descriptor of www's file: the path");
	same_number(trusted_fd(&www, fd, in("nginx"), &d), 0,
		    "a descriptor of www's file, for www");
	must(close(fd) == 0, "close");
	must(unlink(in("nginx")) == 0, "unlink");
	same_number(trusted_reopen(&t), -ESTALE, "opened again: it is gone");
	make_file("nginx", 0, 0755);
	same_number(trusted_reopen(&t), -ESTALE, "opened again: another stands there");
	must(unlink(in("nginx")) == 0, "unlink");
	make_link("nginx", "x", 0);
	same_number(trusted_reopen(&t), -ESTALE, "opened again: a link stands there");
	trusted_close(&t);
	fd = open(in(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	same_number(trusted_fd(&root_alone, fd, in(""), &d), -EISDIR, "a descriptor of a folder");
	(void)close(fd);
	same_number(believed_caller().user, (long long)geteuid(), "the caller is believed");
	same_number(believed_caller().also, (long long)NO_USER, "and no other");
}

int main(void)
{
	int first = dup(0);

	(void)close(first);
	if (!path_begin())
		return tap_end();
	ok(kernel_has_o_path(), "the kernel that this runs on has O_PATH");
	owners_and_modes();
	others_who_are_believed();
	sticky_folders();
	links_and_dots();
	kinds();
	another_root();
	open_files();
	same_number(dup(0), first, "no descriptor is left open");
	path_end();
	return tap_end();
}
