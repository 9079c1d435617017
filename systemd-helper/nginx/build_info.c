/*
 * Parses the output of `nginx -V`. Other lines in it are skipped: the loader or nginx may have
 * printed warnings before its lines and between them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/build_info.h"
#include "nginx/flavour.h"

enum { TEXT_MAX = 64 * 1024, ARGUMENTS_MAX = 2048, VERSION_LENGTH_MAX = 64 };

#define BLANKS       " \t\r"
#define VERSION_MARK " version: "
#define NAME_CHARS   "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._+-"

/* The part of line behind prefix; NULL: it does not begin with prefix. */
static char *after(char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(line, prefix, length) == 0 ? line + length : NULL;
}

static int replace_string(char **field, const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, length);
	copy[length] = '\0';
	free(*field);
	*field = copy;
	return 0;
}

/* Whether it can be used in a file name: it is neither hidden, nor an option, nor a path. */
static bool is_good_name(const char *p, size_t length)
{
	return length > 0 && length <= VERSION_LENGTH_MAX && strspn(p, NAME_CHARS) >= length &&
	       *p != '.' && *p != '-';
}

/*
 * "nginx version: nginx/1.18.0 (Ubuntu)". Tengine and Angie print "Tengine version: Tengine/2.3.3"
 * before it, so product and version are taken from the first such line. Other programs print
 * similar lines ("Server version: Apache/2.4"), but with different words on both sides.
 */
static int read_version(struct build_info *b, const char *line)
{
	const char *mark = strstr(line, VERSION_MARK);
	const char *product;
	const char *version;
	size_t label_length, product_length, version_length;
	bool nginx_line;
	int r = 0;

	if (!mark || mark == line)
		return 0;
	label_length = (size_t)(mark - line);
	product = mark + strlen(VERSION_MARK);
	product_length = strcspn(product, "/");
	nginx_line = label_length == 5 && memcmp(line, "nginx", 5) == 0;
	if (!nginx_line &&
	    (product_length != label_length || memcmp(line, product, label_length) != 0))
		return 0;
	if (!product[product_length] || !is_good_name(product, product_length))
		return -EBADMSG;
	version = product + product_length + 1;
	version_length = strcspn(version, BLANKS);
	if (!is_good_name(version, version_length))
		return -EBADMSG;
	if (!b->product)
		r = replace_string(&b->product, product, product_length);
	if (!r && !b->version)
		r = replace_string(&b->version, version, version_length);
	if (!r && !b->nginx_version && nginx_line)
		r = replace_string(&b->nginx_version, version, version_length);
	return r;
}

/*
 * The quote that ends the value at p. configure puts quotes around a value that has a blank in it,
 * and escapes nothing (nginx: auto/options), so there may be quotes inside the value. The quote
 * that ends it is followed by the next argument or by nothing.
 */
static char *closing_quote(char *p)
{
	for (p = strchr(p, '\''); p; p = strchr(p + 1, '\'')) {
		size_t blanks = strspn(p + 1, BLANKS);

		if (!p[1 + blanks] || (blanks && strncmp(p + 1 + blanks, "--", 2) == 0))
			return p;
	}
	return NULL;
}

/* Unquotes and ends the next argument, in place, and moves *p behind it. NULL: there is none. */
static char *next_word(char **p)
{
	char *word = *p + strspn(*p, BLANKS);
	char *end = word + strcspn(word, BLANKS);
	char *value = word + strcspn(word, "=" BLANKS);
	char *close = NULL;

	if (!*word)
		return NULL;
	if (value[0] == '=' && value[1] == '\'')
		close = closing_quote(value + 2);
	*p = *end ? end + 1 : end;
	if (close) {
		*p = close[1] ? close + 2 : close + 1;
		memmove(value + 1, value + 2, (size_t)(close - value - 2));
		end = close - 1;
	}
	*end = '\0';
	return word;
}

static int read_arguments(struct build_info *b, char *text)
{
	char *word;

	b->arguments = calloc(ARGUMENTS_MAX + 1, sizeof(*b->arguments));
	if (!b->arguments)
		return -ENOMEM;
	while ((word = next_word(&text))) {
		if (b->argument_count == ARGUMENTS_MAX)
			return -E2BIG;
		b->arguments[b->argument_count] = strdup(word);
		if (!b->arguments[b->argument_count])
			return -ENOMEM;
		b->argument_count++;
	}
	return 0;
}

static int read_line(struct build_info *b, char *line)
{
	char *rest = after(line, "nginx: "); /* up to 1.0 every line begins with it */
	size_t length;

	if (rest)
		line = rest;
	length = strlen(line);
	while (length && strchr(BLANKS, line[length - 1]))
		line[--length] = '\0';
	rest = after(line, "built with ");
	if (rest)
		return b->tls ? 0 : replace_string(&b->tls, rest, strlen(rest));
	rest = after(line, "configure arguments:");
	if (rest)
		return b->arguments ? 0 : read_arguments(b, rest);
	return read_version(b, line);
}

/* The value of the last argument NAME=VALUE, which is the one that configure uses; NULL: none. */
static const char *argument_value(const struct build_info *b, const char *name)
{
	size_t i = b->argument_count;

	while (i--) {
		char *value = after(b->arguments[i], name);

		if (value)
			return value;
	}
	return NULL;
}

static int derive_path(const struct build_info *b, const char *name, const char *by_default,
		       char **field)
{
	const char *value = argument_value(b, name);
	size_t prefix_length = strlen(b->prefix);
	size_t length;

	if (!value || !*value)
		value = by_default;
	length = strlen(value);
	if (*value == '/' || !prefix_length || strcmp(value, "stderr") == 0)
		return replace_string(field, value, length);
	*field = malloc(prefix_length + length + 2);
	if (!*field)
		return -ENOMEM;
	memcpy(*field, b->prefix, prefix_length);
	if (b->prefix[prefix_length - 1] != '/')
		(*field)[prefix_length++] = '/';
	memcpy(*field + prefix_length, value, length + 1);
	return 0;
}

/* Whether configure compiles in that path as it was given, so that nginx puts its present prefix
 * before it. */
static bool is_relative(const struct build_info *b, const char *name)
{
	const char *value = argument_value(b, name);

	return *b->prefix && (!value || *value != '/');
}

/* -V does not show paths that were not given: those are configure's defaults. */
static int derive_paths(struct build_info *b)
{
	const struct flavour *f = flavour_of_product(b->product, b->version);
	const char *prefix = argument_value(b, "--prefix=");
	size_t length;
	int r;

	if (!prefix)
		prefix = f->prefix;
	length = strlen(prefix);
	while (length > 1 && prefix[length - 1] == '/')
		length--;
	b->flavour = f;
	r = replace_string(&b->prefix, prefix, length);
	if (!r)
		r = derive_path(b, "--sbin-path=", f->sbin_path, &b->sbin_path);
	if (!r)
		r = derive_path(b, "--conf-path=", f->conf_path, &b->conf_path);
	if (!r)
		r = derive_path(b, "--pid-path=", f->pid_path, &b->pid_path);
	if (!r)
		r = derive_path(b, "--error-log-path=", "logs/error.log", &b->error_log_path);
	b->conf_relative = is_relative(b, "--conf-path=");
	b->pid_relative = is_relative(b, "--pid-path=");
	return r;
}

int build_path_under(const struct build_info *b, const char *path, bool relative,
		     const char *prefix, char ret[PATH_MAX])
{
	const char *rest = path;
	int n;

	if (relative && prefix)
		rest += strlen(b->prefix) + strspn(path + strlen(b->prefix), "/");
	if (rest == path)
		n = snprintf(ret, PATH_MAX, "%s", path);
	else
		n = snprintf(ret, PATH_MAX, "%s%s%s", prefix,
			     *prefix && prefix[strlen(prefix) - 1] == '/' ? "" : "/", rest);
	return n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int build_pid_file(const struct build_info *b, const char *prefix, const char *directive,
		   char ret[PATH_MAX])
{
	const char *under = prefix ? prefix : b->prefix;
	int n;

	if (!directive)
		return build_path_under(b, b->pid_path, b->pid_relative, prefix, ret);
	n = directive[0] == '/' ? snprintf(ret, PATH_MAX, "%s", directive)
				: snprintf(ret, PATH_MAX, "%s/%s", under, directive);
	return n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int build_info_parse(const char *text, size_t length, struct build_info *ret)
{
	struct build_info b;
	char *copy = NULL;
	char *line;
	char *next;
	int r;

	memset(&b, 0, sizeof(b));
	if (length > TEXT_MAX)
		return -E2BIG;
	if (length && memchr(text, '\0', length))
		return -EBADMSG;
	r = replace_string(&copy, length ? text : "", length);
	for (line = copy; !r && line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		r = read_line(&b, line);
	}
	free(copy);
	/* Without the arguments we could only guess the paths. */
	if (!r && (!b.version || !b.arguments))
		r = -EBADMSG;
	if (!r && !b.nginx_version)
		r = replace_string(&b.nginx_version, b.version, strlen(b.version));
	if (!r)
		r = derive_paths(&b);
	if (r)
		build_info_free(&b);
	else
		*ret = b;
	return r;
}

void build_info_free(struct build_info *b)
{
	size_t i;

	for (i = 0; i < b->argument_count; i++)
		free(b->arguments[i]);
	free(b->arguments);
	free(b->product);
	free(b->version);
	free(b->nginx_version);
	free(b->tls);
	free(b->prefix);
	free(b->sbin_path);
	free(b->conf_path);
	free(b->pid_path);
	free(b->error_log_path);
	memset(b, 0, sizeof(*b));
}
