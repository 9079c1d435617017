/*
 * The sockets that the new master must not inherit: all QUIC sockets of the old one, also those
 * that nobody reads at this moment, because a worker has died, for example. Among them are sockets
 * left over from earlier handovers. nginx does not hand these over, so naming them does no harm.
 */
#include <errno.h>
#include <stdlib.h>

#include "nginx/config_scan.h"
#include "nginx/quic_fresh.h"
#include "nginx/quic_sockets.h"
#include "nginx/quic_taken.h"
#include "nginx/udp_sockets.h"
#include "os/file_id.h"
#include "trust/subject.h"
#include "trust/usr2_fresh.h"

/* Whether nginx runs with quic_bpf, which is one setting for all of its sockets. 1, 0 or -errno. */
static int has_map(const struct subject *master)
{
	struct quic_maps maps;
	int r = quic_maps_take(master, &maps);
	int has = maps.count > 0;

	quic_maps_free(&maps);
	return r ? r : has;
}

int quic_fresh_needed(const struct quic_taken *taken, const struct quic_maps *maps, bool *ret)
{
	size_t i;

	*ret = !maps->count && taken->count;
	for (i = 0; *ret && i < taken->count; i++) {
		if (!taken->list[i].shared)
			return -ENOTSUP;
	}
	return 0;
}

/* Mostly the configuration has all addresses that are served, which is cheap to find out. */
static bool may_move(pid_t master, const struct config_scan *scan)
{
	struct udp_sockets udp;
	size_t i;
	bool may;

	if (udp_sockets_of(master, &udp) < 0)
		return false;
	for (i = 0; i < udp.count && quic_is_shared(scan, &udp.list[i]); i++)
		continue;
	may = i < udp.count;
	udp_sockets_free(&udp);
	return may;
}

void quic_fresh_moves(const struct subject *master, const pid_t *workers, size_t count,
		      const struct config_scan *scan, char ret_where[QUIC_WHERE_SIZE])
{
	struct quic_taken taken;
	size_t i;

	ret_where[0] = '\0';
	if (!may_move(master->process.pid, scan) || has_map(master) != 0 ||
	    quic_take(master, workers, count, &taken) < 0)
		return;
	for (i = 0; i < taken.count; i += quic_taken_of_address(&taken, i)) {
		if (taken.list[i].read && !quic_is_shared(scan, &taken.list[i].udp))
			udp_add_where(ret_where, &taken.list[i].udp);
	}
	quic_taken_free(&taken);
}

int quic_fresh_usr2(const struct subject *master, const struct file_id *wanted,
		    struct usr2_freshened *ret)
{
	struct usr2_fresh ask = {master, *wanted, NULL, 0, USR2_FRESH_US};
	struct quic_taken taken;
	int *numbers = NULL;
	int r;

	ret->error = 0;
	ret->took_us = 0;
	ret->step = "look for its sockets of QUIC";
	r = quic_take(master, NULL, 0, &taken);
	if (r)
		return r;
	if (taken.count)
		numbers = calloc(taken.count, sizeof(*numbers));
	if (!numbers)
		r = taken.count ? -ENOMEM : -ENOENT;
	for (; !r && ask.count < taken.count; ask.count++)
		numbers[ask.count] = taken.list[ask.count].number;
	quic_taken_free(&taken);
	ask.numbers = numbers;
	if (!r)
		r = usr2_fresh(&ask, ret);
	free(numbers);
	return r;
}
