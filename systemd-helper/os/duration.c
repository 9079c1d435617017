/* Parses durations, and writes them for people. The units are systemd's. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "os/duration.h"

#define BLANKS  " \t\n\r"
#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\xc2\xb5\xce\xbc"

#define MINUTE ((uint64_t)60 * USEC_PER_SEC)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
/* A year has 365.25 days and a month is a twelfth of one: systemd.time(7). */
#define YEAR  (365 * DAY + 6 * HOUR)
#define MONTH (YEAR / 12)

struct unit {
	const char *name;
	uint64_t us;
};

static const struct unit units[] = {
	{"seconds", USEC_PER_SEC},
	{"second", USEC_PER_SEC},
	{"sec", USEC_PER_SEC},
	{"s", USEC_PER_SEC},
	{"minutes", MINUTE},
	{"minute", MINUTE},
	{"min", MINUTE},
	{"m", MINUTE},
	{"hours", HOUR},
	{"hour", HOUR},
	{"hr", HOUR},
	{"h", HOUR},
	{"days", DAY},
	{"day", DAY},
	{"d", DAY},
	{"weeks", 7 * DAY},
	{"week", 7 * DAY},
	{"w", 7 * DAY},
	{"months", MONTH},
	{"month", MONTH},
	{"M", MONTH},
	{"years", YEAR},
	{"year", YEAR},
	{"y", YEAR},
	{"msec", USEC_PER_MSEC},
	{"ms", USEC_PER_MSEC},
	{"usec", 1},
	{"us", 1},
	{"\xc2\xb5s", 1}, /* micro sign */
	{"\xce\xbcs", 1}, /* Greek mu */
};

/* The unit at p, in microseconds; 0: there is no such unit. An empty one means seconds. */
static uint64_t find_unit(const char *p, size_t length)
{
	size_t i;

	if (!length)
		return USEC_PER_SEC;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == length && memcmp(units[i].name, p, length) == 0)
			return units[i].us;
	}
	return 0;
}

/* Adds digits times unit to *us. */
static int add_whole(uint64_t *us, const char *digits, size_t length, uint64_t unit)
{
	const uint64_t most = (DURATION_INFINITY - 1 - *us) / unit;
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < length; i++) {
		uint64_t digit = (uint64_t)(digits[i] - '0');

		if (digit > most || number > (most - digit) / 10)
			return -ERANGE;
		number = 10 * number + digit;
	}
	*us += number * unit;
	return 0;
}

/* Adds the digits after a decimal point. What is smaller than a microsecond is dropped. */
static int add_fraction(uint64_t *us, const char *digits, size_t length, uint64_t unit)
{
	size_t i;

	for (i = 0; i < length && unit >= 10; i++) {
		unit /= 10;
		if (add_whole(us, digits + i, 1, unit) < 0)
			return -ERANGE;
	}
	return 0;
}

/* Adds one number with its unit to *us, and moves *p behind them. */
static int parse_term(const char **p, uint64_t *us)
{
	const char *whole = *p;
	size_t whole_length = strspn(whole, DIGITS);
	const char *fraction = whole + whole_length;
	size_t fraction_length = 0;
	const char *name;
	size_t name_length;
	uint64_t unit;

	if (*fraction == '.') {
		fraction_length = strspn(++fraction, DIGITS);
		if (!fraction_length)
			return -EINVAL;
	}
	if (!whole_length && !fraction_length)
		return -EINVAL;
	name = fraction + fraction_length;
	if (*name == '.') /* 1.2.3 is not 1.2 and .3 */
		return -EINVAL;
	name += strspn(name, BLANKS);
	name_length = strspn(name, LETTERS);
	unit = find_unit(name, name_length);
	if (!unit)
		return -EINVAL;
	*p = name + name_length;
	if (add_whole(us, whole, whole_length, unit) < 0)
		return -ERANGE;
	return add_fraction(us, fraction, fraction_length, unit);
}

int duration_parse(const char *text, uint64_t *ret_us)
{
	const char *p = text + strspn(text, BLANKS);
	uint64_t us = 0;
	bool too_long = false;

	if (strncmp(p, "infinity", 8) == 0 && p[8 + strspn(p + 8, BLANKS)] == '\0') {
		*ret_us = DURATION_INFINITY;
		return 0;
	}
	if (!*p)
		return -EINVAL;
	while (*p) {
		int r = parse_term(&p, &us);

		if (r == -EINVAL)
			return r;
		/* Go on: what follows a number that is too large may still be invalid. */
		too_long = too_long || r == -ERANGE;
		p += strspn(p, BLANKS);
	}
	if (too_long)
		return -ERANGE;
	*ret_us = us;
	return 0;
}

/* "3min 20s", or "2h" if there is nothing of the smaller unit. */
static void two_units(char *buf, size_t size, uint64_t large, const char *large_name,
		      uint64_t small, const char *small_name)
{
	if (small)
		(void)snprintf(buf, size, "%" PRIu64 "%s %" PRIu64 "%s", large, large_name, small,
			       small_name);
	else
		(void)snprintf(buf, size, "%" PRIu64 "%s", large, large_name);
}

const char *duration_text(uint64_t us, char *buf, size_t size)
{
	if (us >= DURATION_INFINITY)
		(void)snprintf(buf, size, "infinity");
	else if (us < USEC_PER_MSEC)
		(void)snprintf(buf, size, "%" PRIu64 " us", us);
	else if (us < USEC_PER_SEC)
		(void)snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " ms", us / USEC_PER_MSEC,
			       us % USEC_PER_MSEC / 100);
	else if (us < MINUTE)
		(void)snprintf(buf, size, "%" PRIu64 ".%02" PRIu64 " s", us / USEC_PER_SEC,
			       us % USEC_PER_SEC / 10000);
	else if (us < HOUR)
		two_units(buf, size, us / MINUTE, "min", us % MINUTE / USEC_PER_SEC, "s");
	else if (us < DAY)
		two_units(buf, size, us / HOUR, "h", us % HOUR / MINUTE, "min");
	else
		two_units(buf, size, us / DAY, "d", us % DAY / HOUR, "h");
	return buf;
}
