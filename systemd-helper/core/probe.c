/* All probes of a run: begun together, stepped side by side, ended together. */
#include <stddef.h>
#include <string.h>

#include "core/probe.h"
#include "core/run.h"
#include "nginx/probe.h"
#include "os/clock.h"

void probes_add(struct run *run, const struct probe_kind *kind, void *arg)
{
	struct probes *p = &run->probes;
	struct probe *probe;

	if (p->count == PROBES_MAX)
		return;
	probe = &p->list[p->count++];
	memset(probe, 0, sizeof(*probe));
	probe->kind = kind;
	probe->arg = arg;
	run->ask.prove = true;
}

void probes_end(struct run *run)
{
	unsigned i;

	for (i = 0; i < run->probes.count; i++) {
		struct probe *probe = &run->probes.list[i];

		if (!probe->began_us)
			continue;
		probe->kind->end(probe->arg);
		probe->began_us = 0;
		if (probe->state == PROBE_GOING)
			probe->state = PROBE_NONE;
	}
}

int probes_begin(struct run *run)
{
	unsigned i;
	int r = 0;

	probes_end(run);
	for (i = 0; i < run->probes.count; i++) {
		struct probe *probe = &run->probes.list[i];

		probe->state = PROBE_NONE;
		probe->took_us = 0;
		probe->text.text[0] = '\0';
	}
	for (i = 0; i < run->probes.count; i++) {
		struct probe *probe = &run->probes.list[i];

		r = probe->kind->begin(probe->arg, run);
		if (r < 0)
			break;
		probe->began_us = clock_us();
		probe->state = PROBE_GOING;
	}
	if (r < 0)
		probes_end(run);
	return r;
}

static void step(struct run *run, struct probe *probe)
{
	probe->state = probe->kind->step(probe->arg, run, &probe->text);
	if (probe->state == PROBE_GOING)
		return;
	probe->took_us = clock_us() - probe->began_us;
	run->events->probed(run, probe);
}

enum probe_state probes_step(struct run *run)
{
	enum probe_state all = PROBE_PASSED;
	unsigned i;

	for (i = 0; i < run->probes.count; i++) {
		struct probe *probe = &run->probes.list[i];

		if (probe->state == PROBE_GOING)
			step(run, probe);
		if (probe->state == PROBE_FAILED)
			return PROBE_FAILED;
		if (probe->state == PROBE_NONE)
			return PROBE_NONE;
		if (probe->state == PROBE_GOING)
			all = PROBE_GOING;
	}
	return run->probes.count ? all : PROBE_NONE;
}

const struct probe *probes_failed(const struct probes *p)
{
	unsigned i;

	for (i = 0; i < p->count; i++) {
		if (p->list[i].state == PROBE_FAILED)
			return &p->list[i];
	}
	return NULL;
}
