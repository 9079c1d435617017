/* The words for each verb, for the line that an init script prints. */
#include <stddef.h>
#include <string.h>

#include "init/service_words.h"

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

const char *service_words(const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(lines[i].verb, verb) == 0)
			return lines[i].words;
	}
	return NULL;
}
