/* cgroup files: a name that comes out is one that D-Bus accepts, and a part of what went in. */
#include "fuzz.h"
#include "init/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char *init = strchr(text, '\001');
	char name[UNIT_NAME_SIZE];
	char object[UNIT_NAME_SIZE * 3 + 40];
	enum unit_kind kind;
	const char *p;

	if (init)
		*init++ = '\0';
	memset(name, 'x', sizeof(name));
	kind = unit_of_cgroup(text, init ? init : "", name);
	PROMISE(memchr(name, '\0', sizeof(name)));
	PROMISE((kind == UNIT_NONE) == (name[0] == '\0'));
	PROMISE(strstr(text, name));
	for (p = name; *p; p++)
		PROMISE(*p > ' ' && *p < 0x7f && *p != '/');
	PROMISE(unit_object_path(name, object, sizeof(object)) == 0);
	for (p = object; *p; p++)
		PROMISE(*p == '/' || *p == '_' || (*p >= '0' && *p <= '9') ||
			((*p | 32) >= 'a' && (*p | 32) <= 'z'));
	free(text);
	return 0;
}
