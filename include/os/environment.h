/*
 * The environment that a process was started with, even if its title has overwritten it.
 *
 * nginx writes its title over its arguments and environment, the memory that /proc/PID/environ
 * shows. Before that, it copies the variables elsewhere, and sets the pointers at the start of its
 * stack to the copies (nginx: ngx_init_setproctitle). So the variables are read through these
 * pointers.
 */
#ifndef OS_ENVIRONMENT_H
#define OS_ENVIRONMENT_H

#include <sys/types.h>

enum { ENVIRONMENT_ENTRIES = 1024, ENVIRONMENT_BYTES = 256 * 1024 };

/*
 * *ret: an array of strings that ends with NULL; free it with environment_free(). It is empty where
 * the environment cannot be read: the memory is not readable (Linux before 2.6.39, or no
 * permission), and /proc/PID/environ is overwritten. 0; -ENOMEM; -ESRCH: the process is gone, or
 * has executed another program meanwhile; or -errno of /proc/PID/stat.
 */
int environment_of(pid_t pid, char ***ret);

/* Accepts NULL. */
void environment_free(char **environment);

#endif
