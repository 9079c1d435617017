/* What a trace keeps of a run, and that it reads back as it was, or says what it does not know. */
#include <fcntl.h>
#include <unistd.h>

#include "folder.h"
#include "os/kept_file.h"
#include "trace_read.h"

enum { LINES_MAX = 1000 };

static struct trace_round rounds[LINES_MAX];
static unsigned comments;

/* The rounds of a file; -1 when it holds a line that is not understood. */
static int read_back(const char *path)
{
	struct trace_reader reader;
	FILE *f = fopen(path, "re");
	char line[TRACE_LINE_MAX];
	int count = 0;

	must(f != NULL, path);
	memset(&reader, 0, sizeof(reader));
	comments = 0;
	while (count >= 0 && count < LINES_MAX && fgets(line, sizeof(line), f)) {
		comments += line[0] == '#';
		switch (trace_read_line(&reader, line, &rounds[count])) {
		case TRACE_IS_ROUND: count++; break;
		case TRACE_IS_BAD: tap_line("# ", reader.said); count = -1;
		default: break;
		}
	}
	(void)fclose(f);
	return count;
}

static int written(const char *name)
{
	return open(folder_path(name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Each field has a value of its own, the greatest that it can have among the known ones. */
static struct trace_round full(enum move move)
{
	struct trace_round r;
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t i;

	memset(&r, 0, sizeof(r));
	for (i = 0; i < count; i++)
		trace_set(&r, &fields[i],
			  fields[i].word_count  ? fields[i].word_count - 1
			  : fields[i].size == 1 ? 1
						: 1000000000u + i);
	r.decision.move = move;
	return r;
}

static void every_field(void)
{
	struct trace_round want = full(MOVE_END);
	struct trace *t = trace_open();
	struct trace_round got;
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t i;

	must(t != NULL, "a trace");
	trace_also_to(t, written("full"));
	trace_decided(t, &want.facts, &want.ask, &want.history, &want.decision);
	same_number(trace_close(t), 0, "written");
	same_number(read_back(folder_path("full")), 1, "one round");
	got = rounds[0];
	for (i = 0; i < count; i++) {
		if (fields[i].section != TRACE_ROUND)
			same_number((long long)trace_get(&got, &fields[i]),
				    (long long)trace_get(&want, &fields[i]), fields[i].name);
	}
	ok(memcmp(&got.facts.old.deaths, &want.facts.old.deaths, sizeof(unsigned)) == 0 &&
		   got.history.acted_us[ACT_HUP] == want.history.acted_us[ACT_HUP] &&
		   got.decision.outcome == OUTCOME_STUCK && got.facts.pid_file == PID_FILE_OTHER,
	   "also by their own names");
}

/* A struct of facts is its table: no byte of it that two rounds could differ in is missing. */
static void nothing_beside_the_table(void)
{
	size_t count;
	const struct trace_field *fields = trace_fields(&count);
	size_t end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		ok(fields[i].offset >= end && fields[i].offset - end < sizeof(uint64_t),
		   fields[i].name);
		end = fields[i].offset + fields[i].size;
	}
	ok(sizeof(struct trace_round) - end < sizeof(uint64_t), "to the end");
}

static struct history at(uint64_t now_us)
{
	struct history h;

	memset(&h, 0, sizeof(h));
	h.now_us = now_us;
	h.began_us = 5;
	return h;
}

static void decided(struct trace *t, uint64_t now_us, unsigned accepting, struct decision d)
{
	struct trace_round r;
	struct history h = at(now_us);

	memset(&r, 0, sizeof(r));
	r.facts.old.accepting = accepting;
	trace_decided(t, &r.facts, &r.ask, &h, &d);
}

static struct decision waiting(void)
{
	struct decision d = {.move = MOVE_WAIT, .until_us = 100};

	return d;
}

static struct decision acting(void)
{
	struct decision d = {.move = MOVE_ACT, .action = ACT_WINCH};

	return d;
}

static void folded(void)
{
	struct trace *t = trace_open();

	trace_also_to(t, written("folded"));
	decided(t, 10, 2, waiting());
	decided(t, 11, 2, waiting());
	decided(t, 12, 2, waiting());
	decided(t, 13, 3, waiting());
	decided(t, 14, 3, acting());
	trace_acted(t, -EPERM);
	decided(t, 15, 3, acting());
	trace_acted(t, 0);
	trace_looked(t, -ENOMEM);
	decided(t, 16, 3, waiting());
	trace_looked(t, -ENOMEM);
	decided(t, 17, 3, waiting());
	trace_looked(t, -EIO);
	decided(t, 18, 3, waiting());
	trace_looked(t, 0);
	decided(t, 19, 3, waiting());
	same_number(trace_close(t), 0, "written");
	same_number(read_back(folder_path("folded")), 7, "equal rounds in a row are one line");
	ok(rounds[0].rounds == 3 && rounds[0].history.now_us == 10 && rounds[0].last_us == 12,
	   "with their number, and both times");
	ok(!rounds[1].rounds && !rounds[1].last_us, "one alone has none");
	ok(rounds[2].act_error == EPERM && rounds[2].decision.action == ACT_WINCH,
	   "an action, and what became of it");
	ok(!rounds[3].act_error && rounds[3].decision.move == MOVE_ACT, "each is a line");
	ok(rounds[4].look_error == ENOMEM && rounds[4].rounds == 2, "looks that failed");
	ok(rounds[5].look_error == EIO && rounds[5].history.now_us == 18, "by their error");
	ok(!rounds[6].look_error, "one that did not");
}

static void bounded(void)
{
	struct trace *t = trace_open();
	int fd = written("bounded");
	unsigned i;
	int count;

	for (i = 0; i < 500; i++)
		decided(t, 10 + i, i, waiting());
	same_number(trace_write(t, fd), 0, "what is kept is written");
	(void)close(fd);
	count = read_back(folder_path("bounded"));
	same_number(count, TRACE_FIRST + TRACE_LAST, "no more than that");
	ok(rounds[0].facts.old.accepting == 0 &&
		   rounds[TRACE_FIRST - 1].facts.old.accepting == TRACE_FIRST - 1,
	   "the first");
	ok(rounds[TRACE_FIRST].facts.old.accepting == 500 - TRACE_LAST &&
		   rounds[count - 1].facts.old.accepting == 499,
	   "and the last");
	same_number(comments, 2, "and that some are left out");
	same_number(trace_close(t), 0, "closed");
}

static void cannot_be_written(void)
{
	struct trace *t = trace_open();
	int pair[2];

	trace_also_to(t, open("/dev/full", O_WRONLY | O_CLOEXEC));
	decided(t, 10, 1, waiting());
	decided(t, 11, 2, waiting());
	same_number(trace_close(t), -ENOSPC, "the first error is told");
	must(pipe(pair) == 0 && fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0, "pipe");
	while (write(pair[1], "xxxxxxxx", 8) > 0)
		;
	t = trace_open();
	trace_also_to(t, pair[1]);
	decided(t, 10, 1, waiting());
	same_number(trace_close(t), -EAGAIN, "a full pipe is not waited for");
	(void)close(pair[0]);
	same_number(trace_write(NULL, 1), -ENODATA, "none");
	trace_looked(NULL, -EIO);
	trace_acted(NULL, -EIO);
	decided(NULL, 1, 1, waiting());
	same_number(trace_close(NULL), 0, "is none everywhere");
}

static const char *complaint(const char *fields, const char *text)
{
	static struct trace_reader reader;
	struct trace_round round;
	char first[] = TRACE_FIRST_LINE "\n";
	char line[TRACE_LINE_MAX];

	memset(&reader, 0, sizeof(reader));
	(void)trace_read_line(&reader, first, &round);
	(void)snprintf(line, sizeof(line), "%s", fields);
	if (trace_read_line(&reader, line, &round) == TRACE_IS_BAD)
		return reader.said;
	(void)snprintf(line, sizeof(line), "%s", text);
	return trace_read_line(&reader, line, &round) == TRACE_IS_BAD ? reader.said : reader.lacks;
}

/* A trace is of its build. */
static void of_other_builds(void)
{
	same_text(complaint("fields old.alive old.hats\n", ""),
		  "it knows a field that this build does not: old.hats", "a field that is gone");
	same_text(complaint("fields old.alive\n", "0.0 hats=1 | phase=alone move=wait\n"),
		  "this build knows no field of that name: hats=1", "one in a round");
	same_text(complaint("fields old.alive\n", "0.0 phase=alone move=act action=DANCE\n"),
		  "no value that this build knows: action=DANCE", "an action that is gone");
	same_text(complaint("fields old.alive\n", "0.0 old.alive=yes move=wait\n"),
		  "no value that this build knows: old.alive=yes", "no number");
	same_text(complaint("fields old.alive\n", "0.0 old.alive=1\n"), "no decision in it",
		  "a part of a line");
	same_text(complaint("fields old.alive\n", "0.0 old.alive=1 | move=wa"), "the line is cut",
		  "a cut one");
	same_text(complaint("# x\n", "0.0 old.alive=1 | move=wait\n"),
		  "no line with the names of its fields comes before its rounds", "no fields");
	ok(strstr(complaint("fields old.alive old.idle\n", "0.0 move=wait\n"),
		  " old.accepting old.starting ") != NULL,
	   "fields that came later are told");
	ok(!strstr(complaint("fields old.alive old.idle\n", "0.0 move=wait\n"), "old.idle"),
	   "those that it had are not");
}

static void kept_files(void)
{
	char path[PATH_MAX] = "untouched";
	char second[PATH_MAX];
	int fd = kept_file_create("test-of-traces", 2, path);
	int again;

	must(fd >= 0, "kept_file_create");
	(void)close(fd);
	again = kept_file_create("test-of-traces", 2, second);
	ok(again >= 0 && strcmp(path, second) != 0, "each is a new file");
	(void)close(again);
	ok(access(path, F_OK) == 0 && access(second, F_OK) == 0, "two of two are kept");
	again = kept_file_create("test-of-traces", 2, second);
	(void)close(again);
	ok(access(path, F_OK) < 0 && access(second, F_OK) == 0, "the oldest makes room");
	again = kept_file_create("test-of", 1, path);
	(void)close(again);
	ok(access(second, F_OK) == 0, "for its own kind only");
	(void)unlink(path);
	again = kept_file_create("test-of-traces", 1, path);
	(void)close(again);
	ok(access(second, F_OK) < 0, "one alone");
	(void)unlink(path);
}

int main(void)
{
	folder_open();
	every_field();
	nothing_beside_the_table();
	folded();
	bounded();
	cannot_be_written();
	of_other_builds();
	kept_files();
	folder_close();
	return tap_end();
}
