/* As whom a program is executed, where, and with what environment. */
#ifndef TRUST_ACTOR_H
#define TRUST_ACTOR_H

#include <stdbool.h>

#include "os/limits.h"
#include "trust/account.h"
#include "trust/subject.h"

/* Made by the three functions below only. */
struct actor {
	const struct subject *subject; /* a vetted process; NULL: ourselves */
	const struct account *account; /* with the subject's namespaces and limits, but as this
					* user; NULL: as the subject */
	bool at_top;                   /* in the folder "/", not in the subject's */
	char **environment;            /* NULL: PATH and LC_ALL=C */
	/*
	 * Limits that replace those of the subject: the ones that it will have after a restart.
	 * Those that are not known are the subject's. NULL: none. Callers may set this.
	 */
	const struct limits *limits;
};

struct actor actor_ourselves(void);

/*
 * As a vetted process: its user, group, groups, capabilities, limits, working folder, root folder,
 * mount and network namespaces. *s must stay valid while the actor is used.
 *
 * names: which variables of its environment to pass on, as nginx would at USR2 (nginx:
 * ngx_set_environment), ended by NULL. "NAME" has the value that the process was started with,
 * "NAME=VALUE" is taken as it is. names NULL: all variables. TZ is always passed on if it was set;
 * NGINX=, the list of inherited sockets, never. If the environment cannot be read, only the
 * "NAME=VALUE" ones are passed on.
 */
struct actor actor_of(const struct subject *s, const char *const *names);

/*
 * In the namespaces of a vetted process, in the folder "/", with these variables only
 * ("NAME=VALUE", ended by NULL), as that account and without any capability; account NULL: as the
 * process. Only root can execute as another account. 0 or -ENOMEM.
 */
int actor_at(const struct subject *s, const struct account *account, const char *const *variables,
	     struct actor *ret);

void actor_free(struct actor *a);

#endif
