/* history: the handovers of one nginx, the last at the end; of one all that was kept. Looks only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/history.h"
#include "commands/record.h"
#include "core/handovers_file.h"
#include "os/duration.h"
#include "ui/say.h"

enum { EXIT_NO_SUCH = 1 };

void history_say_unused(const char *path, int error, const struct distrust *why)
{
	char text[PATH_MAX + 256];

	(void)record_fault(error, why, text, sizeof(text));
	say(SAY_WARNING, "the history in %s is not used: %s. It begins anew with the next handover",
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

	PHASES(SAY_PHASE)
	if (one->until_alone_us)
		say(SAY_INFO, "the new generation served alone %s after the start",
		    duration_text(one->until_alone_us, took, sizeof(took)));
	say(SAY_INFO, "old master %llu, new master %llu, %s; exit code %llu",
	    (unsigned long long)one->old_pid, (unsigned long long)one->new_pid, one->path,
	    (unsigned long long)one->code);
	if (*one->reason)
		say(SAY_INFO, "why: %s", one->reason);
}

static void say_trace(const struct builds *at, const struct handovers *h,
		      const struct handover *one)
{
	struct record_buffer text = {NULL, 0};
	int r = handovers_has_trace(h, one) ? handovers_load_trace(at, one->number, &text)
					    : -ENOENT;
	const char *line = text.text;
	const char *end = line + text.length;

	if (r < 0)
		say(SAY_INFO, "its trace is not kept%s%s: there are those of the last %d",
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
		    "there is no handover %llu in the history. What to do: \"nginx-handover history\" lists those that are",
		    (unsigned long long)number);
		return EXIT_NO_SUCH;
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
		    "no handover of the nginx with the pid file %s by you is recorded; those by root are for root to see",
		    site->pid_path);
	else
		say(SAY_NOTICE, "no handover of the nginx with the pid file %s is recorded",
		    site->pid_path);
	return 0;
}

int command_history(const struct settings *settings)
{
	static struct handovers h; /* large */
	static struct site site;
	static struct builds at;
	struct problems problems = {.count = 0};
	struct distrust why = {.kind = DISTRUST_NONE};
	char path[PATH_MAX];
	size_t i;
	int r;

	if (!site_find(settings, &site, &problems))
		return problems_say(&problems);
	(void)snprintf(path, sizeof(path), "%s", site.pid_path);
	r = handovers_at(site.pid_path, &site.believed, &at);
	if (!r)
		r = handovers_load(&at, &h, path, &why);
	if (r < 0 && r != -ENOENT) {
		history_say_unused(path, r, &why);
		return EXIT_NO_SUCH;
	}
	if (settings->number)
		return say_one(&at, &h, settings->number);
	if (!h.count)
		return say_none(&site);
	for (i = 0; i < h.count; i++)
		history_say(&h.list[i], true);
	return 0;
}
