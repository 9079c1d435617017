/* Sockets for tests, and files of a /proc that is none. */
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

/* Bound, with reuseport, and listening if it is TCP; *port 0: any, which is then told. */
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
	a.four.sin_port = htons((uint16_t)*port); /* the same place in both */
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
