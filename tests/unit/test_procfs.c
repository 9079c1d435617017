/* What /proc says about a process, also one whose name is chosen to mislead a parser. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "os/procfs.h"
#include "waiting_child.h"

static bool takes_name(const void *name)
{
	return prctl(PR_SET_NAME, name) == 0;
}

static void names_that_lie(void)
{
	static const char *const names[] = {"a\nUid:\t7\t7\t7", "a) Z 1 1 1 1 1", "a\\nUid:\t7",
					    ")"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid_t pid = start_waiting(takes_name, names[i]);
		struct proc_status status;
		struct proc_stat stat;

		same_number(procfs_status(pid, &status), 0, "its status is read");
		ok(status.uids[ID_REAL] == getuid() && status.uids[ID_SAVED] == geteuid(),
		   "a name is no line of it");
		same_number(procfs_stat(pid, &stat), 0, "its stat is read");
		ok(stat.state != 'Z' && stat.parent == getpid(), "a name is no field of it");
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
}

static void about_ourselves(void)
{
	gid_t groups[256];
	gid_t want[256];
	struct proc_status status;
	char text[PROC_STATUS_MAX];
	int count = getgroups(256, want);
	struct file_id id;
	struct file_id other;
	uid_t uid = 1;
	uid_t euid = 1;

	must(procfs_read(getpid(), "status", text, sizeof(text)) > 0, "own status");
	same_number(proc_status_groups(text, groups, 256), count, "as many groups as we have");
	ok(count <= 0 || groups[count - 1] == want[count - 1], "the same ones");
	must(procfs_status(getpid(), &status) == 0, "procfs_status");
	ok(status.cap_bounding != 0, "a bounding set");
	same_number(status.no_new_privs, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), "no_new_privs");
	same_number(procfs_auxv_ids(getpid(), &uid, &euid), 0, "the users of our exec");
	ok(uid == getuid() && euid == geteuid(), "are we");
	same_number(procfs_file_id(getpid(), "exe", &id), 0, "our file");
	ok(file_id_of("/proc/self/exe", &other) == 0 && file_id_equal(&id, &other), "is ours");
}

/* A process with so many groups that their line alone is longer than what is kept of the file. */
static void many_groups(void)
{
	static const char before[] = "Name:\tx\nState:\tS (sleeping)\nGroups:\t";
	static const char after[] = "\nCapBnd:\tff\n";
	char root[128];
	char path[160];
	char text[256];
	const char *our_root = procfs_root;
	FILE *f;
	unsigned i;

	(void)snprintf(root, sizeof(root), "%s/proc", folder);
	(void)snprintf(path, sizeof(path), "%s/7", root);
	must(mkdir(root, 0700) == 0 && mkdir(path, 0700) == 0, "mkdir");
	(void)snprintf(path, sizeof(path), "%s/7/status", root);
	f = fopen(path, "we");
	must(f != NULL, "status");
	(void)fputs(before, f);
	for (i = 0; i < 3000; i++)
		(void)fprintf(f, "%u ", 4000000000u + i);
	(void)fputs(after, f);
	must(fclose(f) == 0, "status");
	procfs_root = root;
	same_number(procfs_read_status(7, text, sizeof(text)),
		    (long)(strlen(before) - strlen("Groups:\t") + strlen(after) - 1),
		    "the rest of a status with 3000 groups fits");
	same_text(text, "Name:\tx\nState:\tS (sleeping)\nCapBnd:\tff\n",
		  "what stands behind them is there");
	procfs_root = our_root;
}

#define REST "SigPnd:\t0\nShdPnd:\t0\nSigBlk:\t0\nSigIgn:\t0\n"
#define CAPS "CapInh:\t1\nCapPrm:\t0000003fffffffff\nCapEff:\t0\nCapBnd:\tff\n"

static void texts(void)
{
	struct proc_status s;
	gid_t groups[3];

	memset(&s, 0, sizeof(s));
	same_number(proc_status_parse("Name:\tx\nState:\tS (sleeping)\nUid:\t1\t2\t3\t4\n"
				      "Gid:\t5\t6\t7\t8\nGroups:\t\n" REST CAPS,
				      &s),
		    0, "of Linux 2.6.32");
	ok(s.uids[0] == 1 && s.uids[3] == 4 && s.gids[0] == 5 && s.gids[3] == 8, "all eight ids");
	ok(s.signals.uid == 2 && s.signals.gid == 6 && s.signals.state == 'S', "the effective");
	ok(s.cap_inheritable == 1 && s.cap_permitted == 0x3fffffffffull && s.cap_bounding == 0xff &&
		   s.cap_ambient == 0 && !s.no_new_privs,
	   "the capabilities");
	same_number(s.signals.pid_namespace_depth, 0, "nothing about namespaces");
	same_number(proc_status_parse(
			    "Name:\tx\nState:\tS\nUid:\t1\t2\t3\nGid:\t5\t6\t7\t8\n" REST CAPS, &s),
		    -EBADMSG, "three ids are no four");
	same_number(proc_status_parse("Name:\tx\nState:\tS\nGid:\t5\t6\t7\t8\n" REST CAPS, &s),
		    -EBADMSG, "none are none");
	same_number(proc_status_parse("Name:\tx\nState:\tS\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"
				      "Groups:\t1 2 3",
				      &s),
		    -EBADMSG, "what was cut");
	same_number(proc_status_groups("x\nGroups:\t1 22 333 \nA:", groups, 3), 3, "three groups");
	ok(groups[0] == 1 && groups[2] == 333, "these");
	same_number(proc_status_groups("x\nGroups:\t1 22 333\nA:", groups, 2), -E2BIG, "too many");
	same_number(proc_status_groups("x\nGroups:\t1 22 33", groups, 3), -EBADMSG, "a cut line");
	same_number(proc_status_groups("x\nGroups:\t\n", groups, 3), 0, "no group");
	same_number(proc_status_groups("x\n", groups, 3), -EBADMSG, "no line");
}

static int ids_of(const void *auxv, size_t length, uid_t *ret_uid, uid_t *ret_euid)
{
	(void)mkdir(folder_path("7"), 0755);
	(void)folder_file("7/auxv", auxv, length, 0644);
	return procfs_auxv_ids(7, ret_uid, ret_euid);
}

static void vectors(void)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	uint32_t narrow[] = {16, 5, 6, page, 7, 0, 11, 0, 12, 33, 13, 44, 0, 0};
	uint64_t wide[] = {16, 5, 6, page, 11, 33, 12, 0, 0, 0};
	uint64_t ended[] = {6, page, 0, 0, 11, 33, 12, 0};
	uid_t uid = 99;
	uid_t euid = 99;

	procfs_root = folder;
	same_number(ids_of(wide, sizeof(wide), &uid, &euid), 0, "64 bits");
	ok(uid == 33 && euid == 0, "both ids of it");
	same_number(ids_of(narrow, sizeof(narrow), &uid, &euid), 0, "32 bits");
	ok(uid == 0 && euid == 33, "both ids of that");
	uid = euid = 99;
	same_number(ids_of(ended, sizeof(ended), &uid, &euid), -EBADMSG,
		    "behind the end is nothing");
	same_number(ids_of(wide, 40, &uid, &euid), -EBADMSG, "a part of it");
	same_number(ids_of("", 0, &uid, &euid), -EBADMSG, "none, as of a thread of the kernel");
	ok(uid == 99 && euid == 99, "a failure gives nothing");
	procfs_root = "/proc";
}

int main(void)
{
	folder_open();
	names_that_lie();
	about_ourselves();
	many_groups();
	texts();
	vectors();
	folder_close();
	return tap_end();
}
