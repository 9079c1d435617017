/* What "doctor" finds: collected, then printed. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/findings.h"
#include "core/problems.h"
#include "os/exit_code.h"
#include "trust/path.h"
#include "ui/say.h"

struct finding *finding_add(struct findings *f, const char *id, const char *format, ...)
{
	struct finding *finding = &f->list[f->count < FINDINGS_MAX ? f->count : FINDINGS_MAX - 1];
	va_list ap;

	if (f->count < FINDINGS_MAX)
		f->count++;
	memset(finding, 0, sizeof(*finding));
	finding->id = id;
	va_start(ap, format);
	problem_set(&finding->what, EXIT_DONE, format, ap);
	va_end(ap);
	return finding;
}

void finding_means(struct finding *finding, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(finding->means, sizeof(finding->means), format, ap);
	va_end(ap);
}

void findings_of_problems(struct findings *f, const struct problems *problems, size_t first,
			  bool refuses)
{
	size_t i;

	for (i = first; i < problems->count; i++) {
		struct finding *finding = finding_add(f, "refusal", "%s", "");

		finding->what = problems->list[i];
		finding->refuses = refuses;
		if (!refuses)
			finding_means(finding,
				      "\"nginx-handover upgrade --binary\" would be refused");
	}
}

void findings_of_distrust(struct findings *f, const char *id, const char *text, const char *means,
			  const struct distrust *why)
{
	char reason[PATH_MAX + 256];
	char advice[PATH_MAX + 64];
	struct finding *finding = finding_add(f, id, "others can change %s: %s", text,
					      distrust_text(why, reason, sizeof(reason)));

	finding_means(finding, "%s", means);
	if (*distrust_advice(why, advice, sizeof(advice)))
		problem_advise(&finding->what, "%s", advice);
	else
		problem_advise(&finding->what, "move it to a folder that root alone can change");
}

static void say_finding(const struct finding *finding)
{
	const char *weight = finding->refuses ? "refused" : "advice";
	struct say_field fields[] = {{"weight", weight, 0},
				     {"id", finding->id, 0},
				     {"text", finding->what.text, 0},
				     {"means", finding->means, 0},
				     {"change", finding->what.advice, 0},
				     {"exit_code", NULL, (uint64_t)finding->what.exit_code},
				     {NULL, NULL, 0}};

	say_event_painted(SAY_INFO, finding->refuses ? PAINT_BAD : PAINT_ODD, "finding", fields,
			  "%s: %s", weight, finding->what.text);
	if (say_how()->json)
		return;
	if (finding->means[0])
		say(SAY_INFO, "    it means: %s", finding->means);
	say(SAY_INFO, "    what to do: %s", finding->what.advice);
}

/* Prints the findings for which an upgrade is refused, or the others. Returns how many. */
static size_t say_some(const struct findings *f, bool refuses)
{
	size_t said = 0;
	size_t i;

	for (i = 0; i < f->count; i++) {
		if (f->list[i].refuses != refuses)
			continue;
		say_finding(&f->list[i]);
		said++;
	}
	return said;
}

int findings_say(const struct findings *f)
{
	size_t refused = say_some(f, true);
	size_t advice = say_some(f, false);
	struct say_field fields[] = {
		{"refused", NULL, refused}, {"advice", NULL, advice}, {NULL, NULL, 0}};

	if (refused)
		say_event(SAY_INFO, "doctor", fields,
			  "an upgrade would be refused: %u to fix; %u more to improve",
			  (unsigned)refused, (unsigned)advice);
	else if (advice)
		say_event(SAY_INFO, "doctor", fields,
			  "nothing stands in the way of an upgrade; %u to improve",
			  (unsigned)advice);
	else
		say_event(
			SAY_INFO, "doctor", fields,
			"nothing stands in the way of an upgrade, and nothing was found that would spoil or slow it");
	if (refused)
		return DOCTOR_REFUSED;
	return advice ? DOCTOR_ADVICE : DOCTOR_FINE;
}
