/*
 * Collects signals, for a process that is controlled by signals. Each signal that arrived is kept
 * (once, however often it came) until it is taken; system calls that it interrupts are restarted.
 * Not to be used together with os/waker.h, which sets other handlers.
 *
 *	inbox_hold (early) -> inbox_open -> (inbox_wait, inbox_take) ...
 *	inbox_hold (before an exec)
 */
#ifndef OS_INBOX_H
#define OS_INBOX_H

#include <stddef.h>
#include <stdint.h>

struct inbox {
	const int *signals; /* ended by 0; the caller's, not copied */
	int pipe[2];
};

/* Blocks the signals: from here on they stay pending in the kernel, even through an exec. */
void inbox_hold(const int *signals);

/* Catches and unblocks the signals; those that are pending arrive now. 0 or -errno. */
int inbox_open(struct inbox *b, const int *signals);

/* The signals that arrived since the last call, as a mask of SIGNAL_BIT(). */
uint64_t inbox_take(void);

/*
 * Waits until a signal arrives, one of the `count` descriptors in `others` is readable, or the time
 * is up. A descriptor of -1 is ignored, and so are those after the first INBOX_OTHERS. Returns at
 * once if a signal has arrived since the last wait.
 */
enum { INBOX_OTHERS = 8 };
void inbox_wait(const struct inbox *b, const int *others, size_t count, uint64_t wait_us);

#endif
