/* The words for exit codes, and the last event. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/verdict.h"
#include "ui/say.h"

/* Of commands that only look, the code is the answer. */
#define LOOKS                                                                                      \
	(VERB_STATUS | VERB_CONFIGTEST | VERB_BACKUPS | VERB_NEEDED | VERB_DOCTOR | VERB_HISTORY)

static bool changed;
static bool lossy;

struct verdict {
	unsigned verbs;
	int code;
	const char *word;
};

/* The first that fits. */
static const struct verdict verdicts[] = {
	{VERB_STATUS, 0, "running"},
	{VERB_STATUS, 1, "dead"},
	{VERB_STATUS, 3, "not_running"},
	{VERB_STATUS, 4, "unknown"},
	{VERB_NEEDED, 0, "due"},
	{VERB_NEEDED, 1, "not_due"},
	{VERB_NEEDED, NEEDED_UNKNOWN, "unknown"},
	{VERB_DOCTOR, 0, "fine"},
	{VERB_DOCTOR, 1, "advice"},
	{VERB_DOCTOR, DOCTOR_REFUSED, "would_be_refused"},
	{VERB_ALL, 1, "failed"},
	{VERB_ALL, 2, "usage"},
	{VERB_ALL, 4, "not_privileged"},
	{VERB_ALL, 5, "not_installed"},
	{VERB_ALL, 6, "configuration"},
	{VERB_ALL, 7, "not_running"},
	{VERB_ALL, 150, "undone"},
	{VERB_ALL, 151, "draining"},
	{VERB_ALL, 152, "locked"},
	{VERB_ALL, 153, "unfinished"},
	{VERB_ALL, 154, "refused"},
	{VERB_ALL, 155, "stuck"},
	{VERB_ALL, 156, "held"},
	{VERB_ALL, 157, "unread"},
};

void verdict_changed(void)
{
	changed = true;
}

void verdict_lossy(void)
{
	lossy = true;
}

const char *verdict_word(unsigned verb, int code)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		const struct verdict *v = &verdicts[i];

		if (v->code == code && ((v->verbs & verb) || v->verbs == VERB_ALL))
			return v->word;
	}
	if (code)
		return "failed";
	if (lossy)
		return "handed_over";
	return changed || (verb & LOOKS) ? "done" : "nothing_to_do";
}

void verdict_say(const char *name, unsigned verb, int code, const char *message)
{
	const struct say_end end = {name, verdict_word(verb, code), code, changed, message};

	say_end(&end);
}
