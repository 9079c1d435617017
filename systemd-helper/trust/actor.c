/*
 * As whom something is executed, and with what environment: that of the process it is executed as,
 * as far as nginx itself would pass it on, or our own without what is meant for us.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/environment.h"
#include "os/identity.h"
#include "trust/door_private.h"

extern char **environ;

/*
 * Sockets that a master hands down by number: whoever is told of them, and does not have them, does
 * not start. nginx: NGINX_VAR; Angie has a name of its own.
 */
static const char *const inherited[] = {"NGINX", "ANGIE"};

#define OURS "NGINX_HANDOVER_"

static bool is_named(const char *variable, const char *name)
{
	size_t length = strcspn(name, "=");

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool is_inherited(const char *variable)
{
	size_t i;

	for (i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++) {
		if (is_named(variable, inherited[i]))
			return true;
	}
	return false;
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* There is room for one more. False without memory. */
static bool add(char **list, size_t *n, const char *variable)
{
	if (is_inherited(variable))
		return true;
	list[*n] = strdup(variable);
	if (!list[*n])
		return false;
	list[++*n] = NULL;
	return true;
}

static const char *find(char *const *all, const char *name)
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

/* nginx: ngx_set_environment */
static char **choose(char *const *all, const char *const *names)
{
	size_t most = names ? count(names) + 1 : count((const char *const *)all);
	char **list = calloc(most + 1, sizeof(*list));
	const char *const *wanted = names ? names : (const char *const *)all;
	bool good = list != NULL;
	bool zone = names == NULL;
	size_t n = 0;

	for (; good && wanted && *wanted; wanted++) {
		const char *variable = strchr(*wanted, '=') ? *wanted : find(all, *wanted);

		zone = zone || is_time_zone(*wanted);
		good = !variable || add(list, &n, variable);
	}
	if (good && !zone && find(all, "TZ"))
		good = add(list, &n, find(all, "TZ"));
	if (good)
		return list;
	environment_free(list);
	return NULL;
}

struct actor actor_ourselves(void)
{
	struct actor a = {NULL, NULL, false, NULL};

	return a;
}

struct actor actor_of(const struct subject *s, const char *const *names)
{
	struct actor a = {s, NULL, false, NULL};
	char **all = NULL;

	(void)environment_of(s->process.pid, &all);
	a.environment = choose(all, names);
	environment_free(all);
	return a;
}

int actor_at(const struct subject *s, const struct account *account, const char *const *variables,
	     struct actor *ret)
{
	struct actor a = {s, account, true, NULL};
	size_t n = 0;

	a.environment = calloc(count(variables) + 1, sizeof(*a.environment));
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

char **door_own_environment(void)
{
	char **list = calloc(count((const char *const *)environ) + 1, sizeof(*list));
	size_t n = 0;
	size_t i;

	for (i = 0; list && environ && environ[i]; i++) {
		if (!is_inherited(environ[i]) && strncmp(environ[i], OURS, strlen(OURS)) != 0)
			list[n++] = environ[i];
	}
	return list;
}

/*
 * A program that a user could have changed is executed as that user alone. And a run that has
 * become a user is nobody else's, whatever it is told.
 */
bool door_may_execute(const struct door_spec *spec)
{
	const struct program *p = spec->program;
	const struct actor *a = spec->actor;
	uid_t as = a->account ? a->account->uid : a->subject ? a->subject->uid : identity_user();

	/* It was root that became somebody. */
	if (identity_became() && spec->as_started)
		return !a->subject && p->runs_as == 0;
	if (identity_became() && as != identity_user())
		return false;
	return p->runs_as == NO_USER || p->runs_as == 0 || p->runs_as == as;
}
