/*
 * What one hook of a transaction leaves for the next: which files it was about, by identity and by
 * their bytes, and what came of them. It is a note (os/note.h) for each nginx, by its pid file, and
 * counts until the next boot. An admin's own "upgrade" neither reads nor writes it.
 *
 *	package 1
 *	BOOT MANAGER START SECONDS KIND CODE SERVED FILES CONFIGURATION
 */
#ifndef COMMANDS_PACKAGE_MEMORY_H
#define COMMANDS_PACKAGE_MEMORY_H

#include "commands/session.h"
#include "os/sha256.h"
#include "os/transaction.h"

enum package_kind {
	PACKAGE_KIND_DONE = 'd',    /* handed over */
	PACKAGE_KIND_REFUSED = 'r', /* refused or undone; see code */
	PACKAGE_KIND_TOLD = 't'     /* only told */
};

struct package_note {
	char boot[40]; /* the kernel's id of it */
	struct transaction transaction;
	uint64_t seconds; /* since 1970 */
	char kind;
	int code;                    /* with which that run ended */
	bool handed_over;            /* a hook of this transaction has, at any time in it */
	bool served;                 /* nginx did, then */
	struct digest files;         /* the binary, and the modules */
	struct digest configuration; /* names and times in the folder of the configuration file */
};

/* A new one: only that it is told, by this transaction. */
void package_note_begin(const struct transaction *t, struct package_note *ret);

/* About the files of this moment: m is the master that runs; NULL: none, and the binary at `nginx`
 * alone counts. */
void package_note_files(const struct master *m, const char *nginx, struct package_note *ret);

/* False: none, or it is damaged, or of an earlier boot. */
bool package_note_read(const struct site *site, struct package_note *ret);
void package_note_write(const struct site *site, const struct package_note *note);
void package_note_forget(const struct site *site);

/* Its text, and back: pure. ret has NOTE_MAX bytes. */
void package_note_text(const struct package_note *note, char *ret);
bool package_note_parse(const char *text, struct package_note *ret);

/*
 * Whether both are of one transaction. Where it is not known which one called, calls that follow
 * each other within ten minutes are taken for one.
 */
bool package_note_same_transaction(const struct package_note *before,
				   const struct package_note *now);

#endif
