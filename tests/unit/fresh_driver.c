/*
 * nginx/quic_fresh.h as a command, for the tests with a real nginx:
 *
 *	fresh_driver MASTER		sends USR2; prints a line with the result
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nginx/quic_fresh.h"
#include "nginx/quic_taken.h"

static int fail(const char *what, int error)
{
	printf("refused: %s: %s\n", what, strerror(-error));
	return 1;
}

int main(int argc, char **argv)
{
	static const struct believed root = {0, NO_USER, NO_GROUP};
	const struct file_id any = {0, 0};
	struct usr2_freshened said = {0, 0, ""};
	struct quic_taken taken = {NULL, 0};
	struct quic_maps maps = {NULL, 0, -1, ""};
	struct subject master;
	struct distrust why;
	bool needed = false;
	int r;

	if (argc != 2 || subject_look(atoi(argv[1]), &root, &master, &why) != 0)
		return fail("master", -EINVAL);
	r = quic_take(&master, NULL, 0, &taken);
	if (!r)
		r = quic_maps_take(&master, &maps);
	if (!r)
		r = quic_fresh_needed(&taken, &maps, &needed);
	quic_taken_free(&taken);
	quic_maps_free(&maps);
	if (r < 0)
		return fail("look", r);
	if (!needed) {
		printf("not needed\n");
		return 0;
	}
	r = quic_fresh_usr2(&master, &any, &said);
	if (r < 0)
		return fail(said.step, r);
	if (said.error)
		printf("ordinary: %s: %s\n", said.step, strerror(-said.error));
	else
		printf("fresh in %" PRIu64 " us\n", said.took_us);
	subject_close(&master);
	return 0;
}
