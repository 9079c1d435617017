/* Finds the package manager among our ancestors. */
#include <string.h>

#include "os/procfs.h"
#include "os/transaction.h"

enum { DEPTH_MAX = 64 };

/* The names of package managers, cut to 15 bytes as in /proc/PID/stat. */
static bool is_manager(const char *name, size_t length)
{
	static const char *const names[] = {
		"dpkg",   "apt",      "apt-get", "aptitude",      "unattended-upgr", "rpm",
		"yum",    "dnf",      "dnf-3",   "dnf5",          "microdnf",        "tdnf",
		"zypper", "yum-cron", "urpmi",   "dnf-automatic",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == length && memcmp(name, names[i], length) == 0)
			return true;
	}
	return false;
}

static bool has_name_of_manager(pid_t pid)
{
	char text[512];
	const char *begin;
	const char *end;

	if (procfs_read(pid, "stat", text, sizeof(text)) <= 0)
		return false;
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	return begin && end > begin && is_manager(begin + 1, (size_t)(end - begin - 1));
}

struct transaction transaction_of(pid_t pid)
{
	struct transaction found = {0, 0};
	struct proc_stat stat;
	unsigned depth;

	for (depth = 0; pid > 1 && depth < DEPTH_MAX && procfs_stat(pid, &stat) == 0; depth++) {
		if (has_name_of_manager(pid)) {
			found.pid = pid;
			found.start_ticks = stat.start_ticks;
		}
		pid = stat.parent;
	}
	return found;
}

bool transaction_same(const struct transaction *a, const struct transaction *b)
{
	return a->pid && a->pid == b->pid && a->start_ticks == b->start_ticks;
}
