/*
 * What probes have in common. A probe proves that the new generation serves, before anything final
 * is done to the old one. It runs in steps during the settle time, and no step waits.
 *
 *	..._begin -> ..._step, as long as it returns PROBE_GOING -> ..._end
 */
#ifndef NGINX_PROBE_H
#define NGINX_PROBE_H

enum probe_state {
	PROBE_NONE,   /* no probe was begun */
	PROBE_GOING,  /* call the step again later */
	PROBE_PASSED, /* proven, or nothing could be found out, as the text says then */
	PROBE_FAILED  /* the text says what is wrong */
};

enum { PROBE_TEXT_MAX = 1024 };

/* The result, for people: one line without a full stop; "": nothing to say. */
struct probe_text {
	char text[PROBE_TEXT_MAX];
};

#endif
