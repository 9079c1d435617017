/* The text of an errno value, for people. */
#ifndef OS_ERROR_TEXT_H
#define OS_ERROR_TEXT_H

/*
 * As strerror(3). Where a limit was reached, the text adds which one, and how to raise it. error is
 * positive.
 */
const char *error_text(int error);

#endif
