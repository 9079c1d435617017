/*
 * The limit on open files (RLIMIT_NOFILE). Where too few descriptors are free, different calls fail
 * in different runs. So the limit is raised, or the run refused, before anything else.
 *
 *	descriptors_make_room (once) ... in a child, before its exec: descriptors_restore_limit
 */
#ifndef OS_DESCRIPTORS_H
#define OS_DESCRIPTORS_H

/*
 * Raises the limit of this process if fewer than `needed` descriptors are free. The hard limit is
 * raised, too, if needed and permitted (CAP_SYS_RESOURCE). 0; -EMFILE: not permitted, *ret_limit is
 * the hard limit and *ret_wanted what it would have to be; or -errno.
 */
int descriptors_make_room(unsigned needed, unsigned *ret_limit, unsigned *ret_wanted);

/* Sets the limits that this process was started with: what we execute must not inherit ours. */
void descriptors_restore_limit(void);

#endif
