/* The users of this machine. */
#ifndef TRUST_ACCOUNT_H
#define TRUST_ACCOUNT_H

#include <sys/types.h>

enum { ACCOUNT_GROUPS = 256 };

struct account {
	uid_t uid;
	gid_t gid;
	gid_t groups[ACCOUNT_GROUPS]; /* all his groups; if there are more, the first ones */
	int group_count;
};

/* By name or number. 0 or -ENOENT: there is no such user. */
int account_find(const char *name, struct account *ret);

#endif
