/* The environment of a probe that is executed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe_variables.h"
#include "core/run.h"
#include "core/world.h"
#include "init/init.h"
#include "nginx/addresses.h"
#include "os/socket_address.h"
#include "os/sockets.h"

/* Adds an address once: with reuseport there is a socket for each worker. */
static void add_address(char *list, size_t size, const struct address *a)
{
	char text[SOCKET_PATH_SIZE + 16];
	size_t n = strlen(list);
	size_t length;
	const char *at;

	length =
		strlen(socket_address_text(a->family, a->ip, a->port, a->path, text, sizeof(text)));
	if (!length)
		return;
	for (at = strstr(list, text); at; at = strstr(at + 1, text)) {
		if ((at == list || at[-1] == ' ' || at[-1] == '=') &&
		    (at[length] == ' ' || !at[length]))
			return;
	}
	if (n + length + 2 < size)
		(void)snprintf(list + n, size - n, "%s%s", list[n - 1] == '=' ? "" : " ", text);
}

static void name_addresses(pid_t master, char *ret, size_t size)
{
	struct addresses a;
	size_t i;

	(void)snprintf(ret, size, "NGINX_HANDOVER_LISTEN=");
	if (addresses_of(master, &a) < 0)
		return;
	for (i = 0; i < a.count; i++)
		add_address(ret, size, &a.list[i]);
	addresses_free(&a);
}

struct probe_variables *probe_variables(const struct run *run)
{
	const struct world *w = &run->world;
	struct probe_variables *v = malloc(sizeof(*v));
	char unit[UNIT_TEXT];
	size_t i;

	if (!v)
		return NULL;
	if (!init_unit(w->new.subject.process.pid, unit))
		unit[0] = '\0';
	for (i = 0; i < PROBE_VARIABLES; i++)
		v->list[i] = v->text[i];
	v->list[PROBE_VARIABLES] = NULL;
	(void)snprintf(v->text[0], sizeof(v->text[0]), "%s",
		       "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	(void)snprintf(v->text[1], sizeof(v->text[1]), "LC_ALL=C");
	(void)snprintf(v->text[2], sizeof(v->text[2]), "NGINX_HANDOVER_OLD_PID=%d",
		       (int)w->old.subject.process.pid);
	(void)snprintf(v->text[3], sizeof(v->text[3]), "NGINX_HANDOVER_NEW_PID=%d",
		       (int)w->new.subject.process.pid);
	(void)snprintf(v->text[4], sizeof(v->text[4]), "NGINX_HANDOVER_OLD_VERSION=%s",
		       run->old_version);
	(void)snprintf(v->text[5], sizeof(v->text[5]), "NGINX_HANDOVER_NEW_VERSION=%s",
		       run->new_version);
	(void)snprintf(v->text[6], sizeof(v->text[6]), "NGINX_HANDOVER_UNIT=%s", unit);
	v->list[7] = v->listen;
	name_addresses(w->new.subject.process.pid, v->listen, sizeof(v->listen));
	return v;
}

void probe_variables_free(struct probe_variables *v)
{
	free(v);
}
