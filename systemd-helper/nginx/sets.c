/*
 * The text of the record of sets, and what can be done with sets without a look at any file. As
 * with the record of builds, a text that is not exactly as we write it is refused as a whole.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/backup.h"
#include "nginx/record_text.h"
#include "nginx/sets.h"
#include "os/file_id.h"
#include "os/sha256.h"

static const char header[] = "sets 1\n";
static const char set_start[] = "set ";
static const char module_start[] = "module ";
static const char kept_start[] = "kept ";
static const char *const words[] = {"served", "left", "aside"};

static bool read_set_word(struct record_reader *r, enum set_word *ret)
{
	char word[16];
	size_t i;

	if (!record_word(r, ' ', word, sizeof(word)))
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum set_word)i;
			return true;
		}
	}
	return false;
}

static bool read_module(struct record_reader *r, struct set *set)
{
	struct set_module *m = &set->modules[set->count];

	return set->count < SET_MODULES_MAX && record_wide(r, &m->device) &&
	       record_wide(r, &m->inode) && record_number(r, &m->size) &&
	       record_digest(r, ' ', &m->digest) && record_path(r, m->path, sizeof(m->path)) &&
	       m->path[0] && (!set->count || strcmp(m[-1].path, m->path) < 0) &&
	       record_starts(r, kept_start) && record_path(r, m->kept, sizeof(m->kept));
}

static bool read_set(struct record_reader *r, struct set *set)
{
	if (!record_number(r, &set->seconds) || !read_set_word(r, &set->word) ||
	    !record_word(r, ' ', set->version, sizeof(set->version)) ||
	    !backup_version_is_valid(set->version) || !record_number(r, &set->size) ||
	    !record_digest(r, ' ', &set->binary) || !record_path(r, set->path, sizeof(set->path)))
		return false;
	while (record_starts(r, module_start)) {
		if (!read_module(r, set))
			return false;
		set->count++;
	}
	return true;
}

static int parse_sets(const char *text, size_t length, struct sets *s)
{
	struct record_reader r = {text, text + length};
	size_t i;

	if (!record_starts(&r, header))
		return -EBADMSG;
	for (; r.at < r.end; s->count++) {
		struct set *set = &s->list[s->count];

		if (s->count == SETS_MAX || !record_starts(&r, set_start) || !read_set(&r, set))
			return -EBADMSG;
		for (i = 0; i < s->count; i++) {
			if (set_equal(&s->list[i], set))
				return -EBADMSG;
		}
	}
	return 0;
}

/* Copies only the modules that there are: most of the room is unused. */
static void set_copy(struct set *to, const struct set *from)
{
	memcpy(to, from, offsetof(struct set, modules) + from->count * sizeof(from->modules[0]));
}

int sets_parse(const char *text, size_t length, struct sets *ret)
{
	struct sets *s = calloc(1, sizeof(*s));
	size_t i;
	int r = s ? parse_sets(text, length, s) : -ENOMEM;

	for (i = 0; !r && i < s->count; i++)
		set_copy(&ret->list[i], &s->list[i]);
	if (!r)
		ret->count = s->count;
	free(s);
	return r;
}

static size_t module_text(const struct set_module *m, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s%016llx %016llx %llu ", module_start,
				    (unsigned long long)m->device, (unsigned long long)m->inode,
				    (unsigned long long)m->size);

	n += record_bytes_text(m->digest.bytes, sizeof(m->digest.bytes), ret + n);
	ret[n++] = ' ';
	n += record_path_text(m->path, ret + n);
	memcpy(ret + n, kept_start, strlen(kept_start));
	n += strlen(kept_start);
	return n + record_path_text(m->kept, ret + n);
}

size_t sets_text(const struct sets *s, char *ret)
{
	size_t n = strlen(header);
	size_t i, k;

	memcpy(ret, header, n);
	for (i = 0; i < s->count; i++) {
		const struct set *set = &s->list[i];

		n += (size_t)snprintf(ret + n, SETS_TEXT_MAX - n, "%s%llu %s %s %llu ", set_start,
				      (unsigned long long)set->seconds, words[set->word],
				      set->version, (unsigned long long)set->size);
		n += record_bytes_text(set->binary.bytes, sizeof(set->binary.bytes), ret + n);
		ret[n++] = ' ';
		n += record_path_text(set->path, ret + n);
		for (k = 0; k < set->count; k++)
			n += module_text(&set->modules[k], ret + n, SETS_TEXT_MAX - n);
	}
	return n;
}

bool set_equal(const struct set *a, const struct set *b)
{
	size_t i;

	if (!digest_equal(&a->binary, &b->binary) || a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		if (strcmp(a->modules[i].path, b->modules[i].path) != 0 ||
		    !digest_equal(&a->modules[i].digest, &b->modules[i].digest))
			return false;
	}
	return true;
}

void sets_remove(struct sets *s, size_t i)
{
	s->count--;
	for (; i < s->count; i++)
		set_copy(&s->list[i], &s->list[i + 1]);
}

void sets_add(struct sets *s, const struct set *set)
{
	size_t i;

	for (i = 0; i < s->count && !set_equal(&s->list[i], set); i++)
		;
	if (i == SETS_MAX)
		i = 0;
	if (i < s->count)
		sets_remove(s, i);
	set_copy(&s->list[s->count++], set);
}

const struct set *sets_find(const struct sets *s, const struct digest *binary)
{
	size_t i;

	for (i = s->count; i > 0; i--) {
		if (digest_equal(&s->list[i - 1].binary, binary))
			return &s->list[i - 1];
	}
	return NULL;
}

const struct set_module *sets_mapped(const struct sets *s, const char *path,
				     const struct file_id *id)
{
	size_t i, n;

	for (i = s->count; i > 0; i--) {
		const struct set *set = &s->list[i - 1];

		for (n = 0; n < set->count; n++) {
			const struct set_module *m = &set->modules[n];

			if (m->kept[0] && m->inode && m->device == id->device &&
			    m->inode == id->inode && strcmp(m->path, path) == 0)
				return m;
		}
	}
	return NULL;
}
