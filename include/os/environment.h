/*
 * The environment that a process was started with, also where its title has been written over it.
 *
 * An nginx writes its title into the memory of its arguments and environment, which
 * /proc/PID/environ shows. But before, it copies the variables elsewhere and has the array of
 * pointers on its first stack lead to the copies (nginx: ngx_init_setproctitle), so they are read
 * by way of that array.
 */
#ifndef OS_ENVIRONMENT_H
#define OS_ENVIRONMENT_H

#include <sys/types.h>

enum { ENVIRONMENT_ENTRIES = 1024, ENVIRONMENT_BYTES = 256 * 1024 };

/*
 * *ret: an array of strings ended by NULL, for environment_free(). It has no entry where nothing
 * can be read: neither its memory (before Linux 2.6.39, or no permission) nor an environment that
 * was not written over. 0; -ENOMEM; -ESRCH: the process is gone, or has executed something
 * meanwhile.
 */
int environment_of(pid_t pid, char ***ret);

/* Accepts NULL. */
void environment_free(char **environment);

#endif
