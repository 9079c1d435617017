/* The addresses that a configuration listens on, and the servers that name none. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "nginx/config_scan.h"
#include "nginx/config_scan_private.h"
#include "os/socket_address.h"

/* nginx's default where `listen` of http names no port (nginx: ngx_http_core_listen). */
#define DEFAULT_PORT "80"

/* Writes "80" or "8000-8010" without leading zeros. False: these are no ports. */
static bool parse_ports(const char *text, char *ret, size_t size)
{
	unsigned long first, last;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	first = last = strtoul(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		last = strtoul(end + 1, &end, 10);
	if (*end || first < 1 || last > 65535 || first > last)
		return false;
	if (strchr(text, '-'))
		(void)snprintf(ret, size, "%lu-%lu", first, last);
	else
		(void)snprintf(ret, size, "%lu", first);
	return true;
}

/* Cuts "ADDRESS:PORT" in two, in place. False: the address is a host name or makes no sense. */
static bool cut_at_port(char *text, const char **ret_port)
{
	struct in6_addr address;
	char *colon;

	*ret_port = DEFAULT_PORT;
	if (*text == '[') {
		colon = strchr(text, ']');
		if (!colon)
			return false;
		*colon = '\0';
		if (inet_pton(AF_INET6, text + 1, &address) != 1)
			return false;
		*colon++ = ']';
		if (*colon && *colon != ':')
			return false;
	} else {
		colon = strchr(text, ':');
		colon = colon ? colon : text + strlen(text);
	}
	if (*colon) {
		*ret_port = colon + 1;
		*colon = '\0';
	}
	return *text == '[' || strcmp(text, "*") == 0 || inet_pton(AF_INET, text, &address) == 1;
}

/* Writes the address in the form of config_scan.listen (nginx: ngx_parse_url, with `listen` set).
 * Changes `text`. False: the address cannot be known. */
static bool normalise(char *text, char *ret, size_t size)
{
	const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	const char *port;
	char number[48];

	if (strchr(text, '$'))
		return false;
	if (strncasecmp(text, SOCKET_ADDRESS_UNIX, strlen(SOCKET_ADDRESS_UNIX)) == 0) {
		text += strlen(SOCKET_ADDRESS_UNIX);
		(void)snprintf(ret, size, SOCKET_ADDRESS_UNIX "%s", text);
		return *text && strlen(text) < most;
	}
	if (parse_ports(text, number, sizeof(number)))
		(void)snprintf(ret, size, "*:%s", number);
	else if (cut_at_port(text, &port) && parse_ports(port, number, sizeof(number)))
		(void)snprintf(ret, size, "%s:%s", text, number);
	else
		return false;
	return true;
}

static int keep_listen(struct config_scan *s, const char *text)
{
	char **more;
	size_t i;

	for (i = 0; i < s->listen_count; i++) {
		if (strcmp(s->listen[i], text) == 0)
			return 0;
	}
	if (s->listen_count == CONFIG_LISTEN_MAX) {
		s->listen_unknown = true;
		return 0;
	}
	more = realloc(s->listen, (s->listen_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->listen = more;
	more[s->listen_count] = strdup(text);
	if (!more[s->listen_count])
		return -ENOMEM;
	s->listen_count++;
	return 0;
}

/* `reuseport` at one server is for all servers of the address (nginx: ngx_http_add_addresses). */
static int keep_quic(struct config_scan *s, const char *text)
{
	struct config_quic *more;
	size_t i;

	for (i = 0; i < s->quic_count; i++) {
		if (strcmp(s->quic[i].address, text) != 0)
			continue;
		s->quic[i].reuseport = s->quic[i].reuseport || s->reuseport;
		return 0;
	}
	if (s->quic_count == CONFIG_LISTEN_MAX)
		return 0; /* as with all addresses: keep_listen() tells that there are more */
	more = realloc(s->quic, (s->quic_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->quic = more;
	more[s->quic_count].reuseport = s->reuseport;
	more[s->quic_count].address = strdup(text);
	if (!more[s->quic_count].address)
		return -ENOMEM;
	s->quic_count++;
	return 0;
}

/* A `listen` counts directly in a server block, or in a file that may be included in one. */
int config_listen(struct config_scan *s)
{
	char text[256]; /* an address, or the path of a socket */

	if (s->depth ? s->depth != s->server_depth : s->level == CONFIG_MAIN)
		return 0;
	s->server_listens = true;
	s->server_datagrams = s->server_datagrams || (s->datagram && !s->of_quic);
	s->reuseport_streams =
		s->reuseport_streams || (s->reuseport && !s->of_quic && !s->datagram);
	if (strlen(s->word) > 200 || !normalise(s->word, text, sizeof(text) - 4)) {
		s->listen_unknown = true;
		config_servers_listen(s, NULL);
		return 0;
	}
	config_servers_listen(s, s->of_quic || s->datagram ? NULL : text);
	if (s->of_quic) {
		int r = keep_quic(s, text);

		if (r < 0)
			return r;
	}
	if (s->of_quic || s->datagram)
		(void)strcat(text, "/udp");
	return keep_listen(s, text);
}

void config_responses(struct config_scan *s)
{
	if (s->server_depth)
		s->server_responses = true;
	else
		s->responses = true;
}

void config_block_begins(struct config_scan *s)
{
	config_servers_block(s);
	s->http = s->http || (s->word_index == 1 && strcmp(s->name, "http") == 0);
	if (s->word_index != 1 || strcmp(s->name, "server") != 0)
		return;
	s->server_depth = s->depth;
	s->server_listens = false;
	s->server_includes = false;
	s->server_datagrams = false;
	s->server_responses = false;
}

/* At the end of a server block without `listen`: a file that it includes may have one or not. */
void config_block_ends(struct config_scan *s)
{
	config_servers_block_ends(s);
	if (!s->server_depth || s->depth != s->server_depth)
		return;
	s->server_depth = 0;
	if (s->server_datagrams && !s->server_responses && !s->server_includes)
		s->unbounded_udp = true;
	if (s->server_listens)
		return;
	if (s->server_includes)
		s->listen_unknown = true;
	else
		s->default_listen = true;
}

void config_listen_free(struct config_scan *s)
{
	while (s->listen_count)
		free(s->listen[--s->listen_count]);
	free(s->listen);
	s->listen = NULL;
	while (s->quic_count)
		free(s->quic[--s->quic_count].address);
	free(s->quic);
	s->quic = NULL;
}
