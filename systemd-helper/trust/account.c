/* Users of this machine, by name or number. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "trust/account.h"
#include "trust/path.h"

int account_find(const char *name, struct account *ret)
{
	size_t digits = strspn(name, "0123456789");
	const struct passwd *entry;
	unsigned long long number;
	struct account a;

	errno = 0;
	if (digits && !name[digits]) {
		number = strtoull(name, NULL, 10);
		if (errno || number >= NO_USER)
			return -ENOENT;
		entry = getpwuid((uid_t)number);
	} else {
		entry = getpwnam(name);
	}
	if (!entry)
		return -ENOENT;
	memset(&a, 0, sizeof(a));
	a.uid = entry->pw_uid;
	a.gid = entry->pw_gid;
	a.group_count = ACCOUNT_GROUPS;
	/* If he has more groups, the first ones are taken: fewer groups give him no more rights. */
	if (getgrouplist(entry->pw_name, a.gid, a.groups, &a.group_count) < 0)
		a.group_count = ACCOUNT_GROUPS;
	*ret = a;
	return 0;
}
