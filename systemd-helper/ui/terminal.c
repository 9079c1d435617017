/* Whether a terminal shows colours, by the kind of device and by the environment; and its size. */
#include <linux/kd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ui/terminal.h"

/* A terminal that is neither a virtual console nor a pseudo terminal is a serial line. */
static bool is_serial(int fd)
{
	enum { UNIX98_PTY_FIRST = 136, UNIX98_PTY_LAST = 143 }; /* devices.txt */
	struct stat st;
	char type;

	if (fstat(fd, &st) < 0)
		return true;
	if (major(st.st_rdev) >= UNIX98_PTY_FIRST && major(st.st_rdev) <= UNIX98_PTY_LAST)
		return false;
	return ioctl(fd, KDGKBTYPE, &type) < 0;
}

bool terminal_takes_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *type = getenv("CONSOLETYPE");
	const char *term = getenv("TERM");

	if (!isatty(fd) || (no_colour && *no_colour))
		return false;
	if ((type && strcmp(type, "serial") == 0) || (term && strcmp(term, "dumb") == 0))
		return false;
	return !is_serial(fd);
}

/* A serial line tells 0 for both. */
void terminal_size(int fd, unsigned *ret_columns, unsigned *ret_lines)
{
	struct winsize size;

	memset(&size, 0, sizeof(size));
	(void)ioctl(fd, TIOCGWINSZ, &size);
	*ret_columns = size.ws_col ? size.ws_col : 80;
	*ret_lines = size.ws_row ? size.ws_row : 24;
}
