/* Durations read from settings, and written for people. */
#include "os/duration.h"
#include "tap.h"

#define UNTOUCHED 77u

static void reads(const char *text, uint64_t want_us)
{
	uint64_t us = UNTOUCHED;

	same_number(duration_parse(text, &us), 0, text);
	same_number((long long)us, (long long)want_us, text);
}

static void refuses(const char *text, int want)
{
	uint64_t us = UNTOUCHED;

	same_number(duration_parse(text, &us), want, text);
	same_number((long long)us, UNTOUCHED, "and nothing is written");
}

static void numbers_and_units(void)
{
	const uint64_t s = USEC_PER_SEC;

	reads("90", 90 * s);
	reads("90s", 90 * s);
	reads("0", 0);
	reads("00000000000000000000000000007", 7 * s);
	reads("5min", 300 * s);
	reads("5m", 300 * s);
	reads("1h 30min", 5400 * s);
	reads("1h30min", 5400 * s);
	reads(" \t2 hours  3 seconds \n", 7203 * s);
	reads("250ms", 250000);
	reads("250 msec", 250000);
	reads("7us", 7);
	reads("7usec", 7);
	reads("7\xc2\xb5s", 7);
	reads("7\xce\xbcs", 7);
	reads("2d", 172800 * s);
	reads("1w", 604800 * s);
	reads("1M", 2629800 * s);
	reads("1y", 31557600 * s);
	reads("1min 30", 90 * s);
	reads("2 .5s", 2500000);
	reads("infinity", DURATION_INFINITY);
	reads(" infinity ", DURATION_INFINITY);
}

static void fractions(void)
{
	reads("1.5s", 1500000);
	reads("1.5", 1500000);
	reads(".5s", 500000);
	reads("0.25min", 15000000);
	reads("2.345ms", 2345);
	reads("1.0000009s", 1000000);
	reads("1.9us", 1);
	reads("0.000000000000000000000000000000000001y", 0);
}

static void refusals(void)
{
	refuses("", -EINVAL);
	refuses(" \t", -EINVAL);
	refuses("s", -EINVAL);
	refuses("-5", -EINVAL);
	refuses("+5", -EINVAL);
	refuses("5.", -EINVAL);
	refuses("5.s", -EINVAL);
	refuses(".", -EINVAL);
	refuses("1.2.3", -EINVAL);
	refuses("5 fortnights", -EINVAL);
	refuses("5S", -EINVAL);
	refuses("5s,", -EINVAL);
	refuses("0x10", -EINVAL);
	refuses("1e3", -EINVAL);
	refuses("infinity5", -EINVAL);
	refuses("infinit", -EINVAL);
	refuses("5s infinity", -EINVAL);
	refuses("5\xc2", -EINVAL);
	refuses("5\xff\xfes", -EINVAL);
	refuses("99999999999999999999999999", -ERANGE);
	refuses("18446744073709551616us", -ERANGE);
	refuses("18446744073709551615y", -ERANGE);
	refuses("99999999999999999999 nonsense", -EINVAL);
	refuses("99999999999999999999s nonsense", -EINVAL);
}

/* The longest duration that can be counted, and one more. */
static void border(void)
{
	reads("2305843009213693950us", DURATION_INFINITY - 1);
	refuses("2305843009213693951us", -ERANGE);
	reads("2305843009213693945us 5us", DURATION_INFINITY - 1);
	refuses("2305843009213693950us 1us", -ERANGE);
	refuses("2305843009213s 693951us", -ERANGE);
}

static void writes(uint64_t us, const char *want)
{
	char buf[32];

	same_text(duration_text(us, buf, sizeof(buf)), want, want);
}

static void texts(void)
{
	char small[4];

	writes(0, "0 us");
	writes(870, "870 us");
	writes(999, "999 us");
	writes(1000, "1.0 ms");
	writes(2449, "2.4 ms");
	writes(999999, "999.9 ms");
	writes(1000000, "1.00 s");
	writes(1204000, "1.20 s");
	writes(59999999, "59.99 s");
	writes(60000000, "1min");
	writes(200000000, "3min 20s");
	writes(3600000000u, "1h");
	writes(5400000000u, "1h 30min");
	writes(86400000000u, "1d");
	writes(180000000000u, "2d 2h");
	writes(DURATION_INFINITY - 1, "26687997d 19h");
	writes(DURATION_INFINITY, "infinity");
	writes(UINT64_MAX, "infinity");
	same_text(duration_text(870, small, sizeof(small)), "870", "a small buffer cuts");
}

int main(void)
{
	numbers_and_units();
	fractions();
	refusals();
	border();
	texts();
	return tap_end();
}
