/*
 * As whom a program is executed, and with what environment: the one of that process, as far as
 * nginx itself would pass it on; or our own, without what is meant for us.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/environment.h"
#include "os/identity.h"
#include "trust/account.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/door_private.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

extern char **environ;

/*
 * The variable in which a master passes sockets to a new one, by descriptor number. An nginx that
 * gets it without these sockets does not start. nginx: NGINX_VAR; Angie has its own name.
 */
static const char *const inherited[] = {"NGINX", "ANGIE"};

/*
 * With an empty list, nginx behaves as if a master had started it: it does not daemonise, and obeys
 * WINCH (nginx: ngx_add_inherited_sockets, ngx_inherited, ngx_daemonized).
 */
static char handed_none[][sizeof("NGINX=")] = {"NGINX=", "ANGIE="};
enum { NAMES = sizeof(inherited) / sizeof(inherited[0]) };

#define OURS "NGINX_HANDOVER_"

static bool is_named(const char *variable, const char *name)
{
	size_t length = strcspn(name, "=");

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool is_inherited(const char *variable)
{
	size_t i;

	for (i = 0; i < NAMES; i++) {
		if (is_named(variable, inherited[i]))
			return true;
	}
	return false;
}

static size_t list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* Appends a copy, unless it is a list of inherited sockets. False: no memory. */
static bool append_variable(char **list, size_t *n, const char *variable)
{
	if (is_inherited(variable))
		return true;
	list[*n] = strdup(variable);
	if (!list[*n])
		return false;
	list[++*n] = NULL;
	return true;
}

static const char *find_variable(char *const *all, const char *name)
{
	size_t i;

	for (i = 0; all && all[i]; i++) {
		if (is_named(all[i], name))
			return all[i];
	}
	return NULL;
}

static bool is_time_zone(const char *name)
{
	return strncmp(name, "TZ", 2) == 0 && (name[2] == '\0' || name[2] == '=');
}

/* As nginx: ngx_set_environment. names NULL: all. NULL: no memory. */
static char **choose_environment(char *const *all, const char *const *names)
{
	size_t most = names ? list_length(names) + 1 : list_length((const char *const *)all);
	char **list = calloc(most + 1, sizeof(*list));
	const char *const *wanted = names ? names : (const char *const *)all;
	bool good = list != NULL;
	bool zone = names == NULL;
	size_t n = 0;

	for (; good && wanted && *wanted; wanted++) {
		const char *variable = strchr(*wanted, '=') ? *wanted : find_variable(all, *wanted);

		zone = zone || is_time_zone(*wanted);
		good = !variable || append_variable(list, &n, variable);
	}
	if (good && !zone && find_variable(all, "TZ"))
		good = append_variable(list, &n, find_variable(all, "TZ"));
	if (good)
		return list;
	environment_free(list);
	return NULL;
}

struct actor actor_ourselves(void)
{
	struct actor a = {NULL, NULL, false, NULL, NULL};

	return a;
}

struct actor actor_of(const struct subject *s, const char *const *names)
{
	struct actor a = {s, NULL, false, NULL, NULL};
	char **all = NULL;

	(void)environment_of(s->process.pid, &all);
	a.environment = choose_environment(all, names);
	environment_free(all);
	return a;
}

int actor_at(const struct subject *s, const struct account *account, const char *const *variables,
	     struct actor *ret)
{
	struct actor a = {s, account, true, NULL, NULL};
	size_t n = 0;

	a.environment = calloc(list_length(variables) + 1, sizeof(*a.environment));
	for (; a.environment && variables[n]; n++) {
		a.environment[n] = strdup(variables[n]);
		if (!a.environment[n])
			break;
	}
	if (!a.environment || variables[n]) {
		environment_free(a.environment);
		return -ENOMEM;
	}
	*ret = a;
	return 0;
}

void actor_free(struct actor *a)
{
	environment_free(a->environment);
	a->environment = NULL;
	a->subject = NULL;
	a->account = NULL;
}

char **door_own_environment(bool stays)
{
	char **list = calloc(list_length((const char *const *)environ) + NAMES + 1, sizeof(*list));
	size_t n = 0;
	size_t i;

	for (i = 0; list && environ && environ[i]; i++) {
		if (!is_inherited(environ[i]) && strncmp(environ[i], OURS, strlen(OURS)) != 0)
			list[n++] = environ[i];
	}
	for (i = 0; list && stays && i < NAMES; i++)
		list[n++] = handed_none[i];
	return list;
}

/*
 * A program that a user could have changed is executed only as that user. A run that has become a
 * user executes only as that user, or (as_started) as root a program that only root could change.
 */
bool door_may_execute(const struct door_spec *spec)
{
	const struct program *p = spec->program;
	const struct actor *a = spec->actor;
	uid_t as = a->account ? a->account->uid : a->subject ? a->subject->uid : identity_user();

	/* Only root can have become another user, so the run was started as root. */
	if (identity_became() && spec->as_started)
		return !a->subject && p->runs_as == 0;
	if (identity_became() && as != identity_user())
		return false;
	return p->runs_as == NO_USER || p->runs_as == 0 || p->runs_as == as;
}
