/* For the tests of the door: runs programs, and makes the kernel refuse system calls. */
#ifndef DOOR_FIXTURE_H
#define DOOR_FIXTURE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"
#include "trust/door.h"

#define PATIENT_US 20000000u

static const struct believed door_root = {0, NO_USER, NO_GROUP};

static char door_output[65536]; /* standard output of the last run */
static struct door_result door_said;

static inline void door_take(void *arg, const char *text, size_t length)
{
	size_t have = strlen(door_output);

	(void)arg;
	if (length >= sizeof(door_output) - have)
		length = sizeof(door_output) - have - 1;
	memcpy(door_output + have, text, length);
	door_output[have + length] = '\0';
}

static inline struct program door_program(const char *path)
{
	struct program p = PROGRAM_NONE;
	static struct distrust why;
	int r = program_at(&door_root, "", path, &p, &why);

	if (r < 0)
		printf("# %s: %s (%d)\n", path, why.path, (int)why.kind);
	must(r == 0, path);
	return p;
}

/* Runs a program with up to two arguments. Sets door_output and door_said. */
static inline int door_pass(const struct program *p, const struct actor *actor, const char *first,
			    const char *second)
{
	char *argv[] = {(char *)"name", (char *)first, (char *)second, NULL};
	struct door_spec spec = {
		.program = p, .actor = actor, .argv = argv, .on_output = door_take, .wake_fd = -1};

	door_output[0] = '\0';
	return door_run(&spec, PATIENT_US, &door_said);
}

static inline int door_pass_at(const char *path, const struct actor *actor, const char *first,
			       const char *second)
{
	struct program p = door_program(path);
	int r = door_pass(&p, actor, first, second);

	program_close(&p);
	return r;
}

static inline int door_shell(const struct actor *actor, const char *script)
{
	return door_pass_at("/bin/sh", actor, "-c", script);
}

/* Whether the output has this line, or one that begins with it. */
static inline bool door_has(const char *line)
{
	const char *p = strstr(door_output, line);

	while (p && p != door_output && p[-1] != '\n')
		p = strstr(p + 1, line);
	return p != NULL;
}

/* From here on the kernel answers this call with that error (0: success), and does nothing. */
static inline void door_break(long call, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {4, code};

	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0, "a filter");
}

/* As Linux before 2.6.36. Only for other processes: libc reads our own limits by the same call. */
static inline void door_break_limits_of_others(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {6, code};

	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0, "a filter");
}

/* As Linux before 5.9, 3.19 and 2.6.36. */
static inline void door_old_kernel(void)
{
	door_break(436, ENOSYS); /* close_range */
	door_break(SYS_execveat, ENOSYS);
	door_break_limits_of_others();
}

#endif
