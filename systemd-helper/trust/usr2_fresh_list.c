/*
 * Removes numbers from the list of sockets that nginx passes to its successor: "NGINX=6;7;8;"
 * (nginx: ngx_exec_new_binary, ngx_add_inherited_sockets). To keep the length, the remaining
 * numbers move to the end, and zeros fill the beginning: nginx reads "NGINX=006;8;" as 6 and 8.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "trust/usr2_fresh_private.h"

enum { NUMBER_MOST = 1 << 30 };

struct entry {
	const char *text;
	size_t length; /* of the number and the separator after it */
	int number;
};

static bool is_list(const char *variable)
{
	return strncmp(variable, "NGINX=", 6) == 0 || strncmp(variable, "ANGIE=", 6) == 0;
}

/* The value of the only such variable. 0; -EBADMSG: none, several, or a string without its NUL. */
static int find_list(char *environment, size_t size, char **ret)
{
	char *found = NULL;
	size_t at = 0;

	while (at < size) {
		char *end = memchr(environment + at, '\0', size - at);

		if (!end)
			return -EBADMSG;
		if (is_list(environment + at)) {
			if (found)
				return -EBADMSG;
			found = environment + at + 6;
		}
		at = (size_t)(end - environment) + 1;
	}
	*ret = found;
	return found ? 0 : -EBADMSG;
}

/* Parses one entry, and moves *text behind it. 1; 0: there are no more; -EBADMSG. */
static int next_entry(const char **text, struct entry *ret)
{
	const char *p = *text;
	int number = 0;

	if (!*p)
		return 0;
	for (; *p >= '0' && *p <= '9' && number < NUMBER_MOST / 10; p++)
		number = 10 * number + (*p - '0');
	if (p == *text || (*p != ';' && *p != ':'))
		return -EBADMSG;
	ret->text = *text;
	ret->length = (size_t)(++p - *text);
	ret->number = number;
	*text = p;
	return 1;
}

static bool is_among(int number, const int *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (numbers[i] == number)
			return true;
	}
	return false;
}

/* *ret_stays: the length of the entries that remain. Returns as inherited_without(). */
static int check(const char *list, const int *numbers, size_t count, size_t *ret_stays)
{
	const char *p = list;
	struct entry e;
	size_t taken = 0;
	int r;

	*ret_stays = 0;
	while ((r = next_entry(&p, &e)) > 0) {
		if (is_among(e.number, numbers, count))
			taken++;
		else
			*ret_stays += e.length;
	}
	if (r < 0)
		return r;
	if (!taken)
		return -ENOENT;
	return *ret_stays ? 0 : -ENODATA;
}

int inherited_without(char *environment, size_t size, const int *numbers, size_t count,
		      struct inherited_change *ret)
{
	struct entry e;
	char *list;
	char *end;
	size_t stays = 0;
	size_t length, i;
	int r = find_list(environment, size, &list);

	if (!r)
		r = check(list, numbers, count, &stays);
	if (r < 0)
		return r;
	length = strlen(list);
	/* From the last entry to the first, so that no entry is overwritten before it was read. */
	for (end = list + length, i = length; i > 0;) {
		size_t from = i - 1;
		const char *p;

		while (from > 0 && list[from - 1] != ';' && list[from - 1] != ':')
			from--;
		p = list + from;
		(void)next_entry(&p, &e);
		if (!is_among(e.number, numbers, count)) {
			end -= e.length;
			memmove(end, e.text, e.length);
		}
		i = from;
	}
	memset(list, '0', length - stays);
	ret->offset = (size_t)(list - environment);
	ret->length = length;
	return 0;
}
