/*
 * A lexer of nginx's configuration that takes one letter at a time, so that it does not matter how
 * the text is cut into pieces. It does not look for mistakes: nginx does.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nginx/config_scan.h"
#include "nginx/config_scan_private.h"
#include "nginx/config_servers.h"
#include "os/duration.h"

enum { BETWEEN, WORD, SINGLE, DOUBLE, COMMENT };

void config_scan_init(struct config_scan *s)
{
	memset(s, 0, sizeof(*s));
	s->state = BETWEEN;
	s->servers.places[0] = PLACE_MAIN;
}

void config_scan_free(struct config_scan *s)
{
	size_t i;

	for (i = 0; s->env[i]; i++)
		free(s->env[i]);
	s->env[0] = NULL;
	free(s->pid);
	free(s->error_log);
	s->pid = NULL;
	s->error_log = NULL;
	config_dump_free(s);
	config_listen_free(s);
	config_servers_free(s);
}

static int keep_string(struct config_scan *s, char **field)
{
	char *copy = strdup(s->word);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

/* A `pid` that is sure to be of the main level wins over one that may be of it. */
static int keep_pid(struct config_scan *s)
{
	if (s->pid && (s->level != CONFIG_MAIN || s->pid_level == CONFIG_MAIN))
		return 0;
	s->pid_level = s->level;
	s->pid_included = s->files > 1;
	return keep_string(s, &s->pid);
}

static int keep_env(struct config_scan *s)
{
	size_t count = 0;

	while (s->env[count])
		count++;
	if (count < CONFIG_ENV_MAX)
		return keep_string(s, &s->env[count]);
	s->env_more = true;
	return 0;
}

static void keep_flag(const struct config_scan *s, bool *seen, bool *off)
{
	if (!*seen)
		*off = strcasecmp(s->word, "off") == 0;
	*seen = true;
}

/* nginx: ngx_set_worker_processes. If the first one may not be of the main level, the number stays
 * unknown. */
static void keep_workers(struct config_scan *s)
{
	char *end;
	unsigned long n = strtoul(s->word, &end, 10);

	if (!s->workers_seen && s->level == CONFIG_MAIN) {
		s->workers_auto = strcmp(s->word, "auto") == 0;
		s->workers = isdigit((unsigned char)s->word[0]) && !*end && n <= CONFIG_WORKERS_MAX
				     ? (unsigned)n
				     : 0;
	}
	s->workers_seen = true;
}

/* nginx: ngx_parse_time. duration_parse() knows all of its units. */
static void keep_shutdown(struct config_scan *s)
{
	if (s->level == CONFIG_MAIN && !s->shutdown_us &&
	    duration_parse(s->word, &s->shutdown_us) < 0)
		s->shutdown_us = 0;
}

/* A directive of the main level. */
static int end_main_directive(struct config_scan *s)
{
	if (strcmp(s->name, "pid") == 0 && *s->word)
		return keep_pid(s);
	if (strcmp(s->name, "env") == 0 && *s->word)
		return keep_env(s);
	if (strcmp(s->name, "error_log") == 0 && *s->word && s->level == CONFIG_MAIN &&
	    !s->error_log)
		return keep_string(s, &s->error_log);
	if (strcmp(s->name, "daemon") == 0)
		keep_flag(s, &s->daemon_seen, &s->daemon_off);
	if (strcmp(s->name, "master_process") == 0)
		keep_flag(s, &s->master_process_seen, &s->master_process_off);
	if (strcmp(s->name, "worker_processes") == 0)
		keep_workers(s);
	if (strcmp(s->name, "worker_shutdown_timeout") == 0)
		keep_shutdown(s);
	return 0;
}

/* A directive is complete: s->name is its first word, s->word the second. */
static int end_directive(struct config_scan *s)
{
	if (s->word_index < 2)
		return 0;
	if (strcmp(s->name, "listen") == 0)
		return config_listen(s);
	if (strcmp(s->name, KEEPALIVE_MIN_TIMEOUT) == 0)
		s->keepalive_min = true;
	if (strcmp(s->name, PROXY_RESPONSES) == 0)
		config_responses(s);
	if (strcmp(s->name, "include") == 0) {
		s->server_includes = s->server_includes || s->depth == s->server_depth;
		return config_dump_include(s);
	}
	return s->depth || s->level == CONFIG_INNER ? 0 : end_main_directive(s);
}

static void begin_directive(struct config_scan *s)
{
	s->word_index = 0;
	s->of_quic = s->datagram = s->reuseport = false;
	s->name[0] = '\0';
	s->word[0] = '\0';
}

static bool is_more(const struct config_scan *s, const char *word)
{
	return s->word_length == strlen(word) && memcmp(s->more, word, s->word_length) == 0;
}

/* From the third word on, only words of `listen` and `server_name` are of interest. */
static void note_more(struct config_scan *s)
{
	config_servers_word(s, s->more, s->word_length);
	s->of_quic = s->of_quic || is_more(s, "quic");
	s->datagram = s->datagram || is_more(s, "udp");
	s->reuseport = s->reuseport || is_more(s, "reuseport");
}

static void end_word(struct config_scan *s)
{
	size_t length = s->word_length;
	bool whole = length < sizeof(s->word);

	if (s->word_index > 1) {
		note_more(s);
	} else {
		s->overflow = s->overflow || !whole;
		s->word[whole ? length : 0] = '\0';
		/* A NUL inside: we do not know what that means to nginx. */
		if (whole && strlen(s->word) != length)
			s->word[0] = '\0';
	}
	if (s->word_index == 1)
		config_servers_word(s, s->word, strlen(s->word));
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

static void add_letter(struct config_scan *s, char c)
{
	if (s->word_index < 2 && s->word_length < sizeof(s->word))
		s->word[s->word_length++] = c;
	else if (s->word_index >= 2 && s->word_length < sizeof(s->more))
		s->more[s->word_length++] = c;
}

/* Adds the letter that follows a backslash. */
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
	default: add_letter(s, '\\'); break;
	}
	add_letter(s, c);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int letter_between_words(struct config_scan *s, char c)
{
	int r = 0;

	if (is_blank(c))
		return 0;
	switch (c) {
	case ';':
		r = end_directive(s);
		begin_directive(s);
		break;
	case '{':
		s->depth++;
		config_block_begins(s);
		begin_directive(s);
		break;
	case '}':
		config_block_ends(s);
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
			add_letter(s, c);
	}
	return r;
}

static int letter_in_word(struct config_scan *s, char c)
{
	bool variable = s->variable;

	/* "${", and more '{' directly behind it, open no block. */
	s->variable = !s->escaped && (c == '$' || (c == '{' && variable));
	if (s->escaped) {
		add_escaped(s, c);
	} else if (c == '\\') {
		s->escaped = true;
	} else if ((s->state == DOUBLE && c == '"') || (s->state == SINGLE && c == '\'')) {
		end_word(s);
	} else if (s->state == WORD && (is_blank(c) || c == ';' || (c == '{' && !variable))) {
		end_word(s);
		return letter_between_words(s, c);
	} else {
		add_letter(s, c);
	}
	return 0;
}

/*
 * A new file of the dump begins at depth 0, whatever came before: text that is not nginx's own,
 * such as Lua in a block, may have confused the lexer.
 */
static void begin_file(struct config_scan *s)
{
	bool astray = s->depth || s->state != BETWEEN || s->word_index;

	if (astray && s->files > 1)
		s->listen_unknown = s->servers.more = true;
	s->depth = 0;
	s->server_depth = 0;
	s->state = BETWEEN;
	s->word_length = 0;
	begin_directive(s);
}

int config_scan_feed(struct config_scan *s, const char *text, size_t length)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < length; i++) {
		char c = text[i];
		int r = 0;

		if (s->state == BETWEEN)
			r = letter_between_words(s, c);
		else if (s->state != COMMENT)
			r = letter_in_word(s, c);
		else if (c == '\n')
			s->state = BETWEEN;
		if (r < 0)
			ret = r;
		r = config_dump_letter(s, c);
		if (r < 0)
			ret = r;
		else if (r)
			begin_file(s);
	}
	return ret;
}
