/*
 * Several files put in place as one: all are copied beside where they belong, then renamed one
 * after the other, and all of that can be taken back, to the very files that stood there before.
 *
 *	swap_begin -> swap_add ... -> swap_commit -> (swap_undo) -> swap_end
 *
 * In the folder of each: .nginx-handover.XXXXXX, the copy, and another name of what stands there
 * (nginx/place.h). Both are gone after swap_end(); of a run that is killed they are swept by the
 * next one, and each file is the old or the new one, whole.
 */
#ifndef NGINX_SWAP_H
#define NGINX_SWAP_H

#include "nginx/place.h"

struct swap_file {
	struct place place;
	struct temporary copy;
	struct temporary former; /* of what stands there; none where nothing does */
	bool done;               /* the copy has been renamed */
};

struct swap {
	size_t count;
	size_t room;
	struct swap_file *files;
};

void swap_begin(struct swap *s);

/*
 * The content of `from`, which is shown as from_path, is to stand at target: an absolute path
 * below root, as in place_open(). Owner, mode and attributes are those of `from`, which must be
 * trusted, and so must the folder and what stands there, which must be a regular file or nothing.
 * 1; 0: those bytes stand there already, it is left alone; -errno with the error noted:
 * -EOPNOTSUPP also where there is no way to keep what stands there for an undo.
 */
int swap_add(struct swap *s, const struct believed *b, const char *root, const char *target,
	     int from, const char *from_path, struct install_error *err);

/* 0, or -errno with the error noted, and everything as before. */
int swap_commit(struct swap *s, struct install_error *err);

/* Every file as before. 0, or the first -errno with the error noted; the others are put back all
 * the same. */
int swap_undo(struct swap *s, struct install_error *err);

/* What was committed stays, all else is dropped. Harmless after swap_begin(). */
void swap_end(struct swap *s);

#endif
