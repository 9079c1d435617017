/* What the tests of pid files share: what a look is expected to say. */
#ifndef PID_FILE_FIXTURE_H
#define PID_FILE_FIXTURE_H

#include "folder.h"
#include "nginx/pid_file.h"

#define UNTOUCHED 77

static inline const char *text_of(const struct pid_file *p, enum pid_file_found fault)
{
	static char text[2][PATH_MAX + 256];
	static unsigned turn;

	turn = !turn;
	return pid_file_found_text(p, fault, text[turn], sizeof(text[0]));
}

static inline void looks(struct pid_file *p, enum pid_file_found want, pid_t want_pid,
			 const char *name)
{
	pid_t pid = UNTOUCHED;
	enum pid_file_found got = pid_file_look(p, &pid);

	ok(got == want, name);
	if (got != want)
		tap_line("# got: ", text_of(p, got));
	same_number(pid, want_pid, name);
}

#endif
