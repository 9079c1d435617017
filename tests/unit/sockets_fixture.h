/* Sockets for tests, and files of a /proc of fixtures. */
#ifndef SOCKETS_FIXTURE_H
#define SOCKETS_FIXTURE_H

#include <arpa/inet.h>
#include <stdint.h>
#include <sys/socket.h>

#include "folder.h"

static inline uint64_t inode_of(int fd)
{
	struct stat st;

	must(fstat(fd, &st) == 0, "fstat");
	return st.st_ino;
}

/* A socket that is bound, with SO_REUSEPORT; TCP listens. *port 0: any port, which is then set. */
static inline int inet_socket(int family, int type, const char *ip, unsigned *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a;
	socklen_t size = family == AF_INET ? sizeof(a.four) : sizeof(a.six);
	int one = 1;
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	memset(&a, 0, sizeof(a));
	a.any.sa_family = (sa_family_t)family;
	a.four.sin_port = htons((uint16_t)*port); /* at the same offset as sin6_port */
	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) == 0, "socket");
	must(inet_pton(family, ip,
		       family == AF_INET ? (void *)&a.four.sin_addr : (void *)&a.six.sin6_addr) ==
		     1,
	     ip);
	must(bind(fd, &a.any, size) == 0 && getsockname(fd, &a.any, &size) == 0, "bind");
	must(type != SOCK_STREAM || listen(fd, 64) == 0, "listen");
	*port = ntohs(a.four.sin_port);
	return fd;
}

static inline void put_text(const char *name, const char *text)
{
	(void)folder_file(name, text, strlen(text), 0600);
}

#endif
