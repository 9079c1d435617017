/* Reads the kernel's counter of TCP connections that were made to a network namespace. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os/procfs.h"
#include "os/tcp_opens.h"

/* Names are in one line, "Tcp: NAME NAME ...", and their numbers in the next. */
static const char start[] = "Tcp: ";

static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

/* The position of a name in a line, from 0 on; -1: it is not there. */
static int position_of(const char *line, const char *name)
{
	size_t length = strlen(name);
	int i;

	for (i = 0; *line && *line != '\n'; i++) {
		size_t n = strcspn(line, " \n");

		if (n == length && strncmp(line, name, length) == 0)
			return i;
		line += n;
		line += strspn(line, " ");
	}
	return -1;
}

static bool number_at(const char *line, int place, uint64_t *ret)
{
	char *end;

	for (; place > 0; place--) {
		line += strcspn(line, " \n");
		line += strspn(line, " ");
	}
	if (*line < '0' || *line > '9')
		return false;
	*ret = strtoull(line, &end, 10);
	return *end == ' ' || *end == '\n';
}

int tcp_opens_parse(const char *text, uint64_t *ret)
{
	const char *names = text;
	const char *numbers;
	int place;

	while (names && strncmp(names, start, strlen(start)) != 0)
		names = next_line(names);
	numbers = names ? next_line(names) : NULL;
	if (!numbers || strncmp(numbers, start, strlen(start)) != 0)
		return -EBADMSG;
	place = position_of(names + strlen(start), "PassiveOpens");
	return place >= 0 && number_at(numbers + strlen(start), place, ret) ? 0 : -EBADMSG;
}

int tcp_opens_of(pid_t pid, uint64_t *ret)
{
	char text[8192];
	ssize_t n = procfs_read(pid, "net/snmp", text, sizeof(text));

	return n < 0 ? (int)n : tcp_opens_parse(text, ret);
}
