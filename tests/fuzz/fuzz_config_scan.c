/*
 * Configurations: what is found does not depend on how the text is cut, and, where nginx would take
 * the text, is what its own way to read words finds (nginx: ngx_conf_read_token).
 */
#include "fuzz.h"
#include "nginx/config_scan.h"

static struct config_scan *scan(const char *text, size_t size, size_t piece)
{
	struct config_scan *s = malloc(sizeof(*s));
	size_t i;

	if (!s)
		abort();
	config_scan_init(s);
	for (i = 0; i < size; i += piece)
		PROMISE(config_scan_feed(s, text + i, size - i < piece ? size - i : piece) == 0);
	return s;
}

static int same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void free_scan(struct config_scan *s)
{
	config_scan_free(s);
	free(s);
}

static void same_scans(const struct config_scan *a, const struct config_scan *b)
{
	size_t i;

	PROMISE(same(a->pid, b->pid) && same(a->error_log, b->error_log));
	PROMISE(a->pid_included == b->pid_included);
	PROMISE(a->daemon_off == b->daemon_off);
	PROMISE(a->master_process_off == b->master_process_off);
	for (i = 0; a->env[i]; i++)
		PROMISE(same(a->env[i], b->env[i]));
	PROMISE(!b->env[i] && a->env_more == b->env_more);
	PROMISE(a->listen_count == b->listen_count && a->listen_count <= CONFIG_LISTEN_MAX);
	for (i = 0; i < a->listen_count; i++)
		PROMISE(same(a->listen[i], b->listen[i]));
	PROMISE(a->listen_unknown == b->listen_unknown && a->default_listen == b->default_listen);
}

static void sound(const struct config_scan *s)
{
	size_t i;

	PROMISE(!s->pid || (*s->pid && strlen(s->pid) < CONFIG_WORD_MAX));
	PROMISE(!s->error_log || *s->error_log);
	PROMISE(!s->pid_included || s->pid);
	for (i = 0; s->env[i]; i++)
		PROMISE(i < CONFIG_ENV_MAX && *s->env[i]);
	PROMISE(s->include_count <= CONFIG_INCLUDE_MAX);
	for (i = 0; i < s->listen_count; i++)
		PROMISE(strncmp(s->listen[i], "unix:", 5) == 0 || strchr(s->listen[i], ':'));
}

/* What nginx would find, with the whole text in its hands. */
struct theirs {
	const char *p, *end;
	char words[3][CONFIG_WORD_MAX]; /* the rest is counted */
	unsigned count;
	char pid[CONFIG_WORD_MAX];
	char env[CONFIG_ENV_MAX][CONFIG_WORD_MAX];
	unsigned envs;
	unsigned depth, server_depth, listens;
	int server_listens, server_includes, by_default, unknown;
};

enum token { DIRECTIVE, BLOCK, BLOCK_END, TEXT_END, REFUSED };

static int blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum token end_token(char c)
{
	return c == ';' ? DIRECTIVE : c == '{' ? BLOCK : BLOCK_END;
}

/* Keeps the raw text of a word, with the escapes taken out. */
static int keep_word(struct theirs *t, const char *from, const char *to)
{
	static const char escapes[] = "\"'\\trn", meant[] = "\"'\\\t\r\n";
	char *out = t->count < 3 ? t->words[t->count] : NULL;
	const char *found;

	if (to - from >= CONFIG_WORD_MAX)
		return -1;
	t->count++;
	for (; from < to; from++) {
		char c = *from;

		found = c == '\\' && from + 1 < to ? strchr(escapes, from[1]) : NULL;
		if (found) {
			c = meant[found - escapes];
			from++;
		}
		if (out)
			*out++ = c;
	}
	if (out)
		*out = '\0';
	return 0;
}

/* A word from t->p on; *ret is the letter that ended it, or '\0' behind a quote. */
static int read_word(struct theirs *t, char *ret)
{
	char quote = *t->p == '"' || *t->p == '\'' ? *t->p++ : '\0';
	const char *from = t->p;
	int variable = 0;

	for (; t->p < t->end; t->p++) {
		char c = *t->p;

		if (c == '{' && variable)
			continue;
		variable = 0;
		if (c == '\\') {
			t->p++;
		} else if (c == '$') {
			variable = 1;
		} else if (quote ? c == quote : (blank(c) || c == ';' || c == '{')) {
			*ret = quote ? '\0' : c;
			t->p++;
			return keep_word(t, from, t->p - 1);
		}
	}
	return -1;
}

/* Behind a quote. '\0': go on; else what ended the directive, or '?' */
static char behind_quote(struct theirs *t)
{
	char c = t->p < t->end ? *t->p++ : '?';

	if (blank(c) || c == ')')
		return '\0';
	return c == ';' || c == '{' ? c : '?';
}

static enum token read_token(struct theirs *t)
{
	char c;

	t->count = 0;
	memset(t->words[0], 0, 1);
	memset(t->words[1], 0, 1);
	for (;;) {
		while (t->p < t->end && blank(*t->p))
			t->p++;
		if (t->p == t->end)
			return t->count ? REFUSED : TEXT_END;
		c = *t->p;
		if (c == '#') {
			while (t->p < t->end && *t->p != '\n')
				t->p++;
			continue;
		}
		if (c == ';' || c == '{' || c == '}') {
			t->p++;
			return (t->count == 0) == (c == '}') ? end_token(c) : REFUSED;
		}
		if (read_word(t, &c) < 0)
			return REFUSED;
		if (!c)
			c = behind_quote(t);
		if (c == '?')
			return REFUSED;
		if (c == ';' || c == '{')
			return end_token(c);
	}
}

static void take_directive(struct theirs *t)
{
	if (t->count < 2)
		return;
	if (!t->depth && !*t->pid && strcmp(t->words[0], "pid") == 0)
		(void)strcpy(t->pid, t->words[1]);
	if (!t->depth && strcmp(t->words[0], "env") == 0 && *t->words[1] &&
	    t->envs < CONFIG_ENV_MAX)
		(void)strcpy(t->env[t->envs++], t->words[1]);
	if (!t->depth || t->depth != t->server_depth)
		return;
	if (strcmp(t->words[0], "listen") == 0) {
		t->server_listens = 1;
		t->listens++;
	}
	if (strcmp(t->words[0], "include") == 0)
		t->server_includes = 1;
}

static void take_block(struct theirs *t)
{
	t->depth++;
	if (t->count != 1 || strcmp(t->words[0], "server") != 0)
		return;
	t->server_depth = t->depth;
	t->server_listens = t->server_includes = 0;
}

static void take_block_end(struct theirs *t)
{
	if (t->server_depth == t->depth) {
		t->server_depth = 0;
		t->by_default |= !t->server_listens && !t->server_includes;
		t->unknown |= !t->server_listens && t->server_includes;
	}
	t->depth--;
}

/* Whether nginx would take the text, as far as words and blocks go. */
static int read_theirs(struct theirs *t)
{
	for (;;) {
		switch (read_token(t)) {
		case DIRECTIVE: take_directive(t); break;
		case BLOCK: take_block(t); break;
		case BLOCK_END:
			if (!t->depth)
				return 0;
			take_block_end(t);
			break;
		case TEXT_END: return !t->depth;
		case REFUSED: return 0;
		}
	}
}

static void compare(const struct config_scan *s, const char *text, size_t size)
{
	struct theirs *t = calloc(1, sizeof(*t));
	unsigned i;

	if (!t)
		abort();
	t->p = text;
	t->end = text + size;
	if (read_theirs(t)) {
		PROMISE(*t->pid ? same(s->pid, t->pid) : !s->pid);
		for (i = 0; i < t->envs; i++)
			PROMISE(same(s->env[i], t->env[i]));
		PROMISE(i == CONFIG_ENV_MAX || !s->env[i]);
		PROMISE(s->default_listen == t->by_default);
		PROMISE(s->listen_unknown || !t->unknown);
		PROMISE(s->listen_unknown || s->listen_count <= t->listens);
		PROMISE(!t->listens == !(s->listen_count || (s->listen_unknown && !t->unknown)) ||
			t->unknown);
	}
	free(t);
}

/* The first byte is the size of the pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_scan *whole, *pieces;
	char *text;

	if (!size)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	whole = scan(text, size - 1, size);
	pieces = scan(text, size - 1, (size_t)data[0] + 1);
	same_scans(whole, pieces);
	sound(whole);
	/* A dump is many files, and a NUL is no business of ours. */
	if (!whole->files && strlen(text) == size - 1)
		compare(whole, text, size - 1);
	free_scan(whole);
	free_scan(pieces);
	free(text);
	return 0;
}
