/* Compares addresses of sockets, for one order. */
#include <string.h>
#include <sys/socket.h>

#include "nginx/socket_place.h"
#include "os/sockets.h"

bool socket_place_serves(const struct socket_row *row)
{
	return row->kind == SOCKET_UDP ? !row->connected && row->port : row->listens;
}

void socket_place_of(const struct socket_row *row, struct socket_place *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = row->kind;
	ret->family = row->family;
	ret->port = row->port;
	memcpy(ret->ip, row->ip, sizeof(ret->ip));
	memcpy(ret->path, row->path, sizeof(ret->path));
}

int socket_place_compare(const void *a, const void *b)
{
	const struct socket_place *x = a;
	const struct socket_place *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->kind == SOCKET_UNIX)
		return strcmp(x->path, y->path);
	return memcmp(x->ip, y->ip, sizeof(x->ip));
}

size_t socket_place_first(const void *list, size_t count, size_t size,
			  const struct socket_place *place)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (socket_place_compare((const char *)list + middle * size, place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool socket_place_same(const struct socket_place *a, const struct socket_place *b)
{
	return socket_place_compare(a, b) == 0 && (a->kind != SOCKET_UNIX || a->path[0]);
}

size_t socket_place_serving(const struct socket_place *place,
			    struct socket_place ret[SOCKET_PLACES_SERVING])
{
	size_t count = 0;

	ret[count++] = *place;
	if (place->kind == SOCKET_UNIX)
		return count;
	ret[count] = *place;
	memset(ret[count++].ip, 0, sizeof(ret[0].ip));
	if (place->family != AF_INET)
		return count;
	ret[count] = ret[count - 1];
	ret[count++].family = AF_INET6;
	return count;
}
