/*
 * The ids, capabilities and signal masks of a process (/proc/PID/status), and the ids at its exec
 * (/proc/PID/auxv). Parsed strictly, as in procfs.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/proc_status.h"
#include "os/procfs.h"

static const char *status_value(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	return p ? p + strlen(key) : NULL;
}

static uint64_t status_mask(const char *text, const char *key)
{
	const char *p = status_value(text, key);

	return p ? strtoull(p, NULL, 16) : 0;
}

/* Parses the four ids of a line; false: they are not there. */
static bool status_ids(const char *text, const char *key, unsigned ret[ID_COUNT])
{
	const char *p = status_value(text, key);
	int i;

	for (i = 0; p && i < ID_COUNT; i++) {
		char *end;

		ret[i] = (unsigned)strtoul(p, &end, 10);
		p = end != p && strspn(p, "\t ") == 0 ? end + strspn(end, "\t ") : NULL;
	}
	return p && *p == '\n';
}

static unsigned count_numbers(const char *p)
{
	unsigned n = 0;

	while (p && *p && *p != '\n') {
		if (isdigit((unsigned char)*p) && !isdigit((unsigned char)p[-1]))
			n++;
		p++;
	}
	return n;
}

/* A process's name cannot forge a line: the kernel writes a newline in it as "\n". */
int proc_status_parse(const char *text, struct proc_status *ret)
{
	const char *state = status_value(text, "\nState:\t");
	const char *tracer = status_value(text, "\nTracerPid:\t");
	struct proc_signals *s = &ret->signals;
	unsigned uids[ID_COUNT];
	unsigned gids[ID_COUNT];
	int i;

	if (!state || !status_value(text, "\nSigBlk:\t") || !status_value(text, "\nCapBnd:\t") ||
	    !status_ids(text, "\nUid:\t", uids) || !status_ids(text, "\nGid:\t", gids))
		return -EBADMSG;
	s->state = *state;
	s->pending = status_mask(text, "\nSigPnd:\t") | status_mask(text, "\nShdPnd:\t");
	s->blocked = status_mask(text, "\nSigBlk:\t");
	s->ignored = status_mask(text, "\nSigIgn:\t");
	s->caught = status_mask(text, "\nSigCgt:\t");
	s->uid = (uid_t)uids[ID_EFFECTIVE];
	s->gid = (gid_t)gids[ID_EFFECTIVE];
	s->pid_namespace_depth = count_numbers(status_value(text, "\nNSpid:\t"));
	for (i = 0; i < ID_COUNT; i++) {
		ret->uids[i] = (uid_t)uids[i];
		ret->gids[i] = (gid_t)gids[i];
	}
	ret->cap_inheritable = status_mask(text, "\nCapInh:\t");
	ret->cap_permitted = status_mask(text, "\nCapPrm:\t");
	ret->cap_bounding = status_mask(text, "\nCapBnd:\t");
	ret->cap_ambient = status_mask(text, "\nCapAmb:\t");
	ret->tracer = tracer ? (pid_t)strtol(tracer, NULL, 10) : 0;
	ret->no_new_privs = status_mask(text, "\nNoNewPrivs:\t") != 0;
	return 0;
}

ssize_t proc_status_groups(const char *text, gid_t *ret, size_t max)
{
	const char *p = status_value(text, "\nGroups:\t");
	size_t n = 0;

	for (; p; n++) {
		char *end;
		unsigned long gid;

		p += strspn(p, " ");
		if (*p == '\n')
			return (ssize_t)n;
		gid = strtoul(p, &end, 10);
		if (end == p || (*end != ' ' && *end != '\n'))
			break;
		if (n == max)
			return -E2BIG;
		ret[n] = (gid_t)gid;
		p = end;
	}
	return -EBADMSG;
}

int procfs_status(pid_t pid, struct proc_status *ret)
{
	char buf[PROC_STATUS_SHORT];
	ssize_t n = procfs_read_status(pid, buf, sizeof(buf));

	return n < 0 ? (int)n : proc_status_parse(buf, ret);
}

int procfs_signals(pid_t pid, struct proc_signals *ret)
{
	struct proc_status status;
	int r = procfs_status(pid, &status);

	if (r == 0)
		*ret = status.signals;
	return r;
}

/* Word i of an auxiliary vector with words of that size (64 or 32 bits). */
static uint64_t auxv_word(const char *auxv, size_t i, size_t size)
{
	uint32_t small;
	uint64_t large;

	if (size == sizeof(large)) {
		memcpy(&large, auxv + i * size, sizeof(large));
		return large;
	}
	memcpy(&small, auxv + i * size, sizeof(small));
	return small;
}

/* Also checks the page size, to see that the words have the size that was tried. getauxval(3). */
static bool auxv_ids(const char *auxv, size_t length, size_t size, uid_t *ret_uid, uid_t *ret_euid)
{
	enum { END = 0, SIZE_OF_PAGE = 6, USER = 11, EFFECTIVE_USER = 12 };
	uint64_t page = 0;
	bool has_uid = false;
	bool has_euid = false;
	size_t i;

	for (i = 0; (i + 2) * size <= length && auxv_word(auxv, i, size) != END; i += 2) {
		uint64_t key = auxv_word(auxv, i, size);
		uint64_t value = auxv_word(auxv, i + 1, size);

		if (key == SIZE_OF_PAGE) {
			page = value;
		} else if (key == USER) {
			*ret_uid = (uid_t)value;
			has_uid = true;
		} else if (key == EFFECTIVE_USER) {
			*ret_euid = (uid_t)value;
			has_euid = true;
		}
	}
	return page == (uint64_t)sysconf(_SC_PAGESIZE) && has_uid && has_euid;
}

int procfs_auxv_ids(pid_t pid, uid_t *ret_uid, uid_t *ret_euid)
{
	char buf[4096];
	uid_t uid = 0;
	uid_t euid = 0;
	ssize_t n = procfs_read(pid, "auxv", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	if (!auxv_ids(buf, (size_t)n, sizeof(uint64_t), &uid, &euid) &&
	    !auxv_ids(buf, (size_t)n, sizeof(uint32_t), &uid, &euid))
		return -EBADMSG;
	*ret_uid = uid;
	*ret_euid = euid;
	return 0;
}
