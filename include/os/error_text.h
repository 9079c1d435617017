/* What an error of the system means, for people. */
#ifndef OS_ERROR_TEXT_H
#define OS_ERROR_TEXT_H

/*
 * As strerror(3); where a limit was met, which one, and what raises it, in parentheses. error is
 * not negative.
 */
const char *error_text(int error);

#endif
