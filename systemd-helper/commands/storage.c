/* Memory for what is too large for the stack. */
#include <stdlib.h>

#include "commands/storage.h"
#include "ui/say.h"

void *storage_new(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		say(SAY_ERROR,
		    "out of memory: %zu kB are needed. What to do: see what uses it (\"free -m\"), and the limits on it (\"ulimit -v\", MemoryMax= in a unit), then try again",
		    size / 1024 + 1);
	return memory;
}
