/* Reads process titles, and the arguments of the start in them. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "nginx/flavour.h"
#include "nginx/title.h"

#define LEAVING " is shutting down"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What follows the role in a title; NULL: the title has another role. */
static const char *after_role(const char *title, const char *role)
{
	const char *rest = title + strlen(role);

	return starts_with(title, role) && (*rest == ' ' || !*rest) ? rest : NULL;
}

/* The kind of a title, without the flavour's word in front. *ret_rest: what follows the role. */
static enum title classify_role(const char *title, const char **ret_rest)
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

	return flavour_of_title(cmdline, &rest) ? classify_role(rest, &rest) : TITLE_OTHER;
}

/* "v1.12.1", complete or cut, but not the path of a program. */
static bool is_version(const char *text)
{
	return text[0] == 'v' && (!text[1] || (text[1] >= '0' && text[1] <= '9')) &&
	       text[strcspn(text, " /")] != '/';
}

/*
 * The arguments in "v1.12.1 #1 [ARGUMENTS]"; NULL: the title ends before. The name of a build may
 * follow the version (angie: configure --build=NAME), so the bracket behind a number is looked for.
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
 * Finds the arguments in the text behind "master process", and their length. With Angie a bracket
 * ends them. It is missing if there was no room for all of them.
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
 * The blank before the next " -c", " -p", ... at or after p; NULL: none. A running master has at
 * most one long option (angie: ngx_get_options).
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

/* Cuts ret->buf into pieces, and sets the options to them. */
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
		/* An empty value, as in -g '', leaves two blanks: then the next option follows. */
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
	if (!a.flavour || classify_role(text, &text) != TITLE_MASTER)
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
