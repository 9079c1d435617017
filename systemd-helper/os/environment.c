/*
 * Reads the environment of another process from its memory. The process can write anything there,
 * so everything is bounded, and an address is only used to read at. At its start the stack holds
 * argc, argv, NULL, envp, NULL (System V ABI; Linux: create_elf_tables).
 */
#define _FILE_OFFSET_BITS 64
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/environment.h"
#include "os/procfs.h"

enum { ARGUMENTS_MOST = 4096, PIECE = 4096 };

struct list {
	char **entries;
	size_t count;
	size_t bytes;
};

static int append_copy(struct list *l, const char *text, size_t length)
{
	char *copy;

	if (l->count == ENVIRONMENT_ENTRIES || length >= ENVIRONMENT_BYTES - l->bytes)
		return -E2BIG;
	copy = malloc(length + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, length);
	copy[length] = '\0';
	l->entries[l->count++] = copy;
	l->entries[l->count] = NULL;
	l->bytes += length + 1;
	return 0;
}

static void clear_list(struct list *l)
{
	while (l->count > 0)
		free(l->entries[--l->count]);
	l->entries[0] = NULL;
	l->bytes = 0;
}

/* PIECE bytes of a process's memory, from a multiple of PIECE, so it never crosses a page. */
struct piece {
	uint64_t at;
	size_t length; /* 0: nothing has been read */
	char bytes[PIECE];
};

/* The pointers are on the stack, the strings elsewhere: the last piece of each is cached. */
struct memory {
	int fd;
	struct piece words;
	struct piece strings;
};

/*
 * The bytes at this address of the process, read into the piece if they are not in it; *ret_left:
 * how many there are up to its end. NULL: see errno.
 */
static const char *bytes_at(int fd, struct piece *p, uint64_t address, size_t *ret_left)
{
	uint64_t at = address - address % PIECE;
	ssize_t n;

	if (p->length == 0 || p->at != at) {
		p->length = 0;
		n = pread(fd, p->bytes, PIECE, (off_t)at);
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return NULL;
		}
		p->at = at;
		p->length = (size_t)n;
	}
	if (address - at >= p->length) {
		errno = EIO;
		return NULL;
	}
	*ret_left = p->length - (size_t)(address - at);
	return p->bytes + (address - at);
}

static int read_word(struct memory *m, uint64_t address, uintptr_t *ret)
{
	size_t left;
	const char *bytes = bytes_at(m->fd, &m->words, address, &left);

	if (!bytes)
		return -errno;
	if (left < sizeof(*ret))
		return -EIO;
	memcpy(ret, bytes, sizeof(*ret));
	return 0;
}

/* Reads a string with its NUL. *ret_length: without it. -E2BIG: it is longer than size. */
static int read_string(struct memory *m, uint64_t address, char *ret, size_t size,
		       size_t *ret_length)
{
	size_t have = 0;

	while (have < size) {
		size_t left;
		const char *bytes = bytes_at(m->fd, &m->strings, address + have, &left);
		const char *end;

		if (!bytes)
			return -errno;
		if (left > size - have)
			left = size - have;
		end = memchr(bytes, '\0', left);
		if (end)
			left = (size_t)(end - bytes) + 1;
		memcpy(ret + have, bytes, left);
		have += left;
		if (end) {
			*ret_length = have - 1;
			return 0;
		}
	}
	return -E2BIG;
}

/* The address of envp: after argc, as many arguments, and a NULL. */
static int find_environment(struct memory *mem, uint64_t start_stack, uint64_t *ret)
{
	uintptr_t argc = 0;
	uintptr_t end = 0;
	int r = read_word(mem, start_stack, &argc);

	if (r < 0)
		return r;
	if (argc > ARGUMENTS_MOST)
		return -EBADMSG;
	*ret = start_stack + (argc + 2) * sizeof(uintptr_t);
	r = read_word(mem, *ret - sizeof(uintptr_t), &end);
	return r == 0 && end != 0 ? -EBADMSG : r;
}

/* False for a title or a part of one, which has a blank or a slash before any "=". */
static bool is_variable(const char *entry)
{
	const char *equals = strchr(entry, '=');

	return equals && equals != entry && strcspn(entry, " /") > (size_t)(equals - entry);
}

static int read_array(struct memory *mem, uint64_t start_stack, struct list *l)
{
	char *text = malloc(ENVIRONMENT_BYTES);
	uint64_t at = 0;
	int r = text ? find_environment(mem, start_stack, &at) : -ENOMEM;

	while (r == 0) {
		uintptr_t address = 0;
		size_t length = 0;

		r = read_word(mem, at, &address);
		if (r < 0 || address == 0)
			break;
		r = read_string(mem, address, text, ENVIRONMENT_BYTES, &length);
		if (r == 0 && is_variable(text))
			r = append_copy(l, text, length);
		at += sizeof(uintptr_t);
	}
	free(text);
	return r;
}

/* Whether the process has pointers of the same size as we have. */
static bool is_of_our_kind(pid_t pid)
{
	unsigned char ident[EI_NIDENT];
	int fd = procfs_open(pid, "exe", O_RDONLY);
	bool same;

	if (fd < 0)
		return false;
	same = read(fd, ident, sizeof(ident)) == (ssize_t)sizeof(ident) &&
	       memcmp(ident, ELFMAG, SELFMAG) == 0 &&
	       ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
	(void)close(fd);
	return same;
}

static int read_from_memory(pid_t pid, uint64_t start_stack, struct list *l)
{
	struct memory mem = {.words = {.length = 0}, .strings = {.length = 0}};
	int r;

	if (start_stack == 0 || !is_of_our_kind(pid))
		return -ENOTSUP;
	mem.fd = procfs_open(pid, "mem", O_RDONLY);
	if (mem.fd < 0)
		return mem.fd;
	r = read_array(&mem, start_stack, l);
	(void)close(mem.fd);
	return r;
}

/* An overwritten environment begins inside the title and has only NULs after it: -EBADMSG. */
static int read_from_proc(pid_t pid, struct list *l)
{
	char *text = malloc(ENVIRONMENT_BYTES);
	ssize_t n = text ? procfs_read(pid, "environ", text, ENVIRONMENT_BYTES) : -ENOMEM;
	int r = n < 0 ? (int)n : 0;
	const char *p;

	for (p = text; r == 0 && p < text + n; p += strlen(p) + 1)
		r = is_variable(p) ? append_copy(l, p, strlen(p)) : -EBADMSG;
	free(text);
	return r;
}

int environment_of(pid_t pid, char ***ret)
{
	struct proc_stat before;
	struct proc_stat after;
	struct list l = {NULL, 0, 0};
	int r = procfs_stat(pid, &before);

	if (r < 0)
		return r;
	l.entries = malloc((ENVIRONMENT_ENTRIES + 1) * sizeof(*l.entries));
	if (!l.entries)
		return -ENOMEM;
	l.entries[0] = NULL;
	r = read_from_memory(pid, before.start_stack, &l);
	if (r < 0 && r != -ENOMEM) {
		clear_list(&l);
		r = read_from_proc(pid, &l);
	}
	if (r < 0)
		clear_list(&l);
	if (r != -ENOMEM &&
	    (procfs_stat(pid, &after) < 0 || after.state == 'Z' ||
	     after.start_ticks != before.start_ticks || after.start_stack != before.start_stack))
		r = -ESRCH;
	if (r == -ENOMEM || r == -ESRCH) {
		environment_free(l.entries);
		return r;
	}
	*ret = l.entries;
	return 0;
}

void environment_free(char **environment)
{
	size_t i;

	for (i = 0; environment && environment[i]; i++)
		free(environment[i]);
	free(environment);
}
