/*
 * The text of the history. It may have been truncated, or written by somebody else: a text that is
 * not exactly as we write it is rejected as a whole.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide.h"
#include "core/handovers.h"

static const char header[] = "handovers 1\n";
static const char hex[] = "0123456789abcdef";

/* clang-format off */
#define RESULT_WORD(name, word) word,
static const char *const results[] = {HANDOVER_RESULTS(RESULT_WORD)};

/* A field by its name: a number (size 0) or a text. */
struct row {
	const char *name;
	size_t offset;
	size_t size;
};

#define AT(field) offsetof(struct handover, field)
#define NUMBER_ROW(name) {#name, AT(name), 0},
#define TEXT_ROW(name, size) {#name, AT(name), size},
#define PHASE_ROW(name, word, text) \
	{word "_us", AT(passed_us) + PHASE_##name * sizeof(uint64_t), 0},
static const struct row rows[] = {
	HANDOVER_TEXTS(TEXT_ROW)
	HANDOVER_NUMBERS(NUMBER_ROW)
	PHASES(PHASE_ROW)
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]), NAME_SIZE = 32 };

const char *handover_result_word(enum handover_result result)
{
	return results[result];
}

/* ---- reading */

struct reader {
	const char *at;
	const char *end;
};

/* Reads "NAME=", and moves the reader to the value. */
static bool next_name(struct reader *r, char ret[NAME_SIZE])
{
	size_t n = 0;

	while (r->at + n < r->end && n < NAME_SIZE - 1 &&
	       ((r->at[n] >= 'a' && r->at[n] <= 'z') || r->at[n] == '_'))
		n++;
	if (!n || r->at + n == r->end || r->at[n] != '=')
		return false;
	memcpy(ret, r->at, n);
	ret[n] = '\0';
	r->at += n + 1;
	return true;
}

/* JSON's numbers end at 2^53. */
static bool next_number(struct reader *r, uint64_t *ret)
{
	uint64_t number = 0;
	size_t n = 0;

	for (; r->at + n < r->end && r->at[n] >= '0' && r->at[n] <= '9'; n++) {
		number = number * 10 + (uint64_t)(r->at[n] - '0');
		if (number >= 1ull << 53)
			return false;
	}
	r->at += n;
	*ret = number;
	return n > 0;
}

static bool is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '%';
}

static int hex_digit(char c)
{
	const char *p = c ? strchr(hex, c) : NULL;

	return p ? (int)(p - hex) : -1;
}

/* size 0: the text is skipped. */
static bool next_text(struct reader *r, char *ret, size_t size)
{
	size_t n = 0;

	for (; r->at < r->end && *r->at != ' ' && *r->at != '\n'; n++) {
		char c = *r->at++;

		if (c == '%') {
			int high = r->end - r->at < 2 ? -1 : hex_digit(r->at[0]);
			int low = high < 0 ? -1 : hex_digit(r->at[1]);

			if (low < 0 || !(high | low))
				return false;
			c = (char)(high << 4 | low);
			r->at += 2;
		} else if (!is_plain(c)) {
			return false;
		}
		if (size && n + 1 >= size)
			return false;
		if (size)
			ret[n] = c;
	}
	if (size)
		ret[n] = '\0';
	return true;
}

static bool next_result(struct reader *r, enum handover_result *ret)
{
	char word[NAME_SIZE];
	size_t i;

	if (!next_text(r, word, sizeof(word)))
		return false;
	for (i = 0; i < HANDOVER_RESULT_COUNT; i++) {
		if (strcmp(results[i], word) == 0) {
			*ret = (enum handover_result)i;
			return true;
		}
	}
	return false;
}

static bool next_value(struct reader *r, const char *name, struct handover *one)
{
	size_t i;

	if (strcmp(name, "result") == 0)
		return next_result(r, &one->result);
	for (i = 0; i < ROWS; i++) {
		char *at = (char *)one + rows[i].offset;
		uint64_t number;

		if (strcmp(rows[i].name, name) != 0)
			continue;
		if (rows[i].size)
			return next_text(r, at, rows[i].size);
		if (!next_number(r, &number))
			return false;
		memcpy(at, &number, sizeof(number));
		return true;
	}
	return next_text(r, NULL, 0);
}

/* Reads any number of " NAME=VALUE", and the end of the line. */
static bool next_values(struct reader *r, struct handover *one)
{
	char name[NAME_SIZE];

	while (r->at < r->end && *r->at == ' ') {
		r->at++;
		if (!next_name(r, name) || !next_value(r, name, one))
			return false;
	}
	return r->at < r->end && *r->at++ == '\n';
}

static bool next_counts(struct reader *r, struct handovers *h)
{
	char name[NAME_SIZE];
	uint64_t number;
	size_t i;

	if (r->end - r->at < 3 || memcmp(r->at, "all", 3) != 0)
		return false;
	r->at += 3;
	while (r->at < r->end && *r->at == ' ') {
		r->at++;
		if (!next_name(r, name) || !next_number(r, &number))
			return false;
		if (strcmp(name, "cut") == 0)
			h->cut = number;
		for (i = 0; i < HANDOVER_RESULT_COUNT; i++) {
			if (strcmp(name, results[i]) == 0)
				h->all[i] = number;
		}
	}
	return r->at < r->end && *r->at++ == '\n';
}

static bool parse(struct reader *r, struct handovers *h)
{
	if ((size_t)(r->end - r->at) < strlen(header) || memcmp(r->at, header, strlen(header)) != 0)
		return false;
	r->at += strlen(header);
	if (!next_counts(r, h))
		return false;
	for (; r->at < r->end; h->count++) {
		struct handover *one = &h->list[h->count];

		if (h->count == HANDOVERS_MAX || !next_number(r, &one->number) || !one->number ||
		    !next_values(r, one))
			return false;
		if (h->count && one->number <= one[-1].number)
			return false;
	}
	return true;
}

int handovers_parse(const char *text, size_t length, struct handovers *ret)
{
	struct reader r = {text, text + length};

	memset(ret, 0, sizeof(*ret));
	if (parse(&r, ret))
		return 0;
	memset(ret, 0, sizeof(*ret));
	return -EBADMSG;
}

/* ---- writing */

static size_t put_number(char *to, const char *name, uint64_t number)
{
	return number ? (size_t)sprintf(to, " %s=%llu", name, (unsigned long long)number) : 0;
}

static size_t put_text(char *to, const char *name, const char *text)
{
	size_t n;

	if (!*text)
		return 0;
	n = (size_t)sprintf(to, " %s=", name);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_plain(*text)) {
			to[n++] = *text;
			continue;
		}
		to[n++] = '%';
		to[n++] = hex[c >> 4];
		to[n++] = hex[c & 15];
	}
	return n;
}

static size_t put_line(char *to, const struct handover *one)
{
	size_t n = (size_t)sprintf(to, "%llu", (unsigned long long)one->number);
	size_t i;

	n += put_text(to + n, "result", results[one->result]);
	for (i = 0; i < ROWS; i++) {
		const char *at = (const char *)one + rows[i].offset;
		uint64_t number;

		if (rows[i].size) {
			n += put_text(to + n, rows[i].name, at);
			continue;
		}
		memcpy(&number, at, sizeof(number));
		n += put_number(to + n, rows[i].name, number);
	}
	to[n++] = '\n';
	return n;
}

size_t handovers_text(const struct handovers *h, char *ret)
{
	size_t n = (size_t)sprintf(ret, "%sall", header);
	size_t i;

	for (i = 0; i < HANDOVER_RESULT_COUNT; i++)
		n += put_number(ret + n, results[i], h->all[i]);
	n += put_number(ret + n, "cut", h->cut);
	ret[n++] = '\n';
	for (i = 0; i < h->count; i++)
		n += put_line(ret + n, &h->list[i]);
	return n;
}

/* ---- the list */

static void sum_up(struct handovers *h, const struct handover *one)
{
	if (one->result == HANDOVER_BEGUN)
		return;
	h->all[one->result]++;
	h->cut += one->cut;
}

/* A run always ends the entry that it has begun, unless it is killed. */
void handovers_end_killed(struct handovers *h)
{
	struct handover *last = h->count ? &h->list[h->count - 1] : NULL;

	if (!last || last->result != HANDOVER_BEGUN)
		return;
	last->result = HANDOVER_KILLED;
	if (!*last->reason)
		(void)snprintf(last->reason, sizeof(last->reason),
			       "the run was killed, or the machine went down");
	sum_up(h, last);
}

uint64_t handovers_add(struct handovers *h, const struct handover *one)
{
	uint64_t number = h->count ? h->list[h->count - 1].number + 1 : 1;

	handovers_end_killed(h);
	if (h->count == HANDOVERS_MAX) {
		memmove(h->list, h->list + 1, (HANDOVERS_MAX - 1) * sizeof(h->list[0]));
		h->count--;
	}
	h->list[h->count] = *one;
	h->list[h->count++].number = number;
	sum_up(h, one);
	return number;
}

bool handovers_end(struct handovers *h, uint64_t number, const struct handover *one)
{
	struct handover *last = h->count ? &h->list[h->count - 1] : NULL;

	if (!last || last->result != HANDOVER_BEGUN || last->number != number)
		return false;
	if (!one) {
		h->count--;
		return true;
	}
	*last = *one;
	last->number = number;
	sum_up(h, one);
	return true;
}

const struct handover *handovers_last_ended(const struct handovers *h)
{
	size_t i = h->count;

	while (i && h->list[i - 1].result == HANDOVER_BEGUN)
		i--;
	return i ? &h->list[i - 1] : NULL;
}

const struct handover *handovers_find(const struct handovers *h, uint64_t number)
{
	size_t i;

	for (i = 0; i < h->count; i++) {
		if (h->list[i].number == number)
			return &h->list[i];
	}
	return NULL;
}

bool handovers_has_trace(const struct handovers *h, const struct handover *one)
{
	return one->trace && one->number + HANDOVER_TRACES_KEPT > h->list[h->count - 1].number;
}
