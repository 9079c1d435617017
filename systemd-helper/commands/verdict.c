/* The words for exit codes, and the last event of --json. */
#include <stdio.h>
#include <string.h>

#include "commands/verbs.h"
#include "commands/verdict.h"
#include "os/exit_code.h"
#include "ui/say.h"

/* They belong to the process, not to a session: a restart has several sessions and one last
 * event. */
static bool changed;
static bool lossy;

struct verdict {
	unsigned verbs;
	int code;
	const char *word;
};

#define OF_STATUS(name, number, word, text) {VERB_STATUS, number, word},
#define OF_NEEDED(name, number, word, text) {VERB_NEEDED, number, word},
#define OF_DOCTOR(name, number, word, text) {VERB_DOCTOR, number, word},
#define OF_ALL(name, number, word, text)    {VERB_ALL, number, word},

/* The first row that fits counts. */
/* clang-format off */
static const struct verdict verdicts[] = {
	STATUS_CODES(OF_STATUS)
	{VERB_STATUS, EXIT_LOCKED, "under_way"},
	NEEDED_CODES(OF_NEEDED)
	DOCTOR_CODES(OF_DOCTOR)
	EXIT_CODES(OF_ALL)
};
/* clang-format on */

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
	return changed || (verb & VERB_LOOKS) ? "done" : "nothing_to_do";
}

void verdict_say(const char *name, unsigned verb, int code, const char *message)
{
	const struct say_end end = {name, verdict_word(verb, code), code, changed, message};

	say_end(&end);
}
