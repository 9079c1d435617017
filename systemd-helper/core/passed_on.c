/*
 * The environment of a new master. Which variables pass is said by the configuration, and where
 * that is, mostly, by the old binary: it is asked only where the master's environment has anything
 * in it that could matter, since each question costs an exec.
 */
#include <string.h>

#include "core/passed_on.h"
#include "core/search.h"
#include "nginx/config_scan.h"

/*
 * What a program's start and the reading of a configuration can depend on: the dynamic linker, the
 * C library, TLS, the languages that nginx embeds. Others (the caller's shell has dozens) are for
 * the requests at most.
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
