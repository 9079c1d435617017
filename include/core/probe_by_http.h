/* The probe that compares HTTP answers (nginx/probe_http.h) as one of a run. */
#ifndef CORE_PROBE_BY_HTTP_H
#define CORE_PROBE_BY_HTTP_H

#include "core/probe.h"

/* Its argument is a struct probe_http that has the answers of the old generation. */
extern const struct probe_kind probe_http_kind;

#endif
