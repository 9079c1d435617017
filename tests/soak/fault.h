/* What the two halves of fault.so share: fault.c does not start or stay, wrong.c serves wrongly. */
#ifndef SOAK_FAULT_H
#define SOAK_FAULT_H

#include <dlfcn.h>

/* Sets "next" to the function of that name that would have been called without this library. */
#define NEXT(name) (*(void **)&next = dlsym(RTLD_NEXT, name))

/* Whether that is the kind of this binary, in this process. */
int fault_is(const char *kind);

/* "6;7;": from there on these are bound to nothing, and what nginx opens in their place is, too. */
void lose_sockets(const char *inherited);

/* Whether a socket is a listening one that the workers are not to read. */
int wrong_listener(int fd);

#endif
