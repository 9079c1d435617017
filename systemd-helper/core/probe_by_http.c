/* Connects a run with the probe that asks the new generation over HTTP. */
#include <stddef.h>
#include "core/probe.h"
#include "core/probe_by_http.h"
#include "core/run.h"
#include "nginx/probe.h"
#include "nginx/probe_http.h"

static int begin(void *arg, const struct run *run)
{
	return probe_http_begin(arg, &run->world.new.subject, &run->world.believed);
}

static enum probe_state step(void *arg, const struct run *run, struct probe_text *ret)
{
	(void)run;
	return probe_http_step(arg, ret);
}

static void end(void *arg)
{
	probe_http_end(arg);
}

const struct probe_kind probe_http_kind = {"http", begin, step, end, NULL};
