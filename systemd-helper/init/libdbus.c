/* Opens libdbus-1, and tells packagers' tools that it is wanted. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "init/dlopen_note.h"
#include "init/libdbus.h"

DLOPEN_NOTE(
	libdbus_note,
	"[{\"soname\":[\"libdbus-1.so.3\"],\"feature\":\"dbus\",\"description\":\"Asks systemd what it made of a report\",\"priority\":\"recommended\"}]");

static const char *const names[] = {
#define LIBDBUS_NAME(name) "dbus_" #name,
	LIBDBUS_CALLS(LIBDBUS_NAME)
#undef LIBDBUS_NAME
};

enum { CALLS = sizeof(names) / sizeof(names[0]) };

/* The table is filled as an array: it holds function pointers only, in the order of the names. */
static const char *load_calls(void *library, struct libdbus *lib)
{
	void *symbols[CALLS];
	size_t i;

	for (i = 0; i < CALLS; i++) {
		symbols[i] = dlsym(library, names[i]);
		if (!symbols[i])
			return names[i];
	}
	memcpy(lib, symbols, sizeof(symbols));
	return NULL;
}

const struct libdbus *libdbus_open(char *ret_why, unsigned size)
{
	static struct libdbus lib; /* loaded once in a process, and never unloaded */
	static void *library;
	const char *why;

	if (library)
		return &lib;
	library = dlopen("libdbus-1.so.3", RTLD_NOW | RTLD_LOCAL);
	why = library ? load_calls(library, &lib) : dlerror();
	if (library && !why)
		return &lib;
	(void)snprintf(ret_why, size, "%s%s", library ? "libdbus-1.so.3 lacks " : "",
		       why ? why : "libdbus-1.so.3 cannot be used");
	if (library)
		(void)dlclose(library);
	library = NULL;
	return NULL;
}
