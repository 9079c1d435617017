/* Process titles, and the arguments of the first start as far as the title still tells them. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "nginx/title.h"

#define LEAVING " is shutting down"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What follows the role in a title; NULL: it has another one. */
static const char *after_role(const char *title, const char *role)
{
	const char *rest = title + strlen(role);

	return starts_with(title, role) && (*rest == ' ' || !*rest) ? rest : NULL;
}

/* The role in a title that begins with a flavour's word, and what follows it. */
static enum title classify(const char *title, const char **ret_rest)
{
	static const struct {
		const char *role;
		enum title title;
	} roles[] = {
		{"master process", TITLE_MASTER},           {"worker process", TITLE_WORKER},
		{"cache manager process", TITLE_HELPER},    {"cache loader process", TITLE_HELPER},
		{"privileged agent process", TITLE_HELPER},
	};
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		const char *rest = after_role(title, roles[i].role);

		if (!rest)
			continue;
		*ret_rest = rest;
		if (roles[i].title != TITLE_MASTER && starts_with(rest, LEAVING))
			return TITLE_LEAVING;
		return roles[i].title;
	}
	return TITLE_OTHER;
}

enum title title_classify(const char *cmdline)
{
	const char *rest;

	return flavour_of_title(cmdline, &rest) ? classify(rest, &rest) : TITLE_OTHER;
}

/* "v1.12.1", whole or cut short, and not the path of a program. */
static bool is_version(const char *text)
{
	return text[0] == 'v' && (!text[1] || (text[1] >= '0' && text[1] <= '9')) &&
	       text[strcspn(text, " /")] != '/';
}

/*
 * The arguments in "v1.12.1 #1 [ARGUMENTS]"; NULL: it does not get as far. The name of a build may
 * stand behind the version (angie: configure --build=NAME), but nothing with a bracket behind a
 * number.
 */
static const char *numbered_arguments(const char *text)
{
	const char *p;

	for (p = strstr(text, " #"); p; p = strstr(p + 1, " #")) {
		const char *digits = p + 2;
		size_t n = strspn(digits, "0123456789");

		if (n && starts_with(digits + n, " ["))
			return digits + n + 2;
	}
	return NULL;
}

/*
 * Where the arguments stand in what follows "master process", and how long they are. Angie writes
 * the bracket that ends them last, so that it is missing where there was no room for all.
 */
static const char *find_arguments(const struct flavour *flavour, const char *text,
				  size_t *ret_length, bool *ret_cut)
{
	text += strspn(text, " ");
	*ret_cut = false;
	*ret_length = strlen(text);
	if (!flavour->numbered || !is_version(text))
		return text;
	text = numbered_arguments(text);
	*ret_length = text ? strlen(text) : 0;
	*ret_cut = !*ret_length || text[*ret_length - 1] != ']';
	*ret_length -= !*ret_cut;
	return text ? text : "";
}

/*
 * The blank before the next " -c", " -p", ... at or after p; NULL when there is none. A master that
 * runs has one long option at most (angie: ngx_get_options).
 */
static char *next_option(char *p)
{
	for (p = strstr(p, " -"); p; p = strstr(p + 1, " -")) {
		if (p[2] && strchr("cpgeqtTvVhs?", p[2]))
			return p;
		if (starts_with(p + 2, "-log-level="))
			return p;
	}
	return NULL;
}

static const char **option_slot(struct title_arguments *a, char letter)
{
	switch (letter) {
	case 'c': return &a->conf;
	case 'p': return &a->prefix;
	case 'g': return &a->directives;
	case 'e': return &a->error_log;
	default: return NULL;
	}
}

/* Fills in what the options in ret->buf say, which is cut into pieces. */
static void split_options(struct title_arguments *ret)
{
	char *option = next_option(ret->buf);

	while (option) {
		const char **slot = option_slot(ret, option[2]);
		char *value = option + 3; /* "-cFILE" and "-c FILE" both work */
		char *next;

		*option = '\0';
		value += strspn(value, " ");
		next = next_option(value - 1);
		if (next)
			*next = '\0';
		/* An empty value, as of -g '', leaves two blanks: the next option is not its value.
		 */
		if (next && next < value)
			value = next;
		if (slot && *value)
			*slot = value;
		option = next;
	}
}

int title_parse(const char *cmdline, struct title_arguments *ret)
{
	struct title_arguments a = {0};
	const char *text;
	size_t length;

	a.flavour = flavour_of_title(cmdline, &text);
	if (!a.flavour || classify(text, &text) != TITLE_MASTER)
		return -EINVAL;
	text = find_arguments(a.flavour, text, &length, &a.cut);
	if ((!length && !a.cut) || *text == ' ')
		return -EINVAL;
	if (length >= sizeof(a.buf))
		return -E2BIG;
	*ret = a;
	memcpy(ret->buf, text, length);
	ret->buf[length] = '\0';
	ret->argv0 = ret->buf;
	split_options(ret);
	return 0;
}
