/* Prints an entry of the history as one line, and its values as fields for --json. */
#include <stdio.h>
#include <string.h>

#include "commands/history.h"
#include "commands/words.h"
#include "core/decide.h"
#include "core/handovers.h"
#include "os/duration.h"
#include "ui/say.h"

/* "done in 1.20 s, 3 connections cut" */
static const char *end_text(const struct handover *one, char *ret, size_t size)
{
	char took[32];
	char cut[64] = "";

	if (one->result == HANDOVER_BEGUN || one->result == HANDOVER_KILLED) {
		(void)snprintf(ret, size, "%s",
			       one->result == HANDOVER_BEGUN ? "under way"
							     : "killed before its end");
		return ret;
	}
	if (one->cut)
		(void)snprintf(cut, sizeof(cut), ", %llu connection%s cut",
			       (unsigned long long)one->cut, one->cut == 1 ? "" : "s");
	(void)snprintf(ret, size, "%s in %s%s", handover_result_word(one->result),
		       duration_text(one->took_us, took, sizeof(took)), cut);
	return ret;
}

static const char *or_unknown(const char *version)
{
	return *version ? version : "unknown";
}

#define PHASE_FIELD(name, word, text) {word "_us", NULL, one->passed_us[PHASE_##name]},

void history_say(const struct handover *one, bool on_terminal)
{
	char who[64], when[32], end[160];
	const struct say_field fields[] = {
		{"number", NULL, one->number},
		{"ended", NULL, one->seconds},
		{"verb", one->verb, 0},
		{"by", words_of_user(one->uid, who, sizeof(who)), 0},
		{"result", handover_result_word(one->result), 0},
		{"code", NULL, one->code},
		{"from", or_unknown(one->from), 0},
		{"to", or_unknown(one->to), 0},
		{"path", one->path, 0},
		{"old_pid", NULL, one->old_pid},
		{"new_pid", NULL, one->new_pid},
		{"took_us", NULL, one->took_us},
		{"until_alone_us", NULL, one->until_alone_us},
		PHASES(PHASE_FIELD){"cut", NULL, one->cut},
		{"reason", one->reason, 0},
		{NULL, NULL, 0},
	};

	(void)end_text(one, end, sizeof(end));
	if (on_terminal)
		say_event(SAY_INFO, "handover", fields, "%4llu  %s  %s by %s: %s -> %s, %s",
			  (unsigned long long)one->number,
			  words_of_time(one->seconds, when, sizeof(when)), one->verb, who,
			  or_unknown(one->from), or_unknown(one->to), end);
	else
		say_record("handover", fields, "handover %llu, %s by %s: nginx %s -> %s, %s%s%s",
			   (unsigned long long)one->number, one->verb, who, or_unknown(one->from),
			   or_unknown(one->to), end, *one->reason ? ": " : "", one->reason);
}
