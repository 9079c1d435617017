/* Limits of processes: read by prlimit(2), or from /proc if that is refused or missing. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/compat.h"
#include "os/limits.h"
#include "os/procfs.h"

/* In the order of their numbers (Linux: asm-generic/resource.h). */
static const char *const names[LIMITS_COUNT] = {
	"CPU",     "FSIZE", "DATA",  "STACK",      "CORE",     "RSS",  "NPROC",  "NOFILE",
	"MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};

/* One number of "Max open files            1024                 4096                 files". */
static uint64_t parse_value(const char **p)
{
	char *end;
	uint64_t number;

	*p += strspn(*p, " ");
	if (strncmp(*p, "unlimited", 9) == 0) {
		*p += 9;
		return LIMIT_NONE;
	}
	number = strtoull(*p, &end, 10);
	*p = end;
	return number;
}

/* Linux: lnames[] in fs/proc/base.c. */
static void limits_by_text(pid_t pid, struct limits *ret)
{
	enum { NAME_WIDTH = 26 };
	char text[4096];
	const char *line;
	int i;

	if (procfs_read(pid, "limits", text, sizeof(text)) < 0)
		return;
	line = strchr(text, '\n');
	for (i = 0; line && i < LIMITS_COUNT && strncmp(line, "\nMax ", 5) == 0; i++) {
		const char *p = line + 1 + NAME_WIDTH;

		if (strcspn(line + 1, "\n") <= NAME_WIDTH)
			return;
		ret->of[i].soft = parse_value(&p);
		ret->of[i].hard = parse_value(&p);
		ret->of[i].known = true;
		line = strchr(line + 1, '\n');
	}
}

void limits_of(pid_t pid, struct limits *ret)
{
	int i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < LIMITS_COUNT; i++) {
		struct limit *limit = &ret->of[i];
		int r = compat_prlimit(pid, i, &limit->soft, &limit->hard);

		limit->known = r == 0;
		if (r == -ENOSYS || r == -EPERM) {
			limits_by_text(pid, ret);
			return;
		}
	}
}

int limits_set(pid_t pid, int resource, const struct limit *to)
{
	return compat_prlimit_set(pid, resource, to->soft, to->hard);
}

const char *limit_name(int resource)
{
	return names[resource];
}

const char *limit_text(uint64_t number, char ret[LIMIT_TEXT])
{
	if (number == LIMIT_NONE)
		(void)snprintf(ret, LIMIT_TEXT, "unlimited");
	else
		(void)snprintf(ret, LIMIT_TEXT, "%llu", (unsigned long long)number);
	return ret;
}
