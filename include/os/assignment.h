/*
 * Files of NAME=value lines, as shells source them (/etc/sysconfig/NAME), read without a shell:
 * nothing is expanded or executed.
 */
#ifndef OS_ASSIGNMENT_H
#define OS_ASSIGNMENT_H

#include <stdio.h>

/*
 * One line. Pure. 1: name and value (each cut off at nothing: they fit into `size` bytes, or this
 * is no such line), 0: blank or a comment, -1: not NAME=value.
 */
int assignment_parse(const char *line, char *ret_name, char *ret_value, unsigned size);

/* Bytes of a line, without its newline, that can be read. */
#define ASSIGNMENT_LINE_MAX 4095

struct assignment {
	unsigned long line; /* from 1 */
	const char *name;
	const char *value; /* NULL: the line begins NAME=, but cannot be read */
	const char *fault; /* why not: "is longer than 4095 bytes"; else NULL */
};

/* Other than 0 ends the reading. */
typedef int assignment_fn(void *arg, const struct assignment *a);

/*
 * Calls fn for every such line, until it returns other than 0, which is then returned. Lines that
 * are none of the kind may be any shell code and are passed over. NULs do not count, as in shells,
 * but a line with one cannot be read.
 */
int assignments_read(FILE *f, assignment_fn *fn, void *arg);

#endif
