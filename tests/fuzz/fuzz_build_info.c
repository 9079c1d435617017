/* Output of -V: what is taken is fit for file names, and no build differs from itself. */
#include "fuzz.h"
#include "nginx/build_info.h"

static void count(void *arg, enum build_change kind, const char *what, const char *before,
		  const char *after)
{
	PROMISE(what && (before || after));
	PROMISE(!before || !after || strcmp(before, after) != 0);
	PROMISE(kind <= BUILD_PATH);
	++*(size_t *)arg;
}

static void compare(const struct build_info *a, const struct build_info *b)
{
	size_t there = 0, back = 0;
	size_t n = build_info_diff(a, b, count, &there);

	PROMISE(n == there);
	PROMISE(build_info_diff(b, a, count, &back) == n);
	PROMISE((version_compare(a->version, b->version) < 0) ==
		(version_compare(b->version, a->version) > 0));
}

static void check(const struct build_info *b)
{
	size_t changes = 0;
	size_t i;

	PROMISE(*b->version && *b->version != '.' && *b->version != '-');
	PROMISE(!strpbrk(b->version, "/ \t\n\\'\"$;&|<>()*?[]{}\033"));
	PROMISE(b->product && *b->product && b->flavour);
	PROMISE(b->nginx_version && *b->nginx_version);
	for (i = 0; i < b->argument_count; i++)
		PROMISE(b->arguments[i]);
	PROMISE(!b->arguments[i]);
	PROMISE(b->prefix && b->sbin_path && b->conf_path && b->pid_path && b->error_log_path);
	PROMISE(build_info_diff(b, b, count, &changes) == 0 && changes == 0);
	PROMISE(version_compare(b->version, b->version) == 0);
}

/* The input is the output of two builds, cut at a 0x1e where there is one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = size ? memchr(data, 0x1e, size) : NULL;
	size_t first = cut ? (size_t)(cut - data) : size;
	struct build_info a, b;

	if (build_info_parse((const char *)data, first, &a) < 0)
		return 0;
	check(&a);
	if (cut && build_info_parse((const char *)cut + 1, size - first - 1, &b) == 0) {
		check(&b);
		compare(&a, &b);
		build_info_free(&b);
	}
	build_info_free(&a);
	return 0;
}
