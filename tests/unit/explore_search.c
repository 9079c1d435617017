/*
 * The search: every state once, breadth first; a hash table of indices over one array of states.
 *
 * What it waits for is memory: so a slot of the table also holds a part of the hash, which tells
 * most states apart without a look at them, the steps of one state are looked up together, after
 * all of them have been asked for, and the pages are large.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "explore.h"

/* gnu99 knows no static assertion. */
typedef char state_has_no_padding[sizeof(struct state) == 40 ? 1 : -1];

enum { FIRST_SLOTS = 1 << 18 };

struct bounds bounds = {1, 1, 1, 1, 2, 0, 0, 0, 0, 1, 60000000};

static struct {
	struct state *states;
	uint32_t *parents;
	uint64_t *table; /* index + 1 in the lower half, the upper half of the hash in the upper one
			  */
	size_t mask;
	size_t count;
} seen;

struct state *step_add(struct steps *to, const struct state *from, const char *what)
{
	struct state *n;

	if (to->count == MAX_STEPS)
		abort();
	n = &to->next[to->count];
	memcpy(n, from, sizeof(*n));
	to->what[to->count] = what;
	to->broken[to->count] = NULL;
	to->count++;
	return n;
}

/* What follows from a step for all that only the checks remember. */
static void normalise(struct state *s)
{
	unsigned all = workers_all(&s->neww);

	if (s->known_new > all)
		s->known_new = all;
	if (s->neww.accepting)
		s->lost = 0;
	/* Excuses that are not needed any more. */
	if (s->faults_left < bounds.faults || s->mode == MODE_ENDED)
		s->late = 0;
	if (s->mode == MODE_NONE || s->mode == MODE_ENDED)
		s->known_new = s->death_fresh = 0;
}

void all_steps(const struct state *s, struct steps *to)
{
	bool looks = s->mode >= MODE_LOOK1 && s->mode <= MODE_LOOK4;
	int i;

	to->count = 0;
	fault_steps(s, to);
	for (i = 0; i < to->count; i++)
		to->next[i].stale |= looks;
	nginx_steps(s, to);
	helper_steps(s, to);
	for (i = 0; i < to->count; i++) {
		struct state *n = &to->next[i];

		normalise(n);
		if (!to->broken[i])
			to->broken[i] = check_state(n);
		if (!to->broken[i] && s->mode == MODE_LOOK4 && n->mode != MODE_LOOK4)
			to->broken[i] = check_frozen(n);
	}
}

static uint64_t hash(const struct state *s)
{
	uint64_t words[sizeof(*s) / 8];
	uint64_t h = 0;
	size_t i;

	memcpy(words, s, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h ^ (h >> 32);
}

/* Zeroed; only what is touched is paid for. NULL: there is none. */
static void *room_for(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return NULL;
	(void)madvise(room, size, MADV_HUGEPAGE);
	return room;
}

static uint64_t slot(uint64_t hash_of_it, size_t index)
{
	return (hash_of_it & UINT64_C(0xffffffff00000000)) | (index + 1);
}

static uint32_t slot_index(uint64_t slot)
{
	return (uint32_t)slot - 1;
}

static void insert(const struct state *s, uint64_t h, uint32_t parent)
{
	size_t at = h & seen.mask;

	for (; seen.table[at]; at = (at + 1) & seen.mask)
		if (seen.table[at] >> 32 == h >> 32 &&
		    !memcmp(&seen.states[slot_index(seen.table[at])], s, sizeof(*s)))
			return;
	memcpy(&seen.states[seen.count], s, sizeof(*s));
	seen.parents[seen.count] = parent;
	seen.table[at] = slot(h, seen.count++);
}

/* A table for twice as many. */
static int grow(void)
{
	size_t slots = 2 * (seen.mask + 1);
	size_t i;

	(void)munmap(seen.table, (seen.mask + 1) * sizeof(*seen.table));
	seen.table = room_for(slots * sizeof(*seen.table));
	if (!seen.table)
		return -1;
	seen.mask = slots - 1;
	for (i = 0; i < seen.count; i++) {
		uint64_t h = hash(&seen.states[i]);
		size_t at = h & seen.mask;

		while (seen.table[at])
			at = (at + 1) & seen.mask;
		seen.table[at] = slot(h, i);
	}
	return 0;
}

static void insert_all(const struct steps *steps, uint32_t parent)
{
	uint64_t hashes[MAX_STEPS];
	int i;

	for (i = 0; i < steps->count; i++) {
		hashes[i] = hash(&steps->next[i]);
		__builtin_prefetch(&seen.table[hashes[i] & seen.mask]);
	}
	for (i = 0; i < steps->count; i++) {
		uint64_t first = seen.table[hashes[i] & seen.mask];

		if (first)
			__builtin_prefetch(&seen.states[slot_index(first)]);
	}
	for (i = 0; i < steps->count; i++)
		insert(&steps->next[i], hashes[i], parent);
}

static void insert_first_states(void)
{
	static const enum command commands[] = {CMD_UPGRADE, CMD_UPGRADE, CMD_UPGRADE,
						CMD_UPGRADE, CMD_RELOAD,  CMD_FINISH};
	int i;

	for (i = 0; i < 6; i++) {
		struct state s;

		if (!bounds.deep && (i == 1 || i == 2))
			continue;
		memset(&s, 0, sizeof(s));
		s.old_alive = s.old_live = 1;
		s.oldw.accepting = bounds.old_workers;
		s.pid_file = FILE_OLD;
		s.stalls = i < 4 && (i & 1);
		s.drain_term = i < 4 && ((i >> 1) & 1);
		s.faults_left = bounds.faults;
		s.lives_left = bounds.lives;
		helper_begins(&s, commands[i]);
		insert(&s, hash(&s), (uint32_t)seen.count);
	}
}

/* Where WINCH is skipped there is no hold, and where it is not all the same of them is met. */
static void insert_probed_states(void)
{
	int i;

	for (i = 0; i < 4; i++) {
		struct state s;

		memset(&s, 0, sizeof(s));
		s.old_alive = s.old_live = 1;
		s.oldw.accepting = bounds.old_workers;
		s.pid_file = FILE_OLD;
		s.stalls = i & 1;
		s.wants = i & 2 ? WANTS_HOLD : WANTS_PROBE;
		s.faults_left = bounds.faults;
		s.lives_left = bounds.lives;
		helper_begins(&s, CMD_UPGRADE);
		insert(&s, hash(&s), (uint32_t)seen.count);
	}
}

/* The helper was killed before the switch, and somebody has gone on by hand, up to WINCH. */
static void shift_by_hand(struct state *s)
{
	s->oldw.accepting = 0;
	s->old_live = s->unread_old = 0;
	s->old_noaccepting = s->oldbin = 1;
	s->old_child = CHILD_LIVES;
	s->new_stage = NEW_LOOPS;
	s->new_live = s->path_new = s->unread_new = 1;
	s->neww.accepting = NEW_WORKERS;
	s->pid_file = FILE_NEW;
}

/* Sockets that an upgrade by hand has left, and what each command makes of them. */
static void insert_quic_states(void)
{
	static const enum command commands[] = {CMD_UPGRADE, CMD_UPGRADE, CMD_UPGRADE,
						CMD_RELOAD,  CMD_FINISH,  CMD_FINISH};
	int i;

	for (i = 0; i < 6; i++) {
		struct state s;

		memset(&s, 0, sizeof(s));
		s.old_alive = s.old_live = 1;
		s.oldw.accepting = bounds.old_workers;
		s.pid_file = FILE_OLD;
		s.quic = s.unread_old = 1;
		s.sticks = i == 1;
		s.wants_steer = i < 3;
		s.attended = i == 2 || i == 4;
		s.stalls = i == 0;
		s.steer = i < 3 ? STEER_NONE : STEER_OLD;
		if (i == 5)
			shift_by_hand(&s);
		s.faults_left = bounds.faults;
		s.lives_left = bounds.lives;
		helper_begins(&s, commands[i]);
		insert(&s, hash(&s), (uint32_t)seen.count);
	}
}

/* Steps to the state with this index, from a first state on; these are their own parents. */
static size_t print_trace(uint32_t at)
{
	static struct steps steps;
	size_t number;
	int i;

	if (seen.parents[at] == at) {
		if (bounds.trace)
			print_state(&seen.states[at]);
		return 0;
	}
	number = print_trace(seen.parents[at]) + 1;
	if (!bounds.trace)
		return number;
	all_steps(&seen.states[seen.parents[at]], &steps);
	for (i = 0; i < steps.count; i++)
		if (!memcmp(&steps.next[i], &seen.states[at], sizeof(struct state)))
			break;
	print_step(&seen.states[seen.parents[at]], &seen.states[at],
		   i < steps.count ? steps.what[i] : "?", number);
	return number;
}

static void report(struct result *ret, uint32_t from, const struct steps *steps, int i)
{
	ret->broken = steps->broken[i];
	ret->trace_length = print_trace(from) + 1;
	if (bounds.trace)
		print_step(&seen.states[from], &steps->next[i], steps->what[i], ret->trace_length);
}

/* 0, or -1: no memory. */
static int visit_all(struct result *ret)
{
	static struct steps steps;
	size_t at, level_ends = seen.count;
	int i;

	for (at = 0; at < seen.count && !ret->broken; at++) {
		const struct state *s = &seen.states[at];

		if (at == level_ends) {
			level_ends = seen.count;
			ret->depth++;
		}
		if (seen.count + MAX_STEPS > bounds.max_states) {
			ret->full = true;
			return 0;
		}
		if (s->mode == MODE_ENDED && !nginx_busy(s)) {
			ret->ends++;
			ret->broken = check_rest(s);
			if (ret->broken)
				ret->trace_length = print_trace((uint32_t)at);
		}
		all_steps(s, &steps);
		ret->transitions += steps.count;
		for (i = 0; i < steps.count && !ret->broken; i++)
			if (steps.broken[i])
				report(ret, at, &steps, i);
		if (!ret->broken)
			insert_all(&steps, (uint32_t)at);
		if (seen.count > seen.mask / 2 && grow() < 0)
			return -1;
	}
	return 0;
}

int search(struct result *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	seen.count = 0;
	seen.mask = FIRST_SLOTS - 1;
	seen.states = room_for(bounds.max_states * sizeof(*seen.states));
	seen.parents = room_for(bounds.max_states * sizeof(*seen.parents));
	seen.table = room_for(FIRST_SLOTS * sizeof(*seen.table));
	if (!seen.states || !seen.parents || !seen.table)
		return -1;
	if (bounds.quic)
		insert_quic_states();
	else if (bounds.probes)
		insert_probed_states();
	else
		insert_first_states();
	r = visit_all(ret);
	ret->states = seen.count;
	(void)munmap(seen.states, bounds.max_states * sizeof(*seen.states));
	(void)munmap(seen.parents, bounds.max_states * sizeof(*seen.parents));
	(void)munmap(seen.table, (seen.mask + 1) * sizeof(*seen.table));
	return r;
}
