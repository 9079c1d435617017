/*
 * How two builds differ. The order of configure arguments has no meaning, so they are compared as
 * sets, in which an argument may stand several times. Arguments that name a path are not compared
 * themselves, but the paths that result from them.
 */
#include <string.h>

#include "nginx/build_info.h"

enum { NAME_LENGTH_MAX = 255 };

struct diff {
	build_change_fn *fn;
	void *arg;
	size_t count;
};

static void report_change(struct diff *d, enum build_change kind, const char *what,
			  const char *before, const char *after)
{
	d->count++;
	d->fn(d->arg, kind, what, before, after);
}

static void compare_text(struct diff *d, enum build_change kind, const char *what,
			 const char *before, const char *after)
{
	if (before == after || (before && after && strcmp(before, after) == 0))
		return;
	report_change(d, kind, what, before, after);
}

bool build_same_option(const char *a, const char *b)
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
		if (build_same_option(argument, names[i]))
			return true;
	}
	return false;
}

static size_t count_argument(const struct build_info *b, size_t end, const char *argument)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < end; i++)
		count += strcmp(b->arguments[i], argument) == 0;
	return count;
}

/* Whether the other build has arguments[i] as well. If it stands in this build for the n-th time,
 * the other one must have it n times. */
static bool has_partner(const struct build_info *b, size_t i, const struct build_info *other)
{
	const char *argument = b->arguments[i];

	return count_argument(other, other->argument_count, argument) >
	       count_argument(b, i, argument);
}

/* The only argument with the same name as this one; NULL: there are none or several, or it has no
 * value. */
static const char *only_of_name(const struct build_info *b, const char *argument)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < b->argument_count; i++) {
		if (!build_same_option(b->arguments[i], argument))
			continue;
		if (found)
			return NULL;
		found = b->arguments[i];
	}
	return found && strchr(found, '=') ? found : NULL;
}

/*
 * The argument of the other build that replaces arguments[i]: the same NAME with another VALUE. An
 * option that stands several times, such as --add-module=DIR, does not count as changed: each
 * argument is a thing of its own.
 */
static const char *changed_into(const struct build_info *b, size_t i,
				const struct build_info *other)
{
	return only_of_name(b, b->arguments[i]) ? only_of_name(other, b->arguments[i]) : NULL;
}

static void report_value(struct diff *d, const char *before, const char *after)
{
	char name[NAME_LENGTH_MAX + 1];

	size_t length = strcspn(before, "=");

	if (length > NAME_LENGTH_MAX)
		length = NAME_LENGTH_MAX;
	memcpy(name, before, length);
	name[length] = '\0';
	report_change(d, BUILD_ARGUMENT_CHANGED, name, strchr(before, '=') + 1,
		      strchr(after, '=') + 1);
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
			report_value(d, argument, into);
		else
			report_change(d, BUILD_ARGUMENT_GONE, argument, argument, NULL);
	}
	for (i = 0; i < after->argument_count; i++) {
		const char *argument = after->arguments[i];

		if (!names_path(argument) && !has_partner(after, i, before) &&
		    !changed_into(after, i, before))
			report_change(d, BUILD_ARGUMENT_NEW, argument, NULL, argument);
	}
}

/* The version of nginx that the product is based on, if it differs from the product's own; else
 * NULL. */
static const char *based_on(const struct build_info *b)
{
	return strcmp(b->nginx_version, b->version) != 0 ? b->nginx_version : NULL;
}

size_t build_info_diff(const struct build_info *before, const struct build_info *after,
		       build_change_fn *fn, void *arg)
{
	struct diff d = {fn, arg, 0};

	compare_text(&d, BUILD_VERSION, "product", before->product, after->product);
	compare_text(&d, BUILD_VERSION, "version", before->version, after->version);
	compare_text(&d, BUILD_VERSION, "nginx version", based_on(before), based_on(after));
	compare_text(&d, BUILD_TLS, "tls", before->tls, after->tls);
	compare_arguments(&d, before, after);
	compare_text(&d, BUILD_PATH, "prefix", before->prefix, after->prefix);
	compare_text(&d, BUILD_PATH, "sbin-path", before->sbin_path, after->sbin_path);
	compare_text(&d, BUILD_PATH, "conf-path", before->conf_path, after->conf_path);
	compare_text(&d, BUILD_PATH, "pid-path", before->pid_path, after->pid_path);
	compare_text(&d, BUILD_PATH, "error-log-path", before->error_log_path,
		     after->error_log_path);
	return d.count;
}

/* Moves *p behind the digits there. *ret_start: the first digit that is no leading zero. Returns
 * how many follow from there. */
static size_t skip_digits(const char **p, const char **ret_start)
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
		n = skip_digits(&a, &x);
		m = skip_digits(&b, &y);
		if (n != m)
			return n < m ? -1 : 1; /* the number with more digits is the larger one */
		r = memcmp(x, y, n);
		if (r)
			return r;
	}
	return *a ? 1 : *b ? -1 : 0;
}
