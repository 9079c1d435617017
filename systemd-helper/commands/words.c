/* How users, times and sizes are written. */
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "commands/words.h"

const char *words_of_user(uint64_t uid, char *ret, size_t size)
{
	const struct passwd *account = getpwuid((uid_t)uid);

	if (account)
		(void)snprintf(ret, size, "%s", account->pw_name);
	else
		(void)snprintf(ret, size, "uid %u", (unsigned)uid);
	return ret;
}

const char *words_of_time(uint64_t seconds, char *ret, size_t size)
{
	time_t at = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&at, &tm) || !strftime(ret, size, "%Y-%m-%d %H:%M:%S", &tm))
		(void)snprintf(ret, size, "unknown");
	return ret;
}

const char *words_of_size(uint64_t bytes, char *ret, size_t size)
{
	uint64_t tenths = bytes * 10 / (1024 * 1024);

	(void)snprintf(ret, size, "%llu.%llu MB", (unsigned long long)(tenths / 10),
		       (unsigned long long)(tenths % 10));
	return ret;
}
