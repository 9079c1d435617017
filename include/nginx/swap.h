/*
 * Puts several files in place together. All are first copied beside their targets, and then renamed
 * one after the other. All of it can be undone: then the same files are there as before.
 *
 *	swap_begin -> swap_add ... -> swap_commit -> (swap_undo) -> swap_end
 *
 * In the folder of each target are two temporary files (nginx/place.h): the copy, and another name
 * of the file that is at the target. swap_end() removes both. If a run is killed, each target is
 * the complete old or new file, and the next run removes the temporary files.
 */
#ifndef NGINX_SWAP_H
#define NGINX_SWAP_H

#include <stddef.h>

#include "nginx/install.h"
#include "nginx/place.h"
#include "trust/path.h"

struct swap_file {
	struct place place;
	struct temporary copy;
	struct temporary former; /* of the file at the target; none if there is no file */
	bool done;               /* the copy has been renamed */
};

struct swap {
	size_t count;
	size_t room;
	struct swap_file *files;
};

void swap_begin(struct swap *s);

/*
 * Prepares a copy of `from` for the target: an absolute path below root, as in place_open().
 * from_path is its path for messages. Owner, mode and attributes are those of `from`. `from`, the
 * folder and the file at the target must be trusted; the latter must be a regular file, or there is
 * none.
 *
 * 1: prepared; 0: a file of that content is there already, and is left alone; -errno with *err
 * filled in: -EOPNOTSUPP also if there is no way to keep the present file for an undo.
 */
int swap_add(struct swap *s, const struct believed *b, const char *root, const char *target,
	     int from, const char *from_path, struct install_error *err);

/* Renames all copies to their targets. 0, or -errno with *err filled in and everything as
 * before. */
int swap_commit(struct swap *s, struct install_error *err);

/* Puts every target back as it was before. 0, or the first -errno with *err filled in; the others
 * are put back all the same. */
int swap_undo(struct swap *s, struct install_error *err);

/* Removes the temporary files and frees everything; what was committed stays. May be called again,
 * and directly after swap_begin(). */
void swap_end(struct swap *s);

#endif
