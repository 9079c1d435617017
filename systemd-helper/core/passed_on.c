/*
 * The environment of a new master. The configuration says which variables are passed on, and mostly
 * the old binary says where the configuration is. It is executed for that only where the master's
 * environment has a variable that could matter.
 */
#include <string.h>

#include "core/passed_on.h"
#include "core/search.h"
#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/master.h"
#include "trust/actor.h"

/*
 * Variables that the start of a program and the reading of a configuration can depend on: those of
 * the dynamic linker, the C library, TLS, and the languages embedded in nginx. All others (a shell
 * has dozens) can matter only to requests.
 */
static bool may_matter(const char *variable)
{
	static const char *const families[] = {
		"LD_", "GLIBC_", "MALLOC_", "GCONV_", "OPENSSL_", "LUA_", "PERL5", "NJS_",
	};
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strncmp(variable, families[i], strlen(families[i])) == 0)
			return true;
	}
	return false;
}

bool passed_on_matters(char *const *environment)
{
	for (; environment && *environment; environment++) {
		if (may_matter(*environment))
			return true;
	}
	return false;
}

/* Reads the "env" directives of the configuration file, and of -g. */
static void scan_configuration(const struct master *m, const struct build_info *b,
			       struct config_scan *scan)
{
	char path[PATH_MAX];

	if (m->arguments.directives) {
		(void)config_scan_feed(scan, m->arguments.directives,
				       strlen(m->arguments.directives));
		(void)config_scan_feed(scan, "\n", 1);
	}
	if (search_conf_path(m, b, path) == 0)
		(void)config_scan_file(scan, path);
}

struct actor passed_on(const struct master *m, const struct build_info *b)
{
	static const char *const nothing[] = {NULL};
	struct config_scan scan;
	struct actor as;

	if (!b)
		return actor_of(&m->subject, nothing);
	config_scan_init(&scan);
	scan_configuration(m, b, &scan);
	as = actor_of(&m->subject, (const char *const *)scan.env);
	config_scan_free(&scan);
	return as;
}
