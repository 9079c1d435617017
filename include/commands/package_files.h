/*
 * Digests by which a hook recognises the files that an earlier hook has dealt with. The digest of a
 * file covers its path, device, inode, size, change time and bytes; of a file that is missing its
 * path alone.
 */
#ifndef COMMANDS_PACKAGE_FILES_H
#define COMMANDS_PACKAGE_FILES_H

#include "nginx/master.h"
#include "os/sha256.h"

/*
 * The files at the paths of the master's binary and of each module that it has mapped. m NULL: the
 * file at `nginx` alone.
 */
void package_files_digest(const struct master *m, const char *nginx, struct digest *ret);

/*
 * Names, inodes and times of all files in the folder of the master's configuration file, and below
 * it: a later package of the transaction may bring a file that the first test of the configuration
 * missed. Zero where m is NULL, or its configuration file is unknown.
 */
void package_configuration_digest(const struct master *m, struct digest *ret);

#endif
