/*
 * Digests by which a hook knows again what it was about. Of a file: its path, device, inode, size,
 * time of change, and its bytes; where none stands there, that.
 */
#ifndef COMMANDS_PACKAGE_FILES_H
#define COMMANDS_PACKAGE_FILES_H

#include "nginx/master.h"
#include "os/sha256.h"

/* What stands at the path of the binary, and of each module that the master maps. m NULL: at that
 * of nginx alone. */
void package_files_digest(const struct master *m, const char *nginx, struct digest *ret);

/*
 * Names, inodes and times in the folder of the master's configuration file, and below: a package
 * that comes later in a transaction may bring what the first test missed. Zero where there is no
 * master, or its configuration file is not known.
 */
void package_configuration_digest(const struct master *m, struct digest *ret);

#endif
