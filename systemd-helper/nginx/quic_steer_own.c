/* Keeps nginx's own programs loaded by holding a descriptor of each. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "nginx/quic_steer_own.h"
#include "nginx/quic_steer_program.h"

static struct own {
	uint32_t map;
	int program;
} * list;
static size_t count;

void steer_own_keep(uint32_t map, int program)
{
	struct own *longer = realloc(list, (count + 1) * sizeof(*longer));

	if (!longer) {
		(void)close(program);
		return;
	}
	list = longer;
	list[count].map = map;
	list[count++].program = program;
}

int steer_own_give(uint32_t map, int by_id)
{
	size_t i;
	int program;

	for (i = 0; map && i < count; i++) {
		if (list[i].map != map)
			continue;
		program = list[i].program;
		list[i] = list[--count];
		return program;
	}
	return steer_by_id_make(by_id);
}
