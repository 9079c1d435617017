/* The table of what the relatives of nginx name in another way, and the functions that read it. */
#include <string.h>

#include "nginx/build_info.h"
#include "nginx/flavour.h"
#include "os/procfs.h"

#define NGINX_FILES   "/usr/local/nginx", "sbin/nginx", "conf/nginx.conf", "logs/nginx.pid"
#define TENGINE_FILES "/usr/local/tengine", "sbin/tengine", "conf/tengine.conf", "logs/tengine.pid"
#define ANGIE_FILES   "/usr/local/angie", "sbin/angie", "conf/angie.conf", "logs/angie.pid"

/* The newest of each product comes first. An unknown product is taken for the first entry. */
static const struct flavour flavours[] = {
	{"nginx", "", "nginx", "NGINX", false, NGINX_FILES},
	{"freenginx", "", "nginx", "NGINX", false, NGINX_FILES},
	{"openresty", "", "nginx", "NGINX", false, NGINX_FILES},
	{"Tengine", "3.2.0", "nginx", "NGINX", false, TENGINE_FILES},
	{"Tengine", "", "nginx", "NGINX", false, NGINX_FILES},
	{"Angie", "1.2.0", "angie", "ANGIE", true, ANGIE_FILES}, /* numbered from 1.3.0 */
	{"Angie", "", "Angie", "ANGIE", false, ANGIE_FILES},
};

static const char *const usual_places[] = {
	"/usr/sbin/nginx",
	"/usr/local/nginx/sbin/nginx",
	"/usr/local/sbin/nginx",
	"/usr/local/openresty/nginx/sbin/nginx",
	"/opt/nginx/sbin/nginx",
	"/usr/sbin/angie",
	"/usr/local/angie/sbin/angie",
	"/usr/sbin/tengine",
	"/usr/local/tengine/sbin/tengine",
};

/* "-debug": packages of nginx.org, OpenResty and Angie install it beside the usual binary. */
static const char *const executables[] = {
	"nginx", "freenginx",   "openresty",       "tengine",
	"angie", "nginx-debug", "openresty-debug", "angie-debug",
};

enum {
	FLAVOURS = sizeof(flavours) / sizeof(flavours[0]),
	PLACES = sizeof(usual_places) / sizeof(usual_places[0]),
	EXECUTABLES = sizeof(executables) / sizeof(executables[0])
};

const struct flavour *flavour_of_product(const char *product, const char *version)
{
	size_t i;

	for (i = 0; i < FLAVOURS; i++) {
		if (strcmp(product, flavours[i].product) == 0 &&
		    version_compare(version, flavours[i].since) >= 0)
			return &flavours[i];
	}
	return &flavours[0];
}

const struct flavour *flavour_of_title(const char *title, const char **ret_rest)
{
	size_t i;

	for (i = 0; i < FLAVOURS; i++) {
		size_t length = strlen(flavours[i].title);

		if (strncmp(title, flavours[i].title, length) == 0 &&
		    strncmp(title + length, ": ", 2) == 0) {
			*ret_rest = title + length + 2;
			return &flavours[i];
		}
	}
	return NULL;
}

bool flavour_inherits_from(const struct flavour *after, const struct flavour *before)
{
	return strcmp(after->variable, before->variable) == 0;
}

static bool is_variable(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < FLAVOURS; i++) {
		size_t n = strlen(flavours[i].variable);

		if (length > n && memcmp(text, flavours[i].variable, n) == 0 && text[n] == '=')
			return true;
	}
	return false;
}

bool flavour_is_handed_sockets(const char *environment, size_t length)
{
	const char *end = environment + length;
	const char *p = environment;

	while (p < end) {
		const char *next = memchr(p, '\0', (size_t)(end - p));

		if (is_variable(p, (size_t)(end - p)))
			return true;
		p = next ? next + 1 : end;
	}
	return false;
}

const char *flavour_usual_place(size_t i)
{
	return i < PLACES ? usual_places[i] : NULL;
}

/* What may follow the name: nothing, " (deleted)" from the kernel, ".old" from "make install", or a
 * version with or without a dot. */
static bool is_usual_ending(const char *rest)
{
	return !*rest || *rest == '.' || (*rest >= '0' && *rest <= '9') ||
	       strcmp(rest, PROCFS_DELETED) == 0;
}

bool flavour_is_executable_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t i;

	for (i = 0; i < EXECUTABLES; i++) {
		size_t length = strlen(executables[i]);

		if (strncmp(name, executables[i], length) == 0 && is_usual_ending(name + length))
			return true;
	}
	return false;
}
