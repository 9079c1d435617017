/*
 * What "nginx-handover run", the foreground process of an nginx, tells the supervisor that started
 * it, where that is systemd (Type=notify, NotifyAccess=main): "run" is the main process and stays
 * it. sd_notify(3), sd_watchdog_enabled(3).
 */
#ifndef INIT_FOREGROUND_H
#define INIT_FOREGROUND_H

#include <stdbool.h>
#include <stdint.h>

/* The name of the lock that "run" holds on each of its masters, see lock_for(). */
#define FOREGROUND_LOCK "run"

/* Sends lines of sd_notify(3). Does nothing where nobody listens. */
void foreground_notify(const char *state);

/* The same, and waits some seconds for the reader to take it. Says where that failed. */
void foreground_notify_ready(const char *state);

/* The longest time that may pass between two "WATCHDOG=1"; 0: there is no watchdog. */
uint64_t foreground_watchdog_us(void);

#endif
