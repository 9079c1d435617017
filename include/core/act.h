/* The actions of a run: the only place that signals nginx or moves its files. */
#ifndef CORE_ACT_H
#define CORE_ACT_H

#include "core/decide.h"
#include "core/run.h"

/*
 * Carries out one action. 0; -ESRCH: the master to be signalled is not what it was, nothing was
 * sent, and the next look shows what has become of it; or -errno.
 */
int act(struct run *run, enum action action);

/* Puts the limits of the old master back to what they were before USR2 or HUP; tells events. */
void act_limits_back(struct run *run);

/*
 * Has every generation open its log files again (USR1). It is no step of a handover and changes
 * nothing in one. Results as act().
 *
 * A master that has had QUIT ignores USR1, but its workers do not (nginx:
 * ngx_master_process_cycle): act_reopen_draining() signals them directly. It is called after the
 * new master has created the files, which gives them to its own user (nginx: ngx_reopen_files).
 */
int act_reopen(struct run *run);
int act_reopen_draining(struct run *run);

#endif
