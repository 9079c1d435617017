/*
 * Moves between cgroups. /proc and the hierarchies are folders of this test: it checks to which
 * folder of which hierarchy the pid is written, and what is written for the way back.
 */
#include "folder.h"
#include "os/cgroups.h"
#include "os/procfs.h"

#define UNIT "/system.slice/nginx.service"

static const char v1[] = "9:name=systemd:/user.slice/session-1.scope\n"
			 "5:cpu,cpuacct:/user.slice\n"
			 "4:memory:/\n"
			 "0::/user.slice/session-1.scope\n";

static void make(const char *name)
{
	char command[PATH_MAX];

	(void)snprintf(command, sizeof(command), "mkdir -p '%s/%s' && : >'%s/%s/cgroup.procs'",
		       folder, name, folder, name);
	must(system(command) == 0, command);
}

static void wrote(const char *name, const char *want, const char *what)
{
	char text[64] = "";
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/cgroup.procs", folder, name);
	f = fopen(path, "re");
	must(f != NULL, path);
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	text[strcspn(text, "\n")] = '\0';
	same_text(text, want, what);
	make(name);
}

static void process(const char *cgroups)
{
	(void)folder_file("proc/7/cgroup", cgroups, strlen(cgroups), 0644);
}

struct mounted {
	const char *type;
	const char *name;
	const char *options;
};

/* The hierarchies that this machine has mounted. */
static void mounts(const struct mounted *m)
{
	char text[4096] = "proc /proc proc rw 0 0\n";
	size_t length = strlen(text);

	for (; m->type; m++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s %s/%s %s rw,nosuid,%s 0 0\n", m->type, folder,
					   m->name, m->type, m->options);
	(void)folder_file("proc/self/mounts", text, length, 0644);
}

static void legacy(void)
{
	static const struct mounted all[] = {{"cgroup", "systemd", "name=systemd"},
					     {"cgroup", "cpu", "cpuacct,cpu"},
					     {"cgroup", "memory", "memory"},
					     {"cgroup2", "unified", "nsdelegate"},
					     {NULL, NULL, NULL}};

	make("systemd" UNIT);
	make("systemd/user.slice/session-1.scope");
	make("cpu/system.slice");
	make("cpu/user.slice");
	make("memory");
	make("unified/user.slice/session-1.scope");
	make("unified" UNIT);
	mounts(all);
	process(v1);
	same_number(cgroups_enter(7, UNIT), 0, "v1 and v2 beside each other");
	wrote("systemd" UNIT, "7", "systemd's hierarchy has the unit");
	wrote("unified" UNIT, "7", "the unified one, too");
	wrote("cpu/system.slice", "7", "a hierarchy that does not know it has the slice above");
	wrote("memory", "", "where it is in the nearest one already nothing is written");
	process("9:name=systemd:" UNIT "\n5:cpu,cpuacct:/system.slice\n4:memory:/\n0::" UNIT "\n");
	same_number(cgroups_enter(7, UNIT), 0, "it is there already");
	wrote("systemd" UNIT, "", "so nothing is written");
	same_number(cgroups_return(7, v1), 0, "and back");
	wrote("systemd/user.slice/session-1.scope", "7", "to the session");
	wrote("cpu/user.slice", "7", "to the slice of the session");
	wrote("unified/user.slice/session-1.scope", "7", "and in the unified one");
	wrote("memory", "", "what has not changed is not written");
	same_number(cgroups_enter(7, "/other.slice/nowhere.service"), -ENOENT,
		    "no hierarchy has that unit");
}

static void unified(void)
{
	static const struct mounted only[] = {{"cgroup2", "v2", "nsdelegate"}, {NULL, NULL, NULL}};

	make("v2" UNIT);
	make("v2");
	mounts(only);
	process("9:name=systemd:/\n0::/\n");
	same_number(cgroups_enter(7, UNIT), 0, "v2 alone, and v1 that is not mounted");
	wrote("v2" UNIT, "7", "it is written");
	process("9:name=systemd:/\n0::" UNIT "\n");
	same_number(cgroups_return(7, "9:name=systemd:/\n0::/\n"), 0, "back to the root");
	wrote("v2", "7", "which has no name of its own");
	must(unlink(folder_path("v2" UNIT "/cgroup.procs")) == 0, "unlink");
	process("0::/\n");
	same_number(cgroups_enter(7, UNIT), -ENOENT, "a folder that is none of the kernel's");
	same_number(cgroups_enter(8, UNIT), -ESRCH, "a process that is not there");
}

int main(void)
{
	char root[PATH_MAX];

	folder_open();
	make("proc/7");
	make("proc/self");
	(void)snprintf(root, sizeof(root), "%s/proc", folder);
	procfs_root = root;
	legacy();
	unified();
	folder_close();
	return tap_end();
}
