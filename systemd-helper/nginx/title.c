/* Process titles, and the arguments of the first start as far as the title still tells them. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "nginx/title.h"

#define MASTER  "nginx: master process"
#define WORKER  "nginx: worker process"
#define LEAVING " is shutting down"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum title title_classify(const char *cmdline)
{
	if (starts_with(cmdline, MASTER) &&
	    (cmdline[strlen(MASTER)] == ' ' || cmdline[strlen(MASTER)] == '\0'))
		return TITLE_MASTER;
	if (starts_with(cmdline, WORKER)) {
		const char *rest = cmdline + strlen(WORKER);

		return starts_with(rest, LEAVING) ? TITLE_LEAVING : TITLE_WORKER;
	}
	if (starts_with(cmdline, "nginx: cache manager process") ||
	    starts_with(cmdline, "nginx: cache loader process") ||
	    starts_with(cmdline, "nginx: privileged agent process"))
		return strstr(cmdline, LEAVING) ? TITLE_LEAVING : TITLE_HELPER;
	return TITLE_OTHER;
}

/* The blank before the next " -c", " -p", ... at or after p; NULL when there is none. */
static char *next_option(char *p)
{
	for (p = strstr(p, " -"); p; p = strstr(p + 1, " -")) {
		if (p[2] && strchr("cpgeqtTvVhs?", p[2]))
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

int title_parse(const char *cmdline, struct title_arguments *ret)
{
	struct title_arguments a = {0};
	const char *text = cmdline + strlen(MASTER);
	char *option;

	if (title_classify(cmdline) != TITLE_MASTER)
		return -EINVAL;
	text += strspn(text, " ");
	if (!*text)
		return -EINVAL;
	if (strlen(text) >= sizeof(a.buf))
		return -E2BIG;
	*ret = a;
	memcpy(ret->buf, text, strlen(text) + 1);
	ret->argv0 = ret->buf;
	option = next_option(ret->buf);
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
	return 0;
}
