/* Several programs are started; when one cannot be, the others are abandoned. */
#define _GNU_SOURCE
#include "door_fixture.h"

int main(void)
{
	struct actor ourselves = actor_ourselves();
	struct program sh = door_program("/bin/sh");
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"exec tail -f /dev/null", NULL};
	struct door_spec spec = {.program = &sh, .actor = &ourselves, .argv = argv, .wake_fd = -1};
	struct running c;
	pid_t pid;

	must(door_start(&spec, &c) == 0, "door_start");
	pid = c.pid;
	door_abandon(&c);
	ok(kill(pid, 0) < 0 && errno == ESRCH, "it has ended, and was waited for");
	door_abandon(&c); /* it has ended before */
	ok(c.pid == 0 && c.err < 0 && c.failure < 0, "and nothing of it is left");
	program_close(&sh);
	return tap_end();
}
