/*
 * A file on a FUSE file system is trusted only if the list of mounts says that a believed user
 * mounted it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/sysmacros.h>

#include "fuse_fixture.h"
#include "path_fixture.h"

static void mountinfo_of(const char *options)
{
	FILE *f = fopen(in("mountinfo"), "we");

	must(f != NULL, "mountinfo");
	(void)fprintf(f,
		      "22 1 254:0 / / rw shared:1 - ext4 /dev/root rw\n"
		      "40 22 0:51 / /mnt/a\\040b rw,nosuid - %s\n",
		      options);
	must(fclose(f) == 0, "mountinfo");
}

static void fuse_mounts(void)
{
	static const struct believed www = {WWW, NO_USER, NO_GROUP};
	static const struct {
		const char *options;
		bool root, www;
	} cases[] = {
		{"fuse.overlayfs overlay rw,user_id=0,group_id=0,allow_other", true, true},
		{"fuse.bindfs /x rw,user_id=33,group_id=33,allow_other", false, true},
		{"fuse.bindfs  rw,user_id=1000,group_id=0", false, false},
		{"fuse.bindfs user_id=0 rw,user_id=1000", false, false},
		{"fuse.x /x rw,user_id=0,user_id=1000", false, false},
		{"fuse.x /x rw,user_id=,group_id=0", false, false},
		{"fuse.x /x rw,user_id=4294967296,group_id=0", false, false},
		{"fuse.x /x rw,context=\"user_id=0\"", false, false},
		{"fuse.x /x rw", false, false},
		{"fuse.x", false, false},
		{"virtiofs root rw", true, true},
		{"fuseblk /dev/sdb1 rw,user_id=0,group_id=0,blksize=4096", true, true},
	};
	size_t i;

	layout();
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		mountinfo_of(cases[i].options);
		same_number(fuse_is_believed(&root_alone, in("mountinfo"), makedev(0, 51)),
			    cases[i].root, cases[i].options);
		same_number(fuse_is_believed(&www, in("mountinfo"), makedev(0, 51)), cases[i].www,
			    cases[i].options);
	}
	mountinfo_of(cases[0].options);
	ok(!fuse_is_believed(&root_alone, in("mountinfo"), makedev(0, 52)),
	   "a device that no mount names");
	ok(!fuse_is_believed(&root_alone, in("none"), makedev(0, 51)), "no list of mounts");
}

/* The test is the FUSE server, in the role of the user's. */
static void fuse_for_real(void)
{
	static const struct believed www = {WWW, NO_USER, NO_GROUP};
	pid_t pid;

	layout();
	make_folder("mnt", 0, 0755);
	pid = fuse_mount(in("mnt"), WWW);
	if (!pid) {
		ok(true, "FUSE cannot be mounted here");
		return;
	}
	bad(&root_alone, in("mnt/nginx"), 0, DISTRUST_FUSE, in("mnt"), 0, "a user's FUSE");
	bad(&root_alone, in("mnt"), TRUSTED_FOLDER, DISTRUST_FUSE, in("mnt"), 0,
	    "a user's FUSE, its folder");
	good(&www, in("mnt/nginx"), 0, in("mnt/nginx"), "www's FUSE, for www");
	fuse_end(pid, in("mnt"));
	pid = fuse_mount(in("mnt"), 0);
	must(pid > 0, "mount");
	good(&root_alone, in("mnt/nginx"), 0, in("mnt/nginx"), "root's FUSE");
	fuse_end(pid, in("mnt"));
}

int main(void)
{
	if (!path_begin())
		return tap_end();
	/* A mount namespace of our own, so that nobody else sees the mounts. */
	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
	     "unshare");
	fuse_mounts();
	fuse_for_real();
	path_end();
	return tap_end();
}
