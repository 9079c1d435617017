/* The words for each verb, for the line that an init script prints. */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "init/service_words.h"
#include "os/exit_code.h"
#include "ui/say.h"

static const struct {
	const char *verb;
	const char *words;
} lines[] = {
	{"start", "Starting"},
	{"stop", "Stopping"},
	{"reload", "Reloading"},
	{"force-reload", "Reloading"},
	{"upgrade", "Upgrading"},
	{"rollback", "Rolling back"},
	{"finish", "Finishing the upgrade of"},
	{"heal", "Mending HTTP/3 of"},
	{"reopen", "Reopening the logs of"},
	{"rotate", "Reopening the logs of"},
	{"configtest", "Testing the configuration of"},
};

static const char *words_of(const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(lines[i].verb, verb) == 0)
			return lines[i].words;
	}
	return NULL;
}

struct service_line service_line_of(const char *verb)
{
	const struct say_options *how = say_how();
	const char *words = how->quiet || how->json ? NULL : words_of(verb);
	const struct service_line line = {words, words && !how->verbose};

	return line;
}

bool service_has_line(const char *verb)
{
	return words_of(verb) != NULL;
}

int service_permits(const char *verb)
{
	if (geteuid() == 0 || strcmp(verb, "status") == 0)
		return 0;
	say(SAY_ERROR, "only root may do that. Nothing was done. What to do: run this as root");
	return EXIT_NOT_PRIVILEGED;
}
