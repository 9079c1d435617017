/* Where the doctor looks, each adding what it finds. Looks only. */
#ifndef COMMANDS_DOCTOR_H
#define COMMANDS_DOCTOR_H

#include "commands/findings.h"
#include "commands/session.h"
#include "core/preflight.h"

/* What nginx and its configuration are like; p: after preflight(). */
void doctor_nginx(const struct session *s, const struct preflight *p, struct findings *f);

/* Who else can change what a handover goes by. p: likewise; NULL: there was none. */
void doctor_trust(const struct session *s, const struct preflight *p, struct findings *f);

/* What else on this machine comes to nginx: logrotate, the scripts of packages, needrestart. */
void doctor_machine(const struct session *s, struct findings *f);

#endif
