/*
 * For the tests of trusted paths: a folder of root for each layout, and walks in both forms, with
 * O_PATH and without. path_begin -> layout -> ... -> path_end. Needs root.
 */
#ifndef PATH_FIXTURE_H
#define PATH_FIXTURE_H

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "trust/path_private.h"

enum { WWW = 33, MALLORY = 65533, STAFF = 65532 };

static char top[64];
static unsigned number; /* of this layout; also the name of its folder */
static unsigned layouts;

static const struct believed root_alone = {0, NO_USER, NO_GROUP};

/* A path in the folder of this layout; valid until the eighth call after this one. */
static inline const char *in(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	(void)snprintf(path, PATH_MAX, "%s/%u%s%s", top, number, *name ? "/" : "", name);
	return path;
}

static inline void layout(void)
{
	number++;
	layouts++;
	must(mkdir(in(""), 0755) == 0, "mkdir");
}

static inline void own(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	must(lchown(in(name), uid, gid) == 0 && chmod(in(name), mode) == 0, name);
}

static inline void make_folder(const char *name, uid_t uid, mode_t mode)
{
	must(mkdir(in(name), 0700) == 0, name);
	own(name, uid, uid, mode);
}

static inline void make_file(const char *name, uid_t uid, mode_t mode)
{
	int fd = open(in(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, uid ? "evil\n" : "good\n", 5) == 5 && close(fd) == 0, name);
	own(name, uid, uid, mode);
}

static inline void make_link(const char *name, const char *target, uid_t uid)
{
	must(symlink(target, in(name)) == 0 && lchown(in(name), uid, uid) == 0, name);
}

static const char *root = ""; /* of the walks that follow */
static struct distrust why;
static char said[2 * PATH_MAX];

static inline void named(char *ret, size_t size, const char *name, bool o_path, const char *what)
{
	(void)snprintf(ret, size, "%s, %s: %s", name, o_path ? "O_PATH" : "2.6.32", what);
}

/* The walk must succeed in both forms and lead to `want`. */
static inline void good(const struct believed *b, const char *path, unsigned flags,
			const char *want, const char *name)
{
	char text[256];
	int form;

	for (form = 1; form >= 0; form--) {
		struct trusted t;
		int r = trusted_open_in_form(form, b, root, path, flags, &t, &why);

		named(text, sizeof(text), name, form, "trusted");
		same_number(r, 0, text);
		if (r < 0) {
			tap_line("# ", distrust_text(&why, said, sizeof(said)));
			continue;
		}
		named(text, sizeof(text), name, form, "where it leads");
		same_text(t.path, want, text);
		named(text, sizeof(text), name, form, "its folder");
		ok(strcmp(t.path, "/") == 0 ? t.folder < 0 : t.folder >= 0, text);
		trusted_close(&t);
	}
}

/* Follows the advice until the path is trusted. Returns how many commands that took. */
static inline unsigned follow_advice(const struct believed *b, bool form, const char *path,
				     unsigned flags)
{
	char advice[5 * PATH_MAX];
	struct trusted t;
	unsigned n;

	for (n = 0; n < 9; n++) {
		int r = trusted_open_in_form(form, b, root, path, flags, &t, &why);

		if (!r) {
			trusted_close(&t);
			return n;
		}
		if (!*distrust_advice(&why, advice, sizeof(advice)) || system(advice) != 0)
			break;
	}
	return 0;
}

/* Must be refused in both forms because of `blamed`; unless 0, so many commands correct it. */
static inline void bad(const struct believed *b, const char *path, unsigned flags,
		       enum distrust_kind kind, const char *blamed, unsigned commands,
		       const char *name)
{
	char text[256];
	int form;

	for (form = 1; form >= 0; form--) {
		struct trusted t;
		int r = trusted_open_in_form(form, b, root, path, flags, &t, &why);

		named(text, sizeof(text), name, form, "refused");
		same_number(r, -EPERM, text);
		named(text, sizeof(text), name, form, "the kind");
		same_number(why.kind, kind, text);
		named(text, sizeof(text), name, form, "the path to blame");
		same_text(why.path, blamed, text);
		if (r == 0)
			trusted_close(&t);
	}
	if (!commands)
		return;
	(void)snprintf(text, sizeof(text), "%s: the advice, followed, mends it", name);
	same_number(follow_advice(b, true, path, flags), commands, text);
	good(b, path, flags, path, text);
}

static inline void fails(const char *path, unsigned flags, int want, enum distrust_kind kind,
			 const char *name)
{
	char text[256];
	int form;

	for (form = 1; form >= 0; form--) {
		struct trusted t;

		named(text, sizeof(text), name, form, "the error");
		same_number(trusted_open_in_form(form, &root_alone, root, path, flags, &t, &why),
			    want, text);
		named(text, sizeof(text), name, form, "the kind");
		same_number(why.kind, kind, text);
	}
}

static inline void says(const char *text, const char *advice, const char *name)
{
	char got[5 * PATH_MAX];

	same_text(distrust_text(&why, said, sizeof(said)), text, name);
	same_text(distrust_advice(&why, got, sizeof(got)), advice, name);
}

/* False: we are not root. That is reported, and the test must end. */
static inline bool path_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	if (geteuid() != 0) {
		printf("ok %u - needs root # skip needs root\n", ++tap_count);
		return false;
	}
	(void)umask(022);
	(void)snprintf(top, sizeof(top), "%.40s/path.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(top) != NULL && chmod(top, 0755) == 0, top);
	return true;
}

static inline void path_end(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	must(system(command) == 0, command);
}

#endif
