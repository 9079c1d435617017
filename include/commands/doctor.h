/* What "doctor" looks at. Each call adds what it finds, and changes nothing. */
#ifndef COMMANDS_DOCTOR_H
#define COMMANDS_DOCTOR_H

#include "commands/findings.h"
#include "commands/session.h"
#include "core/preflight.h"

/* nginx and its configuration. p: after preflight(), as in the next two. */
void doctor_nginx(const struct session *s, const struct preflight *p, struct findings *f);

/* Files that others can change, and that nginx executes or a handover relies on. */
void doctor_trust(const struct session *s, const struct preflight *p, struct findings *f);

/* Whether the settings that probe a new generation (PROBE, PROBE_HTTP) can work. */
void doctor_probes(struct session *s, const struct preflight *p, struct findings *f);

/* Other settings that do not work, or that make the next upgrade wait. Needs no lock and no open
 * world.
 */
void doctor_settings(const struct session *s, struct findings *f);

/* What else on this machine signals or restarts nginx: logrotate, the scripts of packages,
 * needrestart. Needs no lock and no open world. */
void doctor_machine(const struct session *s, struct findings *f);

#endif
