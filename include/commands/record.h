/*
 * What commands add to the record of builds that served (nginx/builds.h): the one that is found
 * running where the record does not know it, and the one that a run has brought to serve. An undone
 * handover adds nothing. Where the record cannot be had that is said, and nothing else depends on
 * it.
 */
#ifndef COMMANDS_RECORD_H
#define COMMANDS_RECORD_H

#include "commands/session.h"
#include "nginx/builds.h"

/* The record as it is; what is wrong with it is said. Empty where there is none. */
void record_read(const struct builds *b, struct served *ret);

/* Why a record cannot be used: -EBADMSG, or the error or distrust of reading it. */
const char *record_fault(int error, const struct distrust *why, char *ret, size_t size);

/* That the record of these ("builds", "modules") at path is not used, after -errno, and why; next
 * ("build that serves") is with what it begins anew. */
void record_say_unused(const char *what, const char *path, int error, const struct distrust *why,
		       const char *next);

/* Digests that had to be computed, and are in *s: so that the next run need not. */
void record_learned(const struct builds *b, const struct served *s);

/* Before a handover: its old master serves. version: of its build; NULL: it is asked. */
void record_found(struct session *s, const char *version);

/* After a run: whoever it brought to serve, if anybody, does so from now on by this verb. */
void record_outcome(struct session *s, const char *verb, const char *version);

/* After a start: the master of s->run.world. */
void record_start(struct session *s);

/* Who has asked for this run, as far as that can be known. */
uid_t record_who_asks(void);

/* A version by -V of what a process executes; "unknown". Returns ret. */
const char *record_version(const struct subject *s, char *ret, size_t size);

#endif
