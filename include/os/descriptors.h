/*
 * Room for open files. Where it is short every look fails in its own way, and what fails first
 * differs from run to run: so it is made, or refused, before anything else.
 *
 *	descriptors_make_room (once) ... in a child, before it executes: descriptors_give_back
 */
#ifndef OS_DESCRIPTORS_H
#define OS_DESCRIPTORS_H

/*
 * Raises the limit of this process where fewer than `needed` are free: up to the hard limit, and
 * that too, where we may (CAP_SYS_RESOURCE). 0; -EMFILE: *ret_limit is the limit, *ret_wanted what
 * it would have to be; -errno.
 */
int descriptors_make_room(unsigned needed, unsigned *ret_limit, unsigned *ret_wanted);

/* The limits that we were started with: what we execute never sees those that we made. */
void descriptors_give_back(void);

#endif
