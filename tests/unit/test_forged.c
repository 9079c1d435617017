/*
 * A process can change some of what the kernel says about it (prctl(2): PR_SET_MM_MAP): the user at
 * its exec, and, in a user namespace of its own, the file that it executes. Neither makes it pass
 * for root's.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "os/procfs.h"
#include "subject_fixture.h"

#ifndef PR_SET_MM_MAP
#define PR_SET_MM_MAP 14
#endif

#define FORGED_FILE "/bin/sh"

/* As in linux/prctl.h; missing on older systems. */
struct memory_map {
	uint64_t start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
	uint64_t arg_start, arg_end, env_start, env_end;
	uint64_t *auxv;
	uint32_t auxv_size, exe_fd;
};

/* ---- in the player ---- */

static uint64_t auxv[128];

/* Its own auxiliary vector, with root as the user at the exec. */
static uint32_t forged_auxv(void)
{
	ssize_t n = procfs_read(getpid(), "auxv", (char *)auxv, sizeof(auxv));
	size_t i;

	if (n < 0)
		_exit(124);
	for (i = 0; i + 1 < (size_t)n / sizeof(auxv[0]); i += 2) {
		if (auxv[i] == 11 || auxv[i] == 12)
			auxv[i + 1] = 0;
	}
	return (uint32_t)n;
}

/* proc(5): the addresses in stat from field 26 on, in the order of the file. */
static void as_it_is(struct memory_map *m)
{
	char text[2048];
	const char *p;
	void *end;
	uint64_t field[52] = {0};
	int i;

	if (procfs_read(getpid(), "stat", text, sizeof(text)) < 0)
		_exit(124);
	p = strrchr(text, ')') + 2;
	for (i = 3; p && i < 52; i++) {
		field[i] = strtoull(p, NULL, 10);
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	m->start_code = field[26];
	m->end_code = field[27];
	m->start_stack = field[28];
	m->start_data = field[45];
	m->end_data = field[46];
	m->start_brk = field[47];
	m->arg_start = field[48];
	m->arg_end = field[49];
	m->env_start = field[50];
	m->env_end = field[51];
	end = sbrk(0);
	m->brk = (uintptr_t)end;
}

/* Replaces all mappings of our own file by copies, so that the file is not mapped any more. */
static void leave_own_file(void)
{
	static char text[65536];
	char own[PATH_MAX];
	unsigned long first, last;
	char *line;
	char rights[5];

	if (procfs_link(getpid(), "exe", own, sizeof(own)) < 0 ||
	    procfs_read(getpid(), "maps", text, sizeof(text)) < 0)
		_exit(124);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		void *place;
		size_t size;

		if (!strstr(line, own) || sscanf(line, "%lx-%lx %4s", &first, &last, rights) != 3)
			continue;
		size = last - first;
		place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		if (place == MAP_FAILED)
			_exit(124);
		memcpy(place, (void *)first, size);
		if (mprotect(place, size,
			     (rights[0] == 'r' ? PROT_READ : 0) |
				     (rights[1] == 'w' ? PROT_WRITE : 0) |
				     (rights[2] == 'x' ? PROT_EXEC : 0)) < 0 ||
		    mremap(place, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)first) ==
			    MAP_FAILED)
			_exit(124);
	}
}

static void __attribute__((noreturn)) forge(bool image)
{
	struct memory_map m;

	memset(&m, 0, sizeof(m));
	as_it_is(&m);
	m.auxv = auxv;
	m.auxv_size = forged_auxv();
	m.exe_fd = UINT32_MAX;
	if (image) {
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(0);
		m.exe_fd = (uint32_t)open(FORGED_FILE, O_RDONLY | O_CLOEXEC);
		leave_own_file();
	}
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &m, sizeof(m), 0) < 0)
		_exit(0);
	say_and_wait();
}

/* ---- in the test ---- */

static const struct believed root_alone = {0, NO_USER, NO_GROUP};

static bool forges(struct player *p, const char *role)
{
	*p = start(copy("forger", 0, 0, 0755), role, as_some_user);
	if (heard(p) > 0)
		return true;
	printf("ok %u - %s # skip cannot exist here: the kernel does not let it\n", ++tap_count,
	       role);
	finish(p);
	return false;
}

static void user_of_exec(void)
{
	struct distrust why;
	struct subject s;
	struct player p;
	uid_t uid = NO_USER;
	uid_t euid = NO_USER;

	if (!forges(&p, "forge-auxv"))
		return;
	ok(procfs_auxv_ids(p.pid, &uid, &euid) == 0 && uid == 0 && euid == 0,
	   "a user's process says that root executed it");
	ok(!subject_has_user(p.pid, 0), "it is not root's");
	ok(subject_look(p.pid, &root_alone, &s, &why) == 0 && s.uid == SOME_USER,
	   "but that user's");
	subject_close(&s);
	finish(&p);
}

static void image(void)
{
	struct file_id theirs, real;
	struct distrust why;
	struct subject s;
	struct player p;

	if (!forges(&p, "forge-image"))
		return;
	ok(procfs_file_id(p.pid, "exe", &theirs) == 0 && file_id_of(FORGED_FILE, &real) == 0 &&
		   file_id_equal(&theirs, &real),
	   "a user's process says that it executes another file");
	ok(subject_look(p.pid, &root_alone, &s, &why) == -EPERM && why.kind == DISTRUST_NAMESPACE,
	   "it is of another user namespace");
	ok(!subject_has_user(p.pid, 0) && !subject_has_user(p.pid, SOME_USER),
	   "and nobody's of ours");
	finish(&p);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		forge(strcmp(argv[1], "forge-image") == 0);
	if (must_be_root())
		return tap_end();
	folder_open();
	must(chmod(folder, 0755) == 0, folder);
	user_of_exec();
	image();
	folder_close();
	return tap_end();
}
