/*
 * Proves workers without a master by where they listen. A worker of another instance may execute
 * the same file, and may hold an address that this nginx would have, too; but not all of them and
 * no others.
 */
#include <stddef.h>

#include "core/strays.h"
#include "core/world.h"
#include "nginx/addresses.h"
#include "nginx/ask_nginx.h"
#include "nginx/master.h"
#include "os/procfs.h"
#include "trust/subject.h"

struct holder {
	const struct addresses *addresses;
	uid_t user;
};

static int holds(pid_t pid, void *arg)
{
	const struct holder *h = arg;

	return master_titled(pid) && subject_has_user(pid, h->user) &&
	       addresses_held_by(h->addresses, pid) > 0;
}

/* Whether a master holds these sockets: then the workers belong to it. */
static bool a_master_holds(const struct addresses *addresses, uid_t user)
{
	struct holder h = {addresses, user};

	return procfs_each(holds, &h) != 0;
}

static void prove_stray(struct stray *stray, const struct addresses *config, uid_t user)
{
	struct addresses its;

	if (addresses_of(stray->process.pid, &its) < 0)
		return;
	/*
	 * The pid file may be from another boot, and the session with that number another nginx's.
	 */
	if (stray->proven)
		stray->proven = config->unknown || !its.count || addresses_meet(&its, config);
	else
		stray->proven = addresses_are(&its, config) && !a_master_holds(&its, user);
	addresses_free(&its);
}

/* Whether only the addresses can prove it, or disprove it. */
static bool is_open(const struct stray *stray)
{
	return !stray->master && (!stray->proven || stray->by_session);
}

void strays_prove(struct strays *s, const struct world *w, struct config_test *t,
		  const char *pid_path)
{
	struct ask_failure why;
	struct addresses config;
	bool asked;
	size_t i;

	for (i = 0; i < s->count && !is_open(&s->list[i]); i++)
		;
	if (i == s->count || config_test_start(t) < 0)
		return;
	asked = config_test_finish(t, &why) == 0 && t->dump;
	config_test_sweep(t, pid_path);
	if (asked && addresses_of_config(&t->scan, w->believed.user == 0, &config) == 0) {
		for (i = 0; i < s->count; i++) {
			if (is_open(&s->list[i]))
				prove_stray(&s->list[i], &config, w->believed.user);
		}
		addresses_free(&config);
	}
	config_test_free(t);
}
