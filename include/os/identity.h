/*
 * The user that this run acts as. When root works on the nginx of an ordinary user, the run becomes
 * that user: real and effective ids are the user's, only the saved ids stay root's. All reading of
 * files, all executions and all signals are done as the user. The run is root again only between
 * identity_lift() and identity_lower(), for what belongs to root: the lock folder, the init system,
 * folders that only root can write, and /proc.
 *
 * Where identity_become() was not called, lift and lower do nothing. credentials(7), setresuid(2).
 */
#ifndef OS_IDENTITY_H
#define OS_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes that user, with that group and no other, until the run ends. 0 or -errno; -EINVAL: the
 * user is root; -EALREADY: the run has become another user before. After a failure the run must
 * end: some of the ids may have changed.
 */
int identity_become(uid_t uid, gid_t gid);

/*
 * Become root, and the user again. Calls nest; errno is kept. If lift fails, the run stays the
 * user, and the kernel refuses what needs root. If lower fails, the program is aborted.
 */
void identity_lift(void);
void identity_lower(void);

/* The user that this run acts as, lifted or not. */
uid_t identity_user(void);

/* Whether this run has become another user by identity_become(). */
bool identity_became(void);

/*
 * For a child, before its exec: becomes the user for good, with the saved ids, too, and without any
 * capability. 0 or -errno: then the child must not execute anything. Does nothing where the run has
 * not become another user.
 */
int identity_drop(void);

/*
 * For a child that changes its ids itself: makes it root again, as the run was at its start. Lift
 * and lower do nothing from then on. 0 or -errno.
 */
int identity_forget(void);

#endif
