/* Points in time as text, for people and for a process that is started later. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "os/moment.h"

static const char utc[] = "%Y-%m-%dT%H:%M:%SZ";

const char *moment_text(uint64_t seconds, char ret[MOMENT_SIZE])
{
	time_t at = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&at, &tm) || !strftime(ret, MOMENT_SIZE, utc, &tm))
		(void)snprintf(ret, MOMENT_SIZE, "?");
	return ret;
}

int moment_parse(const char *text, uint64_t *ret_seconds)
{
	struct tm tm = {.tm_isdst = 0};
	const char *end = strptime(text, utc, &tm);
	time_t at;

	if (!end || *end)
		return -EINVAL;
	at = timegm(&tm);
	if (at <= 0)
		return -EINVAL;
	*ret_seconds = (uint64_t)at;
	return 0;
}

const char *moment_shown(uint64_t seconds, uint64_t now, char *ret, size_t size)
{
	time_t at = (time_t)seconds;
	time_t today = (time_t)now;
	struct tm tm;
	struct tm now_tm;
	bool same;

	if (!localtime_r(&at, &tm) || !localtime_r(&today, &now_tm)) {
		(void)snprintf(ret, size, "?");
		return ret;
	}
	same = tm.tm_year == now_tm.tm_year && tm.tm_yday == now_tm.tm_yday;
	if (!strftime(ret, size, same ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm))
		(void)snprintf(ret, size, "?");
	return ret;
}

uint64_t moment_now(void)
{
	time_t now = time(NULL);

	return now > 0 ? (uint64_t)now : 0;
}
