/*
 * A set is a build that served, together with the modules that its master had mapped. An nginx
 * loads only modules of its own version, so both are kept together and put back together. The
 * binary of a set is kept as all builds are (nginx/builds.h). The record .NAME.sets says which
 * modules belong to it, and where a copy of each is kept:
 *
 *	sets 1
 *	set SECONDS WORD VERSION SIZE SHA256 PATH
 *	module DEVICE INODE SIZE SHA256 PATH
 *	kept PATH
 *
 * SECONDS since 1970: when it was kept. WORD: "served"; "left": a rollback has left it; "aside":
 * it was at the path and never ran. PATH: where the binary was. A "module" line is about the
 * mapped file; its PATH is where nginx loads it from. A "kept" line follows each: the path of the
 * copy, or "-" if none could be made.
 *
 * A copy is in root's own folder (nginx/rescue.h), or if that is not possible beside the module.
 * Its name ends in the version of nginx that it belongs to: ngx_mail_module.so.1.22.1. All sets
 * with the same content at the same path share one copy.
 *
 * There are no sets if root acts as an ordinary user: what that user's nginx has mapped, and that
 * user's record, must not decide about files of root, and the user can keep files without us.
 * There are none of an nginx in another root folder either: the paths in its maps are not as it
 * sees them.
 *
 *	sets_load -> sets_keep_running -> sets_add -> sets_prune -> sets_store
 *	sets_load -> sets_find -> sets_stage -> swap_commit (nginx/swap.h)
 */
#ifndef NGINX_SETS_H
#define NGINX_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/record_text.h"
#include "nginx/swap.h"
#include "os/file_id.h"
#include "os/sha256.h"
#include "trust/path.h"
#include "trust/subject.h"

enum {
	SETS_KEPT = 3, /* sets that served, without the running one */
	SETS_MAX = SETS_KEPT + 4,
	SET_MODULES_MAX = 64,
	SETS_TEXT_MAX = 4 * 1024 * 1024 /* more than all of these lines can take */
};

struct set_module {
	char path[RECORD_PATH_MAX];
	char kept[RECORD_PATH_MAX]; /* the copy; "": there is none */
	uint64_t device;            /* as maps shows it (proc(5)); 0: it was not mapped */
	uint64_t inode;
	uint64_t size;
	struct digest digest;
};

enum set_word { SET_SERVED, SET_LEFT, SET_ASIDE };

struct set {
	uint64_t seconds;
	enum set_word word;
	char version[65];
	uint64_t size;
	struct digest binary;
	char path[RECORD_PATH_MAX];
	size_t count;
	struct set_module modules[SET_MODULES_MAX]; /* in the order of their paths */
};

/* Large (near 1 MB): for the heap. The last set is the latest. */
struct sets {
	size_t count;
	struct set list[SETS_MAX];
};

/* 0; -EBADMSG: the text is not exactly such a record; -ENOMEM. *ret is set on success only. */
int sets_parse(const char *text, size_t length, struct sets *ret);

/* Writes the text and returns its length; ret has SETS_TEXT_MAX bytes. */
size_t sets_text(const struct sets *s, char *ret);

/* Whether both are the same binary and the same modules. */
bool set_equal(const struct set *a, const struct set *b);

/* Adds a set at the end, in place of an equal one. If there is no room, the first one is
 * removed. */
void sets_add(struct sets *s, const struct set *set);

void sets_remove(struct sets *s, size_t i);

/* The latest set of that build. NULL: none. */
const struct set *sets_find(const struct sets *s, const struct digest *binary);

/* The module that was mapped from this path as this file and of which a copy is kept. NULL:
 * none. */
const struct set_module *sets_mapped(const struct sets *s, const char *path,
				     const struct file_id *id);

/* As served_load() and served_store(). */
int sets_load(const struct builds *b, struct sets *ret, char *ret_path, struct distrust *why);
int sets_store(const struct builds *b, const struct sets *s, struct install_error *err);

/* Whether there can be sets of this nginx (see above). If not, the calls below do nothing and
 * return 0. */
bool sets_apply(const struct builds *b);

/* Modules that could not be kept, for the message. */
struct set_loss {
	unsigned count;
	char path[PATH_MAX];         /* the first of them */
	int error;                   /* its -errno */
	struct install_error failed; /* what failed with it */
};

/*
 * Puts the modules that this master has mapped into set->modules, each with a copy: that of an
 * earlier set in `sets`, or a new one. The caller has filled in the rest of *set; the version is
 * used here. A module that cannot be kept has no copy, and *ret_loss says so. 0, or -errno: it is
 * not known what is mapped, and *set is not complete.
 */
int sets_keep_running(const struct builds *b, const struct subject *s, const struct sets *sets,
		      struct set *set, struct set_loss *ret_loss);

/* The same with the files that are now at the paths of the modules of `of`. */
void sets_keep_standing(const struct builds *b, const struct set *of, const struct sets *sets,
			struct set *set, struct set_loss *ret_loss);

/*
 * Opens the copy for reading; its content is checked to be what the record says. A descriptor for
 * the caller to close, or -errno with *err filled in: -ENOENT: there is none; -EBADMSG: it is
 * damaged; -EPERM: it is not trusted.
 */
int sets_open_kept(const struct builds *b, const struct set_module *m, struct install_error *err);

/*
 * Stages in *swap each module that this master has mapped and that is not at its path as it was
 * mapped, so that it can be put back. Returns how many, or -errno with *err filled in: then nothing
 * of *swap may be committed.
 */
int sets_stage_running(const struct builds *b, const struct subject *s, const struct sets *sets,
		       struct swap *swap, struct install_error *err);

/* How many modules of the set are not at their paths as it has them; *ret_first: the path of one of
 * these. Nothing is staged. */
unsigned sets_due(const struct builds *b, const struct set *set, const char **ret_first);

/*
 * The same as sets_stage_running() with the modules of a set that is kept. A module whose path has
 * no file any more, and that cannot be put there, is skipped: the test of the configuration will
 * show whether it is needed.
 */
int sets_stage(const struct builds *b, const struct set *set, struct swap *swap,
	       struct install_error *err);

/*
 * Removes the oldest sets until `keep` are left, not counting SET_ASIDE, of which the last one is
 * left; and the copies that no set needs any more. Returns how many copies were removed.
 */
unsigned sets_prune(const struct builds *b, struct sets *s, unsigned keep);

#endif
