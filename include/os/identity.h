/*
 * Whom this run acts as. Root that works on an ordinary user's nginx becomes that user for every
 * look into files, every execution and every signal (real and effective ids; root stays only the
 * saved one), and is root again only between identity_lift() and identity_lower(), for what is
 * root's own: its lock folder, the init system, a folder that root alone can write, and looks into
 * /proc.
 *
 * Where the run is nobody else, lift and lower do nothing. credentials(7), setresuid(2), kill(2).
 */
#ifndef OS_IDENTITY_H
#define OS_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Becomes that user with that group and no other, until the run ends. 0 or -errno; -EINVAL: to be
 * root is not to become somebody; -EALREADY: the run is another user's already. After a failure the
 * run must end: part of it may be done.
 */
int identity_become(uid_t uid, gid_t gid);

/*
 * They nest. errno is kept. A failure to go down again ends the program; one to go up leaves the
 * user's rights, and what needed more is refused by the kernel.
 */
void identity_lift(void);
void identity_lower(void);

/* The user that this run acts as, whether lifted or not. */
uid_t identity_user(void);

/* Whether identity_become() has made this run somebody else's. */
bool identity_became(void);

/*
 * In a child that is about to execute something, which then is that user for good, root not even
 * as the saved id: 0 or -errno, with which it must not go on. Does nothing where the run is nobody
 * else. identity_forget() is for a child that becomes somebody by itself: it is root again, as the
 * run was when it was started, and lift and lower do nothing any more.
 */
int identity_drop(void);
int identity_forget(void);

#endif
