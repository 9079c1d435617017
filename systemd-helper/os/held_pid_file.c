/* Moves the pid file back that our rpm trigger has moved aside. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "os/held_pid_file.h"

void held_pid_file_put_back(void)
{
	const char *run = access("/run", F_OK) == 0 ? "/run" : "/var/run";
	char held[64], place[64];

	if (geteuid() != 0)
		return;
	/* Only root can write in these folders. link(2) neither replaces nor follows anything. */
	(void)snprintf(held, sizeof(held), "%s/nginx-handover-rpm/nginx.pid", run);
	(void)snprintf(place, sizeof(place), "%s/nginx.pid", run);
	if (link(held, place) == 0 || errno == EEXIST)
		(void)unlink(held);
}
