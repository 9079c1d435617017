/*
 * Reads files of NAME=value lines that shells source, too (/etc/sysconfig/NAME). No shell is
 * involved: nothing is expanded or executed.
 */
#ifndef OS_ASSIGNMENT_H
#define OS_ASSIGNMENT_H

#include <stdio.h>

/*
 * Parses one line. Returns 1: *ret_name and *ret_value are set; 0: the line is blank or a comment;
 * -EINVAL: it is not NAME=value. Both buffers have `size` bytes, and nothing is ever truncated: a
 * name or value that does not fit is none. Quotes around the value and blanks behind it are
 * removed. Pure.
 */
int assignment_parse(const char *line, char *ret_name, char *ret_value, unsigned size);

/* The longest line that can be read, in bytes, without its newline. */
#define ASSIGNMENT_LINE_MAX 4095

struct assignment {
	unsigned long line; /* from 1 */
	const char *name;
	const char *value; /* NULL: the line begins with NAME=, but cannot be read */
	const char *wrong; /* why it cannot be read: "is longer than 4095 bytes"; else NULL */
};

/* Returns 0 to go on; any other value ends the reading. *a is valid during the call only. */
typedef int assignment_fn(void *arg, const struct assignment *a);

/*
 * Calls fn for each line that begins with NAME=. Returns 0, or what fn returned to end the reading.
 * All other lines may be any shell code and are skipped. NULs are dropped, as shells do, but a line
 * that holds one is passed to fn as one that cannot be read.
 */
int assignments_read(FILE *f, assignment_fn *fn, void *arg);

#endif
