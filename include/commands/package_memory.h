/*
 * What one hook of a package transaction notes for the next: which files it was about, by identity
 * and bytes, and what came of them. There is one note (os/note.h) for each nginx, by its pid file.
 * It is valid until the next boot. "upgrade" never writes it; and reads it only below a package
 * manager, see package_was_refused().
 *
 *	package 1
 *	BOOT MANAGER START SECONDS KIND CODE FLAGS FILES CONFIGURATION
 *
 * MANAGER and START are pid and start time of the package manager; FLAGS two digits, handed_over
 * and served; FILES and CONFIGURATION digests in hexadecimal.
 */
#ifndef COMMANDS_PACKAGE_MEMORY_H
#define COMMANDS_PACKAGE_MEMORY_H

#include <stdint.h>

#include "commands/session.h"
#include "commands/site.h"
#include "nginx/master.h"
#include "os/sha256.h"
#include "os/transaction.h"

enum package_kind {
	PACKAGE_KIND_DONE = 'd',    /* handed over */
	PACKAGE_KIND_REFUSED = 'r', /* refused or undone; see code */
	PACKAGE_KIND_TOLD = 't'     /* nothing was tried; a message was printed */
};

struct package_note {
	char boot[40]; /* the kernel's id of the boot */
	struct transaction transaction;
	uint64_t seconds;            /* since 1970: when it was written */
	char kind;                   /* enum package_kind */
	int code;                    /* exit code of that run */
	bool handed_over;            /* by any hook of this transaction */
	bool served;                 /* nginx served at the end of that run */
	struct digest files;         /* package_files_digest() */
	struct digest configuration; /* package_configuration_digest() */
};

/* Fills *ret for this boot, transaction and moment, with PACKAGE_KIND_TOLD. */
void package_note_begin(const struct transaction *t, struct package_note *ret);

/* Fills in the digests. m: the master that runs; NULL: none does, and the binary at `nginx` alone
 * counts. */
void package_note_files(const struct master *m, const char *nginx, struct package_note *ret);

/* False: there is no note, or it is damaged, or of an earlier boot. */
bool package_note_read(const struct site *site, struct package_note *ret);
void package_note_write(const struct site *site, const struct package_note *note);
void package_note_forget(const struct site *site);

/* The text of a note, and back. Pure. ret has NOTE_MAX bytes. */
void package_note_text(const struct package_note *note, char *ret);
bool package_note_parse(const char *text, struct package_note *ret);

/*
 * Whether both notes are of one transaction. Where neither names a package manager, notes that are
 * less than ten minutes apart count as one transaction's.
 */
bool package_note_same_transaction(const struct package_note *before,
				   const struct package_note *now);

/*
 * For an "upgrade" that is called below a package manager, in an open session: whether a hook of
 * the same transaction has refused the files that are there now, or undone the handover to them.
 * *ret_code: its exit code.
 */
bool package_was_refused(const struct session *s, int *ret_code);

#endif
