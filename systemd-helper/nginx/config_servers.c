/*
 * Collects the servers of http. A server is open while the text of its own block is read, or of a
 * file that is included there. Each directive counts for all servers that are open.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nginx/config_scan.h"
#include "nginx/config_scan_private.h"
#include "nginx/config_servers.h"

enum { PLACES = sizeof(((struct config_servers *)NULL)->places) };

unsigned config_place(const struct config_scan *s)
{
	return s->depth < PLACES ? s->servers.places[s->depth] : 0;
}

/* Reallocates the list with one more element, which is zeroed. NULL: no memory, or too many; the
 * list is as it was. */
static void *lengthen(struct config_servers *all, void *list, size_t count, size_t size)
{
	char *more = all->words < CONFIG_NAMES_MAX ? realloc(list, (count + 1) * size) : NULL;

	if (!more) {
		all->more = true;
		return NULL;
	}
	all->words++;
	memset(more + count * size, 0, size);
	return more;
}

static void add_word(struct config_servers *all, char ***list, size_t *count, const char *word,
		     size_t length)
{
	char **more = lengthen(all, *list, *count, sizeof(*more));

	if (!more)
		return;
	*list = more;
	more[*count] = strndup(word, length);
	if (more[*count])
		++*count;
	else
		all->more = true;
}

static void close_all(struct config_servers *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		all->list[i].open = false;
}

static void open_server(struct config_servers *all)
{
	struct config_server *more = NULL;

	close_all(all);
	if (all->count < CONFIG_SERVERS_MAX)
		more = lengthen(all, all->list, all->count, sizeof(*more));
	all->more = all->more || !more;
	if (!more)
		return;
	all->list = more;
	more[all->count++].open = true;
}

/* The kind of a block of that name in blocks of those kinds. In a file that both http and another
 * kind include, the kind of a server block is not known. */
static unsigned place_within(struct config_servers *all, const char *name, unsigned around)
{
	bool is_server = strcmp(name, "server") == 0;

	if ((around & PLACE_MAIN) && strcmp(name, "http") == 0)
		return PLACE_HTTP;
	if ((around & PLACE_MAIN) && (strcmp(name, "stream") == 0 || strcmp(name, "mail") == 0))
		return PLACE_RIVAL;
	if (is_server && (around & PLACE_HTTP) && (around & PLACE_RIVAL))
		all->more = true;
	else if (is_server && (around & PLACE_HTTP))
		return PLACE_SERVER;
	else if (is_server && !around)
		all->more = true; /* in a file that matches no `include` */
	return 0;
}

void config_servers_block(struct config_scan *s)
{
	struct config_servers *all = &s->servers;
	unsigned around = s->depth && s->depth <= PLACES ? all->places[s->depth - 1] : 0;
	unsigned place = s->word_index == 1 ? place_within(all, s->name, around) : 0;

	if (s->depth < PLACES)
		all->places[s->depth] = (unsigned char)place;
	if (place == PLACE_SERVER)
		open_server(all);
}

void config_servers_block_ends(struct config_scan *s)
{
	if (s->depth && config_place(s) == PLACE_SERVER)
		close_all(&s->servers);
}

static bool is_included(const struct config_scan *s, const struct config_server *server,
			const char *path)
{
	size_t i;

	for (i = 0; i < server->include_count; i++) {
		if (config_dump_matches(s, server->includes[i], path))
			return true;
	}
	return false;
}

void config_servers_file(struct config_scan *s, const char *path, unsigned places)
{
	struct config_servers *all = &s->servers;
	size_t i;

	all->places[0] = (unsigned char)places;
	for (i = 0; i < all->count; i++)
		all->list[i].open = (places & PLACE_SERVER) && is_included(s, &all->list[i], path);
}

static bool is_word(const char *word, size_t length, const char *what)
{
	return length == strlen(what) && memcmp(word, what, length) == 0;
}

static void listen_word(struct config_servers *all, const char *word, size_t length)
{
	all->tls = all->tls || is_word(word, length, "ssl");
	all->http2 = all->http2 || is_word(word, length, "http2");
	all->proxy_protocol = all->proxy_protocol || is_word(word, length, "proxy_protocol");
	all->is_default = all->is_default || is_word(word, length, "default_server") ||
			  is_word(word, length, "default");
}

/* s->word_index is the number of that word. */
void config_servers_word(struct config_scan *s, const char *word, size_t length)
{
	struct config_servers *all = &s->servers;
	bool on = length == 2 && strncasecmp(word, "on", 2) == 0;
	size_t i;

	if (!(config_place(s) & PLACE_SERVER))
		return;
	if (s->word_index == 1)
		all->tls = all->http2 = all->proxy_protocol = all->is_default = false;
	if (strcmp(s->name, "listen") == 0 && s->word_index > 1)
		listen_word(all, word, length);
	if (strcmp(s->name, "server_name") == 0 && length && length < CONFIG_NAME_MAX) {
		for (i = 0; i < all->count; i++) {
			struct config_server *server = &all->list[i];

			if (server->open)
				add_word(all, &server->names, &server->name_count, word, length);
		}
	}
	for (i = 0; on && strcmp(s->name, "ssl") == 0 && i < all->count; i++)
		all->list[i].tls = all->list[i].tls || all->list[i].open;
}

void config_servers_include(struct config_scan *s)
{
	struct config_servers *all = &s->servers;
	size_t i;

	if (!(config_place(s) & PLACE_SERVER))
		return;
	for (i = 0; i < all->count; i++) {
		struct config_server *server = &all->list[i];

		if (server->open)
			add_word(all, &server->includes, &server->include_count, s->word,
				 strlen(s->word));
	}
}

static void add_listen(struct config_servers *all, struct config_server *server,
		       const char *address)
{
	struct config_server_listen *listen =
		lengthen(all, server->listens, server->listen_count, sizeof(*listen));

	if (!listen)
		return;
	server->listens = listen;
	listen += server->listen_count;
	listen->tls = all->tls;
	listen->http2 = all->http2;
	listen->proxy_protocol = all->proxy_protocol;
	listen->is_default = all->is_default;
	listen->address = strdup(address);
	if (listen->address)
		server->listen_count++;
	else
		all->more = true;
}

void config_servers_listen(struct config_scan *s, const char *address)
{
	struct config_servers *all = &s->servers;
	size_t i;

	if (!(config_place(s) & PLACE_SERVER))
		return;
	for (i = 0; i < all->count; i++) {
		struct config_server *server = &all->list[i];

		if (!server->open)
			continue;
		server->listens_unread = server->listens_unread || !address;
		if (address)
			add_listen(all, server, address);
	}
	if (!address && !s->of_quic && !s->datagram)
		all->more = true;
}

static void free_words(char **list, size_t count)
{
	while (count)
		free(list[--count]);
	free(list);
}

void config_servers_free(struct config_scan *s)
{
	struct config_servers *all = &s->servers;

	while (all->count) {
		struct config_server *server = &all->list[--all->count];

		free_words(server->names, server->name_count);
		free_words(server->includes, server->include_count);
		while (server->listen_count)
			free(server->listens[--server->listen_count].address);
		free(server->listens);
	}
	free(all->list);
	all->list = NULL;
}
