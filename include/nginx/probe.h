/*
 * A probe proves that the new generation serves, before anything final is done to the old one. It
 * goes beside the watch of the settle time: nothing of it waits.
 *
 *	..._begin -> ..._step, until it is not PROBE_GOING -> ..._end
 */
#ifndef NGINX_PROBE_H
#define NGINX_PROBE_H

enum probe_state {
	PROBE_NONE,   /* none was begun */
	PROBE_GOING,  /* step again at the next look */
	PROBE_PASSED, /* proven, or nothing could be learned (which the text says) */
	PROBE_FAILED  /* what is wrong stands in the text */
};

enum { PROBE_TEXT_MAX = 1024 };

/* What came of it, for people; one line without a full stop; "": nothing to say. */
struct probe_text {
	char text[PROBE_TEXT_MAX];
};

#endif
