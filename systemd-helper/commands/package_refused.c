/*
 * An upgrade that is called in a transaction after our own hook has run in it: needrestart(1) does
 * that in a hook of apt. What our hook has refused is not tried again: a second failure might cost
 * the clients once more what the first one did.
 */
#include <unistd.h>

#include "commands/package_memory.h"
#include "commands/session.h"
#include "core/world.h"
#include "os/exit_code.h"
#include "os/sha256.h"
#include "os/transaction.h"

/* Whether the files are the same; after a refused configuration, the configuration files, too. */
static bool is_about(const struct package_note *before, const struct package_note *now)
{
	return digest_equal(&before->files, &now->files) &&
	       (before->code != EXIT_CONFIG ||
		digest_equal(&before->configuration, &now->configuration));
}

bool package_was_refused(const struct session *s, int *ret_code)
{
	const struct world *w = &s->run.world;
	struct transaction t = transaction_of(getppid());
	struct package_note before;
	struct package_note now;

	if (!t.pid || !package_note_read(&s->site, &before) ||
	    before.kind != PACKAGE_KIND_REFUSED || !transaction_same(&before.transaction, &t))
		return false;
	package_note_begin(&t, &now);
	package_note_files(&w->old_master, w->target, &now);
	if (!is_about(&before, &now))
		return false;
	*ret_code = before.code;
	return true;
}
