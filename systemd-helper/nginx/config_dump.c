/* The files in the dump of nginx -T: where each begins, and whether it was included at the main
 * level. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/config_scan.h"
#include "nginx/config_scan_private.h"
#include "nginx/config_servers.h"

/* `nginx -T` prints this before each file, then the rest of the path and a colon. */
#define FILE_MARK "# configuration file /"

enum { MARK_LENGTH = sizeof(FILE_MARK) - 1, NO_MARK };

/* Whether c is in the set "[...]". p points behind the '[', end at the ']'. */
static bool in_set(const char *p, const char *end, char c)
{
	bool negated = *p == '!' || *p == '^';
	bool found = false;

	for (p += negated; p < end; p++) {
		if (end - p > 2 && p[1] == '-') {
			found = found || ((unsigned char)p[0] <= (unsigned char)c &&
					  (unsigned char)c <= (unsigned char)p[2]);
			p += 2;
		} else {
			found = found || *p == c;
		}
	}
	return found != negated;
}

/* Whether the first element of a pattern matches the letter c. *ret_next: the next element. */
static bool match_letter(const char *p, const char *end, char c, const char **ret_next)
{
	const char *close = NULL;

	if (*p == '[' && end - p > 2) {
		close = p + 2 + (p[1] == '!' || p[1] == '^');
		close = close < end ? memchr(close, ']', (size_t)(end - close)) : NULL;
	}
	if (close) {
		*ret_next = close + 1;
		return in_set(p + 1, close, c);
	}
	if (*p == '\\' && end - p > 1)
		p++;
	else if (*p == '?')
		c = '?';
	*ret_next = p + 1;
	return *p == c;
}

/* Matches a part of a pattern and a part of a path, without slashes. Only the last star is tried
 * again, so the time is bounded. */
static bool match_part(const char *p, const char *p_end, const char *name, const char *name_end)
{
	const char *star = NULL, *again = NULL, *next;

	if (name < name_end && *name == '.' && (p == p_end || *p != '.'))
		return false;
	while (name < name_end) {
		if (p < p_end && *p == '*') {
			star = ++p;
			again = name;
		} else if (p < p_end && match_letter(p, p_end, *name, &next)) {
			p = next;
			name++;
		} else if (star) {
			p = star;
			name = ++again;
		} else {
			return false;
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

/*
 * As glob(3), which nginx uses (nginx: ngx_open_glob), but without [:classes:]. fnmatch(3) is not
 * used, since it takes for ever with many stars.
 */
static bool match_pattern(const char *pattern, const char *path)
{
	for (;;) {
		size_t p = strcspn(pattern, "/"), n = strcspn(path, "/");

		if (!match_part(pattern, pattern + p, path, path + n) || !pattern[p] != !path[n])
			return false;
		if (!pattern[p])
			return true;
		pattern += p + 1;
		path += n + 1;
	}
}

bool config_dump_matches(const struct config_scan *s, const char *pattern, const char *path)
{
	if (*pattern != '/') {
		size_t length = s->folder ? strlen(s->folder) : 0;

		if (!length || strncmp(path, s->folder, length) != 0)
			return false;
		path += length;
	}
	return strpbrk(pattern, "*?[") ? match_pattern(pattern, path) : strcmp(pattern, path) == 0;
}

/* The level of a file, and the kinds of blocks that include it. A file that is included both at the
 * main level and in a block counts as one of the main level. */
static enum config_level find_level(const struct config_scan *s, const char *path,
				    unsigned *ret_places)
{
	enum config_level level = CONFIG_SOMEWHERE;
	unsigned places = 0;
	size_t i;

	for (i = 0; i < s->include_count; i++) {
		if (!config_dump_matches(s, s->includes[i].pattern, path))
			continue;
		places |= s->includes[i].places;
		if (level != CONFIG_MAIN)
			level = s->includes[i].level;
	}
	*ret_places = places;
	return level;
}

/* s->file has the path, without its first slash. */
static int begin_file(struct config_scan *s)
{
	char path[CONFIG_WORD_MAX + 1] = "/";
	unsigned places = PLACE_MAIN;

	memcpy(path + 1, s->file, s->file_length);
	path[s->file_length + 1] = '\0';
	s->level = s->files++ ? find_level(s, path, &places) : CONFIG_MAIN;
	config_servers_file(s, path, places);
	if (s->files > 1)
		return 1;
	*(strrchr(path, '/') + 1) = '\0';
	s->folder = strdup(path);
	return s->folder ? 1 : -ENOMEM;
}

int config_dump_letter(struct config_scan *s, char c)
{
	bool ends;

	if (s->line_at < MARK_LENGTH) {
		s->line_at = c == FILE_MARK[s->line_at] ? s->line_at + 1 : NO_MARK;
		s->file_length = 0;
	} else if (s->line_at == MARK_LENGTH && c != '\n') {
		if (s->file_length < sizeof(s->file))
			s->file[s->file_length++] = c;
		else
			s->line_at = NO_MARK; /* no path is as long */
	}
	if (c != '\n')
		return 0;
	ends = s->line_at == MARK_LENGTH && s->file_length && s->file[s->file_length - 1] == ':';
	s->line_at = 0;
	if (!ends)
		return 0;
	s->file_length--;
	return begin_file(s);
}

int config_dump_include(struct config_scan *s)
{
	enum config_level level = s->depth ? CONFIG_INNER : s->level;
	struct config_include *more;
	size_t i;

	if (!*s->word || level == CONFIG_SOMEWHERE)
		return 0;
	config_servers_include(s);
	for (i = 0; i < s->include_count; i++) {
		if (s->includes[i].level != level || strcmp(s->includes[i].pattern, s->word) != 0)
			continue;
		s->includes[i].places |= config_place(s);
		return 0;
	}
	if (s->include_count == CONFIG_INCLUDE_MAX)
		return 0;
	more = realloc(s->includes, (s->include_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->includes = more;
	more += s->include_count;
	more->level = level;
	more->places = config_place(s);
	more->pattern = strdup(s->word);
	if (!more->pattern)
		return -ENOMEM;
	s->include_count++;
	return 0;
}

void config_dump_free(struct config_scan *s)
{
	while (s->include_count)
		free(s->includes[--s->include_count].pattern);
	free(s->includes);
	free(s->folder);
	s->includes = NULL;
	s->folder = NULL;
}

bool config_scan_includes_more(const struct config_scan *s)
{
	size_t i;

	for (i = 0; i < s->include_count; i++) {
		if (s->includes[i].level == CONFIG_MAIN)
			return true;
	}
	return false;
}
