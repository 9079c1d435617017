/*
 * Gives each round of a trace to decide() again, and says whether it decides the same today. A
 * trace of a fault becomes a test: put it into tests/unit/traces, with the decisions that should
 * have been made.
 *
 *	replay                     all of tests/unit/traces, from the top folder; in TAP
 *	replay FILE...             these
 *	replay --as-today FILE     the file with the decisions of today, on stdout
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>

#include "tap.h"
#include "trace_read.h"

struct replay {
	const char *path;
	unsigned line;
	unsigned long long rounds;
	unsigned wrong; /* lines that are not understood, or decided otherwise */
};

/* "phase=... move=..." of a line */
static const char *decision_text(const struct trace_round *round, char text[TRACE_LINE_MAX])
{
	struct trace_round only;
	const char *p;

	memset(&only, 0, sizeof(only));
	only.decision = round->decision;
	p = strstr(trace_line(&only, 0, text), "phase=");
	return p ? p : text;
}

static struct decision decided_at(const struct trace_round *round, uint64_t now_us)
{
	struct history h = round->history;

	h.now_us = now_us;
	return decide(&round->facts, &round->ask, &h);
}

static void compare(struct replay *r, const struct trace_round *round, uint64_t now_us)
{
	struct trace_round today = *round;
	char was[TRACE_LINE_MAX];
	char is[TRACE_LINE_MAX];
	const char *was_text;
	const char *is_text;

	today.decision = decided_at(round, now_us);
	was_text = decision_text(round, was);
	is_text = decision_text(&today, is);
	if (strcmp(was_text, is_text) == 0)
		return;
	printf("# %s:%u: at %llu it was   %s\n", r->path, r->line, (unsigned long long)now_us,
	       was_text);
	printf("# %s:%u: today it is      %s\n", r->path, r->line, is_text);
	r->wrong++;
}

static void replay_round(struct replay *r, const struct trace_round *round)
{
	r->rounds += round->rounds ? round->rounds : 1;
	compare(r, round, round->history.now_us);
	/* Of those in between the times are not known; what is decided at both ends is. */
	if (round->last_us)
		compare(r, round, round->last_us);
}

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "re");
	struct trace_reader reader;
	struct replay r = {path, 0, 0, 0};
	struct trace_round round;
	char *line = NULL;
	size_t room = 0;
	char name[512];

	memset(&reader, 0, sizeof(reader));
	memset(&round, 0, sizeof(round));
	if (!f) {
		printf("# %s: %s\n", path, strerror(errno));
		r.wrong++;
	}
	while (f && getline(&line, &room, f) > 0) {
		r.line++;
		switch (trace_read_line(&reader, line, &round)) {
		case TRACE_IS_BAD:
			printf("# %s:%u: %s\n", path, r.line, reader.said);
			r.wrong++;
			break;
		case TRACE_IS_ROUND: replay_round(&r, &round); break;
		default: break;
		}
		if (reader.lacks[0])
			printf("# %s: recorded before there were these, taken as 0:%s\n", path,
			       reader.lacks);
		reader.lacks[0] = '\0';
	}
	free(line);
	if (f)
		(void)fclose(f);
	(void)snprintf(name, sizeof(name), "%.300s: %llu rounds, each decided as it was", path,
		       r.rounds);
	ok(!r.wrong && r.rounds, name);
}

/* A line as it stands, or, of a round, with what is decided today. */
static int print_as_today(const char *path)
{
	FILE *f = fopen(path, "re");
	struct trace_reader reader;
	struct trace_round round;
	char *line = NULL;
	size_t room = 0;

	if (!f) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	memset(&reader, 0, sizeof(reader));
	memset(&round, 0, sizeof(round));
	while (getline(&line, &room, f) > 0) {
		char *as_it_is = strdup(line);
		const char *decision = strstr(line, "| phase=");
		size_t before = decision ? (size_t)(decision - line) + 2 : 0;
		char text[TRACE_LINE_MAX];

		must(as_it_is != NULL, "memory");
		if (trace_read_line(&reader, line, &round) == TRACE_IS_ROUND && before) {
			const char *rest = strstr(as_it_is + before, " |");

			round.decision = decided_at(&round, round.history.now_us);
			printf("%.*s%s%s", (int)before, as_it_is, decision_text(&round, text),
			       rest ? rest : "\n");
		} else {
			printf("%s", as_it_is);
		}
		free(as_it_is);
	}
	free(line);
	(void)fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	glob_t found;
	size_t n;
	int i;

	if (argc == 3 && strcmp(argv[1], "--as-today") == 0)
		return print_as_today(argv[2]);
	for (i = 1; i < argc; i++)
		replay_file(argv[i]);
	if (argc > 1)
		return tap_end();
	must(glob("tests/unit/traces/*.trace", 0, NULL, &found) == 0, "tests/unit/traces/*.trace");
	for (n = 0; n < found.gl_pathc; n++)
		replay_file(found.gl_pathv[n]);
	globfree(&found);
	return tap_end();
}
