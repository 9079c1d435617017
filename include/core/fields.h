/*
 * Structs that are made from tables, so that a trace (core/trace.h) contains every field by its
 * name, and a new field is one new line in one place:
 *
 *	#define THINGS(X) X(FLAG, bright) X(COUNT, edges)
 *	struct thing { THINGS(FIELD) };
 *
 * The kind is the type of a field, and how the trace writes it: as a number or as a word.
 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#define FIELD_TYPE_FLAG     bool
#define FIELD_TYPE_COUNT    unsigned
#define FIELD_TYPE_TIME     uint64_t
#define FIELD_TYPE_PID_FILE enum pid_file_state
#define FIELD_TYPE_GOAL     enum goal
#define FIELD_TYPE_PHASE    enum phase
#define FIELD_TYPE_MOVE     enum move
#define FIELD_TYPE_ACTION   enum action
#define FIELD_TYPE_FAULT    enum fault
#define FIELD_TYPE_OUTCOME  enum outcome
#define FIELD_TYPE_PROBE    enum probe_state

#define FIELD(kind, name) FIELD_TYPE_##kind name;

#endif
