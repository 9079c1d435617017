/*
 * Files of unix sockets that nobody listens on any more. While such a file is there, nginx cannot
 * be started: bind(2) says that the address is in use.
 */
#ifndef NGINX_ABANDONED_H
#define NGINX_ABANDONED_H

#include <stdbool.h>

#include "nginx/config_scan.h"
#include "trust/path.h"

/* Whether a socket is there and refuses a connection. False where that cannot be found out. */
bool socket_is_abandoned(const char *path);

/*
 * Removes the abandoned sockets that a configuration listens on. To be called before a start: when
 * all processes of an nginx were killed, none was left to remove them. A file is left alone where
 * somebody who is not trusted can write to a folder on its path. Returns how many were removed.
 */
unsigned abandoned_sweep(const struct config_scan *scan, const struct believed *believed);

#endif
