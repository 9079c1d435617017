/*
 * The look of CentOS 6's console: words, and at column 60 a mark in brackets. /etc/sysconfig/init
 * says whether there are colours, and where the mark stands (initscripts: functions,
 * sysconfig.txt).
 */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>

enum mark { MARK_OK, MARK_FAILED, MARK_WARNING };

/* "Starting nginx: ", without an end. */
void console_words(const char *words, const char *service);

/* Whether the marks are coloured: lines below them should then be coloured, too. */
bool console_has_colours(void);

/* "[  OK  ]" and the end of the line; with BOOTUP=verbose the end alone. */
void console_mark(enum mark mark);

/* A line of its own. */
void console_line(const char *text);

#endif
