/*
 * Whom this run acts as. Root that works on an ordinary user's nginx becomes that user for every look
 * into files, every execution and every signal (real and effective ids; root stays only the saved
 * one), and is root again only between identity_lift() and identity_lower(), for what is root's
 * own: its lock folder, the init system, a folder that root alone can write, and looks into /proc.
 *
 * Where the run is nobody else, each of these does nothing.
 */
#ifndef OS_IDENTITY_H
#define OS_IDENTITY_H

#include <sys/types.h>

/* Becomes that user with that group and no other, until the run ends. 0 or -errno. */
int identity_become(uid_t uid, gid_t gid);

/* They nest. errno is kept. A failure to go down again ends the program. */
void identity_lift(void);
void identity_lower(void);

/* The user that this run acts as, whether lifted or not. */
uid_t identity_user(void);

/* In a child, before it becomes somebody for good: root again, where the run was started as root. */
int identity_drop_mask(void);

#endif
