/* Addresses of sockets as text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "os/socket_address.h"

const char *socket_address_path(const char *text)
{
	size_t length = sizeof(SOCKET_ADDRESS_UNIX) - 1;

	return strncmp(text, SOCKET_ADDRESS_UNIX, length) == 0 ? text + length : NULL;
}

bool socket_address_is_wildcard(const unsigned char ip[16])
{
	static const unsigned char zero[16];

	return memcmp(ip, zero, sizeof(zero)) == 0;
}

const char *socket_address_text(int family, const unsigned char *ip, unsigned port,
				const char *path, char *ret, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	ret[0] = '\0';
	if (family == AF_UNIX)
		(void)snprintf(ret, size, SOCKET_ADDRESS_UNIX "%s", path);
	else if (inet_ntop(family, ip, text, sizeof(text)))
		(void)snprintf(ret, size, family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
	return ret;
}
