/* The actions that are done for HTTP/3 alone; core/decide_quic.c says when. */
#ifndef CORE_ACT_QUIC_H
#define CORE_ACT_QUIC_H

#include "core/run.h"
#include "nginx/quic_steer.h"

/* Parts of act(), with its results. They fill run->healed or run->steer. */
int act_heal(struct run *run);
int act_steer(struct run *run);
int act_switch(struct run *run, enum quic_steer_to to);
int act_unsteer(struct run *run);

/* USR2 where run->fresh. 0; -ESRCH; or -errno: nothing was sent, and our program is detached. */
int act_usr2_fresh(struct run *run);

#endif
