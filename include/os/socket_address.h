/* Addresses of sockets as text, in the form in which nginx writes them: "127.0.0.1:80", "[::1]:80",
 * "unix:/run/x". Pure. */
#ifndef OS_SOCKET_ADDRESS_H
#define OS_SOCKET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define SOCKET_ADDRESS_UNIX "unix:"

/* The path of "unix:PATH", a part of the text; NULL: it is another address. */
const char *socket_address_path(const char *text);

/* Whether it is the wildcard, 0.0.0.0 or [::]. ip: as in struct socket_row. */
bool socket_address_is_wildcard(const unsigned char ip[16]);

/*
 * Writes it. With AF_UNIX `path` counts alone, with AF_INET and AF_INET6 ip (4 or 16 bytes) and
 * port. Returns ret; "": it is of another family.
 */
const char *socket_address_text(int family, const unsigned char *ip, unsigned port,
				const char *path, char *ret, size_t size);

#endif
