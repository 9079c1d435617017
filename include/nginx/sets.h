/*
 * A set: a build that served, and the modules that its master had mapped. An nginx loads only
 * modules of its own version, so both are kept together and put back together. The binary of a set
 * is kept as all builds are (nginx/builds.h); here is which modules belong to it, and where each of
 * them is kept: in a record, .NAME.sets.
 *
 *	sets 1
 *	set SECONDS WORD VERSION SIZE SHA256 PATH
 *	module DEVICE INODE SIZE SHA256 PATH
 *	kept PATH
 *
 * SECONDS since 1970 when it was kept; WORD "served"; "left": a rollback has left it; "aside": it
 * stood there and never ran. PATH where the binary stood. A "module" is as it was mapped, at the
 * path from which nginx loads it; a "kept" follows each: the copy, or "-" where none could be made.
 *
 * A copy stands in root's own folder (nginx/rescue.h), else beside the module, and is named by the
 * version of nginx that it belongs to: ngx_mail_module.so.1.22.1. One copy serves all sets that
 *have the same bytes at the same path.
 *
 *	sets_load -> sets_keep_running -> sets_add -> sets_prune -> sets_store
 *	sets_load -> sets_find -> sets_stage -> swap_commit (nginx/swap.h)
 */
#ifndef NGINX_SETS_H
#define NGINX_SETS_H

#include "nginx/builds.h"
#include "nginx/record_text.h"
#include "nginx/swap.h"

enum {
	SETS_KEPT = 3, /* that served, beside what runs */
	SETS_MAX = SETS_KEPT + 4,
	SET_MODULES_MAX = 64,
	SETS_TEXT_MAX = 4 * 1024 * 1024 /* more than all of these lines can take */
};

struct set_module {
	char path[RECORD_PATH_MAX];
	char kept[RECORD_PATH_MAX]; /* "": it is not */
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

/* Large: static storage or the heap. The last one is the latest. */
struct sets {
	size_t count;
	struct set list[SETS_MAX];
};

/* 0; -EBADMSG: it is not such a text, to the byte. *ret is written only on success. */
int sets_parse(const char *text, size_t length, struct sets *ret);

/* Writes the text and returns its length; ret has SETS_TEXT_MAX bytes. */
size_t sets_text(const struct sets *s, char *ret);

/* Whether both are the same binary and the same modules. */
bool set_equal(const struct set *a, const struct set *b);

/* At the end, in place of one that is equal. Where there is no room the first one goes. */
void sets_add(struct sets *s, const struct set *set);

/* The latest set of that build. NULL: none. */
const struct set *sets_find(const struct sets *s, const struct digest *binary);

/* What is kept of the module that was mapped from there as this file. NULL: nothing. */
const struct set_module *sets_mapped(const struct sets *s, const char *path,
				     const struct file_id *id);

/* As served_load() and served_store(). */
int sets_load(const struct builds *b, struct sets *ret, char *ret_path, struct distrust *why);
int sets_store(const struct builds *b, const struct sets *s, struct install_error *err);

/* What could not be kept, for the message. */
struct set_loss {
	unsigned count;
	char path[PATH_MAX];         /* the first of them */
	int error;                   /* -errno of that one, with *failed */
	struct install_error failed; /* why.kind or step say more */
};

/*
 * The modules that this master has mapped, into set->modules, each with the copy that an earlier
 * set has of it, and where there is none with a new one; the rest of *set, its version above all,
 * is filled in before. What can't be kept has no copy, and is told in *ret_loss. 0, or -errno where
 * it is not known what is mapped: then *set is not whole.
 */
int sets_keep_running(const struct builds *b, const struct subject *s, const struct sets *sets,
		      struct set *set, struct set_loss *ret_loss);

/* The same of what stands at the paths of these modules. */
void sets_keep_standing(const struct builds *b, const struct set *of, const struct sets *sets,
			struct set *set, struct set_loss *ret_loss);

/*
 * A descriptor to read the copy, which is what the record says, to the byte. -ENOENT: none;
 * -EBADMSG: it is damaged; -EPERM: not trusted; else -errno. The last two with the error noted.
 */
int sets_open_kept(const struct builds *b, const struct set_module *m, struct install_error *err);

/*
 * How many modules stand otherwise than that master has mapped them, and are now in *swap: to be
 * put back as they run. -errno with the error noted: nothing of it may be committed.
 */
int sets_stage_running(const struct builds *b, const struct subject *s, const struct sets *sets,
		       struct swap *swap, struct install_error *err);

/* How many of a set do not stand as it has them, and one of those; nothing is staged. */
unsigned sets_due(const struct builds *b, const struct set *set, const char **ret_first);

/* The modules of a set that is kept, as sets_stage_running(). */
int sets_stage(const struct builds *b, const struct set *set, struct swap *swap,
	       struct install_error *err);

/*
 * The oldest beyond `keep` go, and of those that stood aside all but the last; and the copies that
 * no set needs any more. How many copies were removed.
 */
unsigned sets_prune(const struct builds *b, struct sets *s, unsigned keep);

#endif
