/* Lists that grow. The room is doubled, so that growing costs little in all. */
#include <stdlib.h>

#include "os/list.h"

enum { FIRST_ROOM = 64 };

void *list_longer(void *list, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : FIRST_ROOM;
	void *longer;

	if (count < *room)
		return list;
	longer = realloc(list, more * size);
	if (longer)
		*room = more;
	return longer;
}
