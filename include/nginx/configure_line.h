/*
 * The arguments for nginx's configure that make a build like another one: the arguments of that
 * build in their order, and those that are to be added. All functions are pure.
 */
#ifndef NGINX_CONFIGURE_LINE_H
#define NGINX_CONFIGURE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "nginx/build_info.h"

enum configure_from {
	CONFIGURE_KEPT,    /* the build has it */
	CONFIGURE_CHANGED, /* the build has it with another value or with none */
	CONFIGURE_ADDED
};

typedef void configure_fn(void *arg, const char *argument, enum configure_from from);

/*
 * Calls fn for each argument of the line, in order. An added argument replaces one of the same
 * name, since configure uses the last one. Only --add-module and --add-dynamic-module may stand
 * several times. An argument that the build has already is not added again.
 */
void configure_line(const struct build_info *b, const char *const *add, size_t adds,
		    configure_fn *fn, void *arg);

/* Whether it may be an argument of configure: an option with a name. */
bool configure_takes(const char *argument);

/*
 * The folder or file of sources that an argument names: of a module, or of a library that is built
 * together with nginx. NULL: it names none. Points into the argument.
 */
const char *configure_source(const char *argument);

/*
 * The argument as one word of a POSIX shell, quoted if needed, as configure itself shows it:
 * --with-cc-opt='-O2 -g'. The caller frees it. NULL: no memory.
 */
char *configure_word(const char *argument);

#endif
