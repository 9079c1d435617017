/*
 * What commands add to the record of builds that served (nginx/builds.h). A build is recorded when
 * it is found running and the record does not know it, and when a run has brought it to serve. A
 * handover that is undone adds nothing. A record that cannot be read or written is reported, and
 * nothing else depends on it.
 */
#ifndef COMMANDS_RECORD_H
#define COMMANDS_RECORD_H

#include <stddef.h>

#include "commands/session.h"
#include "nginx/builds.h"
#include "nginx/served.h"
#include "trust/path.h"
#include "trust/subject.h"

/* Reads the record; *ret is empty where there is none, or it cannot be used: that is printed. */
void record_read(const struct builds *b, struct served *ret);

/*
 * Why a record cannot be used. error: -EBADMSG, or the error of reading it; *why: with -EPERM.
 * Returns ret.
 */
const char *record_unfit(int error, const struct distrust *why, char *ret, size_t size);

/*
 * Prints that the record of `what` ("builds", "modules") at path is not used. error and why as in
 * record_unfit(). next: what will begin a new record ("build that serves").
 */
void record_say_unused(const char *what, const char *path, int error, const struct distrust *why,
		       const char *next);

/* Stores the digests that were computed and added to *s, so that the next run need not compute
 * them. */
void record_learned(const struct builds *b, const struct served *s);

/*
 * Before a handover: the old master's build serves, if the record does not know that. version: of
 * that build; NULL: the binary is asked.
 */
void record_found(struct session *s, const char *version);

/* After a run: the build of the new master, if the run has made it serve. */
void record_outcome(struct session *s, const char *verb, const char *version);

/* Whether the record has the old master's build. */
bool record_knows(const struct session *s);

/* The build of the old master serves again, after the one that the record has last. */
void record_back(struct session *s);

/* After a start: the build of the master in s->run.world. */
void record_start(struct session *s);

/* The user who has asked for this run, as far as that can be known. */
uid_t record_who_asks(void);

/* The version of the binary that a process executes, by -V; "unknown". Returns ret. */
const char *record_version(const struct subject *s, char *ret, size_t size);

#endif
