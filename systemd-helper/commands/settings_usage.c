/*
 * Prints the options for --help and --help-all, 80 columns wide. --help has to fit a screen of 24
 * lines: it shows the options of this command alone, and the common ones.
 */
#include <stdio.h>
#include <string.h>

#include "commands/settings_private.h"
#include "commands/verbs.h"
#include "ui/stream.h"

enum { COLUMNS = 80, HELP_AT = 28 };

static bool is_shown(const struct setting *setting, unsigned verb, bool all)
{
	if (!(setting->verbs & verb) || (setting->flags & INTERNAL))
		return false;
	if (all || (setting->flags & EVERY))
		return true;
	if (setting->flags & COMMON)
		return verb & (VERB_UPGRADE | VERB_ROLLBACK | VERB_FINISH | VERB_RELOAD);
	return setting->verbs != VERB_ALL && setting->verbs != VERB_DRIVES;
}

/* Breaks the text into lines that begin at the column HELP_AT. */
static void print_help(const char *help)
{
	enum { ROOM = COLUMNS - HELP_AT };

	while (strlen(help) > ROOM) {
		int end = ROOM;

		while (end > 1 && help[end] != ' ')
			end--;
		stream_print(stream_output(), "%.*s\n%*s", end, help, HELP_AT, "");
		help += end + 1;
	}
	stream_print(stream_output(), "%s\n", help);
}

static void print_option(const struct setting *setting)
{
	char option[96];
	int length;

	length = snprintf(option, sizeof(option), "  %c%c%c --%s%s%s", setting->letter ? '-' : ' ',
			  setting->letter ? setting->letter : ' ', setting->letter ? ',' : ' ',
			  setting->name, setting->value ? " " : "",
			  setting->value ? setting->value : "");
	if (length < HELP_AT)
		stream_print(stream_output(), "%-*s", HELP_AT, option);
	else
		stream_print(stream_output(), "%s\n%*s", option, HELP_AT, "");
	print_help(setting->help);
}

void settings_usage(unsigned verbs, bool all)
{
	size_t i;

	for (i = 0; i < settings_count; i++) {
		if (is_shown(&settings_table[i], verbs, all))
			print_option(&settings_table[i]);
	}
}
