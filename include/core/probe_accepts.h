/*
 * The probe nginx/probe_accept.h as one of a run.
 *
 *	probe_accept_note -> probes_add(..., &probe_accept_kind, p) -> drive() -> accept_probe_free
 */
#ifndef CORE_PROBE_ACCEPTS_H
#define CORE_PROBE_ACCEPTS_H

#include "core/probe.h"
#include "nginx/probe_accept.h"

extern const struct probe_kind probe_accept_kind;

/*
 * Notes how the old generation accepts, while it serves alone and before the first signal. What
 * cannot be read is not noted.
 */
void probe_accept_note(struct accept_probe *p, const struct run *run);

#endif
