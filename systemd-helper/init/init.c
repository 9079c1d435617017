/* Chooses the adapter by evidence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/adapters.h"
#include "init/init.h"

#define ADDRESS(name) &init_##name,
static const struct init_ops *const adapters[] = {INIT_ADAPTERS(ADDRESS) NULL};
#undef ADDRESS

/* The adapter's table, completed with functions that do nothing. */
static struct init_ops complete(const struct init_ops *adapter)
{
	struct init_ops ops = *adapter;

#define FILL(member)                                                                               \
	if (!ops.member)                                                                           \
	ops.member = init_none.member
	FILL(by);
	FILL(log);
	FILL(evidence);
	FILL(unit);
	FILL(is_part);
	FILL(announce);
	FILL(conclude);
	FILL(state);
	FILL(open);
	FILL(attach);
	FILL(prepare);
	FILL(close);
	FILL(follow);
	FILL(status);
	FILL(settle);
	FILL(exit_code);
	FILL(obstacle);
	FILL(raise_memory);
	FILL(patience);
	FILL(time_left);
	FILL(waits_for);
	FILL(may_be_ours);
	FILL(pid_file);
	FILL(not_ours);
	FILL(examine);
	FILL(limits);
	FILL(believes);
	FILL(note);
	FILL(start);
	FILL(stop);
	FILL(ends_with);
	FILL(down);
	FILL(start_again);
	FILL(adopt);
	FILL(background);
#undef FILL
	return ops;
}

static int become(struct init *init, const struct init_ops *adapter)
{
	init->state = NULL;
	if (adapter->state_size) {
		init->state = calloc(1, adapter->state_size);
		if (!init->state)
			return -ENOMEM;
	}
	init->adapter = adapter;
	init->ops = complete(adapter);
	return 0;
}

static const struct init_ops *named(const struct init_ops *const *among, const char *name)
{
	for (; *among; among++) {
		if (strcmp((*among)->name, name) == 0)
			return *among;
	}
	return &init_none;
}

static const struct init_ops *strongest(const struct init_ops *const *among, const char *service,
					pid_t master)
{
	const struct init_ops *best = &init_none;
	enum init_evidence most = INIT_NO;

	for (; *among; among++) {
		enum init_evidence its = (*among)->evidence(service, master);

		if (its > most) {
			best = *among;
			most = its;
		}
	}
	return best;
}

int init_begin_among(struct init *init, const struct init_ops *const *among, const char *which,
		     const char *service)
{
	int r;

	memset(init, 0, sizeof(*init));
	init->among = among;
	init->service = service;
	init->forced = strcmp(which, "auto") != 0;
	r = become(init, init->forced ? named(among, which) : strongest(among, service, 0));
	if (r == 0)
		init->part = init->ops.is_part();
	return r;
}

int init_begin(struct init *init, const char *which, const char *service)
{
	return init_begin_among(init, adapters, which, service);
}

static void drop_keeper(struct init *init)
{
	if (!init->keeper)
		return;
	init->keeper->ops.close(init->keeper);
	free(init->keeper->state);
	free(init->keeper);
	init->keeper = NULL;
}

/* The attached nginx's own init system, opened. NULL: there is no memory for it. */
static struct init *keeper_of(struct init *init, const struct init_ops *adapter)
{
	struct init *keeper = init->keeper;

	if (keeper && keeper->adapter == adapter)
		return keeper;
	drop_keeper(init);
	keeper = calloc(1, sizeof(*keeper));
	if (!keeper || become(keeper, adapter) < 0) {
		free(keeper);
		return NULL;
	}
	keeper->among = init->among;
	keeper->service = init->service;
	keeper->part = init->part;
	keeper->pid_path = init->pid_path;
	keeper->unnamed = init->unnamed;
	keeper->ops.open(keeper);
	init->keeper = keeper;
	return keeper;
}

static const struct init_ops *adapter_for(const struct init *init, pid_t master)
{
	return init->forced ? init->adapter : strongest(init->among, init->service, master);
}

struct init *init_attach(struct init *init, pid_t master)
{
	const struct init_ops *adapter = adapter_for(init, master);
	struct init *keeper = adapter == init->adapter ? init : keeper_of(init, adapter);

	keeper = keeper ? keeper : init;
	keeper->ops.attach(keeper, master);
	return keeper;
}

bool init_unit(pid_t pid, char ret[UNIT_TEXT])
{
	const struct init_ops *const *a;

	for (a = adapters; *a; a++) {
		if ((*a)->unit && (*a)->unit(pid, ret))
			return true;
	}
	return false;
}

bool init_believes(const struct init *init, pid_t master, struct init_belief *ret)
{
	const struct init_ops *adapter = adapter_for(init, master);

	return adapter->believes && adapter->believes(master, ret);
}

bool init_obstacle(struct init *init, pid_t master, char *ret, size_t size)
{
	const struct init_ops *const *other = init->among;

	if (init->ops.obstacle != init_none.obstacle)
		return init->ops.obstacle(init, master, ret, size);
	for (; *other; other++) {
		if ((*other)->obstacle && (*other)->obstacle(NULL, master, ret, size))
			return true;
	}
	return false;
}

const char *init_service(const struct init *init)
{
	return init->service ? init->service : "nginx";
}

bool init_rules(void)
{
	return strongest(adapters, NULL, 0)->evidence(NULL, 0) >= INIT_RULES;
}

const char *init_settings_folder(const char *service)
{
	return strongest(adapters, service, 0)->settings;
}

unsigned init_descriptors(void)
{
	const struct init_ops *const *a;
	unsigned most = 0;

	for (a = adapters; *a; a++) {
		if ((*a)->descriptors > most && (*a)->evidence(NULL, 0) != INIT_NO)
			most = (*a)->descriptors;
	}
	return most;
}

void init_close(struct init *init)
{
	drop_keeper(init);
	init->ops.close(init);
}

void init_end(struct init *init)
{
	drop_keeper(init);
	free(init->state);
	init->state = NULL;
}
