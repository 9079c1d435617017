/* What a run has written in its lock file. The first line is "PID START WHAT". */
#include <stdio.h>
#include <string.h>

#include "os/lock_text.h"
#include "os/process.h"

bool lock_text_has(const char *text, const char *line)
{
	size_t length = strlen(line);

	while ((text = strchr(text, '\n')) != NULL) {
		text++;
		if (strncmp(text, line, length) == 0 && text[length] == '\n')
			return true;
	}
	return false;
}

static bool acts_on_one_that_has_gone(const char *text)
{
	struct process p = PROCESS_NONE;
	unsigned long long start;
	int pid;

	while ((text = strstr(text, "\nprocess ")) != NULL) {
		text++;
		if (sscanf(text, "process %d %llu", &pid, &start) != 2)
			continue;
		p.pid = (pid_t)pid;
		p.start_ticks = start;
		if (!process_alive(&p))
			return true;
	}
	return false;
}

bool lock_text_holder(const char *text, struct process *ret, char ret_what[LOCK_WHAT_MAX])
{
	unsigned long long start;
	int pid;

	if (sscanf(text, "%d %llu %63[^\n]", &pid, &start, ret_what) != 3 || pid <= 0)
		return false;
	ret->pid = (pid_t)pid;
	ret->start_ticks = start;
	return true;
}

bool lock_text_ends(const char *text)
{
	return lock_text_has(text, LOCK_TEXT_ENDS) || acts_on_one_that_has_gone(text);
}

void lock_text_name(const char *text, char *ret, size_t size)
{
	struct process p;
	char what[LOCK_WHAT_MAX];

	if (lock_text_holder(text, &p, what))
		(void)snprintf(ret, size, "%s (pid %d)", what, (int)p.pid);
	else
		(void)snprintf(ret, size, "another run");
}
