/*
 * A set-uid program of root's, such as a machine has a dozen of, that takes on root's id in full
 * and then waits: started by anybody with a master's argv[0], it reads "0 0 0 0". With
 * SET_UID_MIXED in the environment it stays as it was started, like su(1) that waits for a
 * password.
 */
#define _GNU_SOURCE /* setresuid */
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "witness.h"

int main(int argc, char **argv)
{
	(void)argc;
	if (witness_answers(argv))
		return 0;
	witness("started set_uid %d %d %s", (int)getuid(), (int)geteuid(), argv[0]);
	if (!getenv("SET_UID_MIXED") &&
	    (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return 1;
	witness_pid_file();
	witness_signals("set_uid");
	for (;;)
		(void)pause();
}
