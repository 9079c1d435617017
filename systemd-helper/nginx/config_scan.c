/*
 * A lexer of nginx's configuration that takes one letter at a time, so that it does not matter
 * where the text is cut. It does not judge: nginx has, or will.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nginx/config_scan.h"

enum { BETWEEN, WORD, SINGLE, DOUBLE, COMMENT };

/* `nginx -T` writes this before each file, then the path and a colon. */
#define FILE_MARK "# configuration file /"

void config_scan_init(struct config_scan *s)
{
	memset(s, 0, sizeof(*s));
	s->state = BETWEEN;
}

void config_scan_free(struct config_scan *s)
{
	free(s->pid);
	free(s->error_log);
	s->pid = NULL;
	s->error_log = NULL;
}

static int keep(struct config_scan *s, char **field)
{
	if (*field)
		return 0;
	*field = strdup(s->word);
	return *field ? 0 : -ENOMEM;
}

static void keep_flag(const struct config_scan *s, bool *seen, bool *off)
{
	if (!*seen)
		*off = strcasecmp(s->word, "off") == 0;
	*seen = true;
}

/* A ';' at depth 0: name holds the first word, word the second. */
static int directive(struct config_scan *s)
{
	if (s->word_index < 2)
		return 0;
	if (strcmp(s->name, "pid") == 0 && *s->word)
		return keep(s, &s->pid);
	if (strcmp(s->name, "error_log") == 0 && *s->word && s->files <= 1)
		return keep(s, &s->error_log);
	if (strcmp(s->name, "daemon") == 0)
		keep_flag(s, &s->daemon_seen, &s->daemon_off);
	if (strcmp(s->name, "master_process") == 0)
		keep_flag(s, &s->master_process_seen, &s->master_process_off);
	return 0;
}

static void begin_directive(struct config_scan *s)
{
	s->word_index = 0;
	s->name[0] = '\0';
	s->word[0] = '\0';
}

/* Words behind the second have their place in word_length only. */
static void end_word(struct config_scan *s)
{
	size_t length = s->word_length;
	bool whole = length < sizeof(s->word);

	if (s->word_index <= 1) {
		s->overflow = s->overflow || !whole;
		s->word[whole ? length : 0] = '\0';
		/* A NUL within: whatever it means to nginx, it is not ours to guess. */
		if (whole && strlen(s->word) != length)
			s->word[0] = '\0';
	}
	if (s->word_index == 0) {
		s->name[0] = '\0';
		if (strlen(s->word) < sizeof(s->name))
			memcpy(s->name, s->word, strlen(s->word) + 1);
		s->word[0] = '\0';
	}
	if (s->word_index < 2)
		s->word_index++;
	s->word_length = 0;
	s->state = BETWEEN;
}

static void add(struct config_scan *s, char c)
{
	if (s->word_index >= 2)
		return;
	if (s->word_length < sizeof(s->word))
		s->word[s->word_length++] = c;
}

/* What a backslash makes of the letter behind it. */
static void add_escaped(struct config_scan *s, char c)
{
	s->escaped = false;
	switch (c) {
	case '"':
	case '\'':
	case '\\': break;
	case 't': c = '\t'; break;
	case 'r': c = '\r'; break;
	case 'n': c = '\n'; break;
	default: add(s, '\\'); break;
	}
	add(s, c);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int between(struct config_scan *s, char c)
{
	int r = 0;

	if (is_blank(c))
		return 0;
	switch (c) {
	case ';':
		if (!s->depth)
			r = directive(s);
		begin_directive(s);
		break;
	case '{':
		s->depth++;
		begin_directive(s);
		break;
	case '}':
		if (s->depth)
			s->depth--;
		begin_directive(s);
		break;
	case '#': s->state = COMMENT; break;
	case '"': s->state = DOUBLE; break;
	case '\'': s->state = SINGLE; break;
	default:
		s->state = WORD;
		s->escaped = c == '\\';
		s->variable = c == '$';
		if (!s->escaped)
			add(s, c);
	}
	return r;
}

static int within(struct config_scan *s, char c)
{
	bool variable = s->variable;

	/* "${" and all '{' right behind it */
	s->variable = !s->escaped && (c == '$' || (c == '{' && variable));
	if (s->escaped) {
		add_escaped(s, c);
	} else if (c == '\\') {
		s->escaped = true;
	} else if ((s->state == DOUBLE && c == '"') || (s->state == SINGLE && c == '\'')) {
		end_word(s);
	} else if (s->state == WORD && (is_blank(c) || c == ';' || (c == '{' && !variable))) {
		end_word(s);
		return between(s, c);
	} else {
		add(s, c);
	}
	return 0;
}

/*
 * A new file of the dump begins at depth 0 whatever came before: text that is not nginx's own, such
 * as Lua in a block, may have led the lexer astray.
 */
static void look_for_file(struct config_scan *s, char c)
{
	enum { MARK_LENGTH = sizeof(FILE_MARK) - 1, NONE };

	if (c == '\n') {
		if (s->line_at == MARK_LENGTH && s->last == ':') {
			s->files++;
			s->depth = 0;
			s->state = BETWEEN;
			s->word_length = 0;
			begin_directive(s);
		}
		s->line_at = 0;
	} else if (s->line_at < MARK_LENGTH) {
		s->line_at = c == FILE_MARK[s->line_at] ? s->line_at + 1 : NONE;
	}
	s->last = c;
}

int config_scan_feed(struct config_scan *s, const char *text, size_t length)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < length; i++) {
		char c = text[i];
		int r = 0;

		if (s->state == BETWEEN)
			r = between(s, c);
		else if (s->state != COMMENT)
			r = within(s, c);
		else if (c == '\n')
			s->state = BETWEEN;
		look_for_file(s, c);
		if (r < 0)
			ret = r;
	}
	return ret;
}
