/* The only place that knows libsystemd, and tells packagers' tools that it is wanted. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "init/dlopen_note.h"
#include "init/libsystemd.h"

DLOPEN_NOTE(
	libsystemd_note,
	"[{\"soname\":[\"libsystemd.so.0\"],\"feature\":\"systemd\",\"description\":\"Writes entries with fields to the journal\",\"priority\":\"recommended\"}]");

/* POSIX has dlsym() give functions as void *; ISO C does not let one be cast to the other. */
static bool take(void *library, const char *name, void *ret_function)
{
	void *symbol = dlsym(library, name);

	memcpy(ret_function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

const struct libsystemd *libsystemd_open(char *ret_why, unsigned size)
{
	static struct libsystemd lib;
	static void *library;
	const char *why;

	if (library)
		return &lib;
	library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (library && take(library, "sd_pid_notify", &lib.pid_notify) &&
	    take(library, "sd_journal_sendv", &lib.journal_sendv)) {
		(void)take(library, "sd_notify_barrier", &lib.notify_barrier);
		return &lib;
	}
	why = dlerror();
	(void)snprintf(ret_why, size, "%s", why ? why : "libsystemd.so.0 cannot be used");
	if (library)
		(void)dlclose(library);
	library = NULL;
	return NULL;
}
