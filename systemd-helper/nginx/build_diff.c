/*
 * How two builds differ. Arguments are compared as a set with multiplicity, for their order means
 * nothing to configure; those that name a path are compared by the paths that result.
 */
#include <string.h>

#include "nginx/build_info.h"

enum { NAME_LENGTH_MAX = 255 };

struct diff {
	build_change_fn *fn;
	void *arg;
	size_t count;
};

static void change(struct diff *d, enum build_change kind, const char *what, const char *before,
		   const char *after)
{
	d->count++;
	d->fn(d->arg, kind, what, before, after);
}

static void compare(struct diff *d, enum build_change kind, const char *what, const char *before,
		    const char *after)
{
	if (before == after || (before && after && strcmp(before, after) == 0))
		return;
	change(d, kind, what, before, after);
}

static bool same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strcspn(b, "=") == length && memcmp(a, b, length) == 0;
}

static bool names_path(const char *argument)
{
	static const char *const names[] = {"--prefix", "--sbin-path", "--conf-path", "--pid-path",
					    "--error-log-path"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (same_name(argument, names[i]))
			return true;
	}
	return false;
}

static size_t times(const struct build_info *b, size_t end, const char *argument)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < end; i++)
		count += strcmp(b->arguments[i], argument) == 0;
	return count;
}

/* The n-th time that an argument stands in one build it needs an n-th time in the other. */
static bool has_partner(const struct build_info *b, size_t i, const struct build_info *other)
{
	const char *argument = b->arguments[i];

	return times(other, other->argument_count, argument) > times(b, i, argument);
}

/* The only argument of this name, with a value; NULL when there are none, several, or no value. */
static const char *only_of_name(const struct build_info *b, const char *argument)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < b->argument_count; i++) {
		if (!same_name(b->arguments[i], argument))
			continue;
		if (found)
			return NULL;
		found = b->arguments[i];
	}
	return found && strchr(found, '=') ? found : NULL;
}

/*
 * NAME=VALUE with another value in the other build. Options that may stand several times, as
 * --add-module=DIR, are different things and not one thing that changes.
 */
static const char *changed_into(const struct build_info *b, size_t i,
				const struct build_info *other)
{
	return only_of_name(b, b->arguments[i]) ? only_of_name(other, b->arguments[i]) : NULL;
}

static void changed_value(struct diff *d, const char *before, const char *after)
{
	char name[NAME_LENGTH_MAX + 1];

	size_t length = strcspn(before, "=");

	if (length > NAME_LENGTH_MAX)
		length = NAME_LENGTH_MAX;
	memcpy(name, before, length);
	name[length] = '\0';
	change(d, BUILD_ARGUMENT_CHANGED, name, strchr(before, '=') + 1, strchr(after, '=') + 1);
}

static void compare_arguments(struct diff *d, const struct build_info *before,
			      const struct build_info *after)
{
	size_t i;

	for (i = 0; i < before->argument_count; i++) {
		const char *argument = before->arguments[i];
		const char *into;

		if (names_path(argument) || has_partner(before, i, after))
			continue;
		into = changed_into(before, i, after);
		if (into)
			changed_value(d, argument, into);
		else
			change(d, BUILD_ARGUMENT_GONE, argument, argument, NULL);
	}
	for (i = 0; i < after->argument_count; i++) {
		const char *argument = after->arguments[i];

		if (!names_path(argument) && !has_partner(after, i, before) &&
		    !changed_into(after, i, before))
			change(d, BUILD_ARGUMENT_NEW, argument, NULL, argument);
	}
}

/* The version of the nginx in it, where that is another one than its own; else NULL. */
static const char *based_on(const struct build_info *b)
{
	return strcmp(b->nginx_version, b->version) != 0 ? b->nginx_version : NULL;
}

size_t build_info_diff(const struct build_info *before, const struct build_info *after,
		       build_change_fn *fn, void *arg)
{
	struct diff d = {fn, arg, 0};

	compare(&d, BUILD_VERSION, "product", before->product, after->product);
	compare(&d, BUILD_VERSION, "version", before->version, after->version);
	compare(&d, BUILD_VERSION, "nginx version", based_on(before), based_on(after));
	compare(&d, BUILD_TLS, "tls", before->tls, after->tls);
	compare_arguments(&d, before, after);
	compare(&d, BUILD_PATH, "prefix", before->prefix, after->prefix);
	compare(&d, BUILD_PATH, "sbin-path", before->sbin_path, after->sbin_path);
	compare(&d, BUILD_PATH, "conf-path", before->conf_path, after->conf_path);
	compare(&d, BUILD_PATH, "pid-path", before->pid_path, after->pid_path);
	compare(&d, BUILD_PATH, "error-log-path", before->error_log_path, after->error_log_path);
	return d.count;
}

/* The run of digits at *p without its leading zeros; *p moves behind it. */
static size_t digits(const char **p, const char **ret_start)
{
	size_t length;

	*p += strspn(*p, "0");
	*ret_start = *p;
	length = strspn(*p, "0123456789");
	*p += length;
	return length;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int version_compare(const char *a, const char *b)
{
	while (*a && *b) {
		const char *x;
		const char *y;
		size_t n, m;
		int r;

		if (!is_digit(*a) || !is_digit(*b)) {
			if (*a != *b)
				return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
			a++;
			b++;
			continue;
		}
		n = digits(&a, &x);
		m = digits(&b, &y);
		if (n != m)
			return n < m ? -1 : 1; /* more digits, larger number; none overflows */
		r = memcmp(x, y, n);
		if (r)
			return r;
	}
	return *a ? 1 : *b ? -1 : 0;
}
