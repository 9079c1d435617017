/* history: lists the handovers of one nginx, the last one at the end; or shows all that is kept
 * about one of them. Changes nothing. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/at_work.h"
#include "commands/commands.h"
#include "commands/history.h"
#include "commands/record.h"
#include "commands/settings.h"
#include "commands/site.h"
#include "commands/storage.h"
#include "core/decide.h"
#include "core/handovers.h"
#include "core/handovers_file.h"
#include "core/problems.h"
#include "core/trace.h"
#include "nginx/builds.h"
#include "nginx/record_file.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "trust/path.h"
#include "ui/say.h"

void history_say_unused(const char *path, int error, const struct distrust *why)
{
	char text[PATH_MAX + 256];

	(void)record_unfit(error, why, text, sizeof(text));
	say(SAY_WARNING, "the history in %s is not used: %s. The next handover begins a new one",
	    path, text);
}

static void say_phase(const char *word, const char *text, uint64_t us)
{
	char took[32];

	if (us)
		say(SAY_INFO, "%9s  %-8s  %s", duration_text(us, took, sizeof(took)), word, text);
}

#define SAY_PHASE(name, word, text) say_phase(word, text, one->passed_us[PHASE_##name]);

static void say_details(const struct handover *one)
{
	char took[32];
	char new[48] = "";
	char code[48] = "";

	PHASES(SAY_PHASE)
	if (one->until_alone_us)
		say(SAY_INFO, "the new generation served alone %s after the start",
		    duration_text(one->until_alone_us, took, sizeof(took)));
	if (one->new_pid)
		(void)snprintf(new, sizeof(new), "new master %llu, ",
			       (unsigned long long)one->new_pid);
	if (one->result != HANDOVER_BEGUN && one->result != HANDOVER_KILLED)
		(void)snprintf(code, sizeof(code), "; exit code %llu",
			       (unsigned long long)one->code);
	say(SAY_INFO, "old master %llu, %s%s%s", (unsigned long long)one->old_pid, new, one->path,
	    code);
	if (*one->reason)
		say(SAY_INFO, "why: %s", one->reason);
}

static void say_trace(const struct builds *at, const struct handovers *h,
		      const struct handover *one)
{
	struct record_buffer text = {NULL, 0};
	int r = handovers_has_trace(h, one) ? handovers_load_trace(at, one->number, &text)
					    : -ENOENT;
	/* An empty text may be NULL, and NULL + 0 is undefined. */
	const char *line = text.text ? text.text : "";
	const char *end = line + text.length;

	if (r < 0)
		say(SAY_INFO, "its trace is not kept%s%s: only those of the last %d are",
		    r == -ENOENT ? "" : ": ", r == -ENOENT ? "" : strerror(-r),
		    HANDOVER_TRACES_KEPT);
	while (r == 0 && line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		int length = (int)((stop ? stop : end) - line);
		char copy[TRACE_LINE_MAX];
		struct say_field fields[] = {{"line", copy, 0}, {NULL, NULL, 0}};

		(void)snprintf(copy, sizeof(copy), "%.*s", length, line);
		say_event(SAY_INFO, "trace", fields, "%s", copy);
		line += length + 1;
	}
	record_free(&text);
}

static int say_one(const struct builds *at, const struct handovers *h, uint64_t number)
{
	const struct handover *one = handovers_find(h, number);

	if (!one) {
		say(SAY_ERROR,
		    "there is no handover %llu in the history. What to do: \"nginx-handover history\" lists those that are recorded",
		    (unsigned long long)number);
		return EXIT_FAILED;
	}
	history_say(one, true);
	say_details(one);
	say_trace(at, h, one);
	return 0;
}

static int say_none(const struct site *site)
{
	if (geteuid() != 0)
		say(SAY_NOTICE,
		    "no handover of the nginx with the pid file %s by you is recorded; only root can see those by root",
		    site->pid_path);
	else
		say(SAY_NOTICE, "no handover of the nginx with the pid file %s is recorded",
		    site->pid_path);
	return 0;
}

/*
 * Reads the history. An entry without an end is of a run that is at work, or that was killed. To
 * tell one from the other, the file is read again after no run was found at work: if the entry
 * still has no end then, its run was killed. (A run that ended in between has written its end.)
 */
static int read_history(const struct settings *settings, const struct site *site,
			const struct builds *at, struct handovers *ret, char *ret_path,
			struct distrust *why)
{
	int r = handovers_load(at, ret, ret_path, why);
	struct handover *last = ret->count ? &ret->list[ret->count - 1] : NULL;
	uint64_t number = last ? last->number : 0;
	char who[128];

	if (r < 0 || !last || last->result != HANDOVER_BEGUN ||
	    at_work_look(settings, site, who, sizeof(who)) == AT_WORK_RUN)
		return r;
	r = handovers_load(at, ret, ret_path, why);
	if (!r && ret->count && ret->list[ret->count - 1].number == number)
		handovers_end_killed(ret);
	return r;
}

/* What the command works with. */
struct asked_history {
	struct site site;
	struct problems problems;
	struct builds at;
	struct handovers list;
};

static int find_and_say(const struct settings *settings, struct asked_history *h)
{
	struct distrust why = {.kind = DISTRUST_NONE};
	char path[PATH_MAX];
	size_t i;
	int r;

	if (!site_find(settings, &h->site, &h->problems))
		return problems_say(&h->problems);
	(void)snprintf(path, sizeof(path), "%s", h->site.pid_path);
	r = handovers_at(h->site.pid_path, &h->site.believed, &h->at);
	if (!r)
		r = read_history(settings, &h->site, &h->at, &h->list, path, &why);
	if (r < 0 && r != -ENOENT) {
		history_say_unused(path, r, &why);
		return EXIT_FAILED;
	}
	if (settings->number)
		return say_one(&h->at, &h->list, settings->number);
	if (!h->list.count)
		return say_none(&h->site);
	for (i = 0; i < h->list.count; i++)
		history_say(&h->list.list[i], true);
	return 0;
}

int command_history(const struct settings *settings)
{
	struct asked_history *h = storage_new(sizeof(*h));
	int r;

	if (!h)
		return EXIT_FAILED;
	r = find_and_say(settings, h);
	free(h);
	return r;
}
