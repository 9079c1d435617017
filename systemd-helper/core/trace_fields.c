/*
 * The fields of a round by name, from the tables that the structs are made from; and the line of a
 * round.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/decide.h"
#include "core/facts.h"
#include "core/fault.h"
#include "core/trace.h"

/* clang-format off */
#define SECOND_WORD(name, word) word,
#define PHASE_WORD(name, word, text) word,
#define NAME_WORD(name) #name,
#define NAME_OF_TWO(name, text) #name,
#define FAULT_NAME(name, traits, text, advice) #name,

static const char *const pid_file_words[] = {PID_FILE_STATES(SECOND_WORD)};
static const char *const goal_words[] = {GOALS(SECOND_WORD)};
static const char *const move_words[] = {MOVES(SECOND_WORD)};
static const char *const phase_words[] = {PHASES(PHASE_WORD)};
static const char *const outcome_words[] = {OUTCOMES(NAME_WORD)};
static const char *const action_words[] = {ACTIONS(NAME_OF_TWO)};
static const char *const probe_words[] = {"none", "going", "passed", "failed"};
static const char *const fault_words[] = {FAULTS(FAULT_NAME)};

#define WORDS(words) words, sizeof(words) / sizeof(words[0])
#define WITH(move) (1u << (move))

/* How each kind is written, and with which moves even if it is 0. */
#define KIND_FLAG     NULL, 0, 0
#define KIND_COUNT    NULL, 0, 0
#define KIND_TIME     NULL, 0, 0
#define KIND_PID_FILE WORDS(pid_file_words), ~0u
#define KIND_GOAL     WORDS(goal_words), ~0u
#define KIND_PHASE    WORDS(phase_words), ~0u
#define KIND_MOVE     WORDS(move_words), ~0u
#define KIND_ACTION   WORDS(action_words), WITH(MOVE_ACT)
#define KIND_FAULT    WORDS(fault_words), WITH(MOVE_TURN) | WITH(MOVE_END)
#define KIND_OUTCOME  WORDS(outcome_words), WITH(MOVE_END)
#define KIND_PROBE    WORDS(probe_words), 0

#define ROW(kind, text, member, section)                                               \
	{text, KIND_##kind, section, offsetof(struct trace_round, member),             \
	 sizeof(((struct trace_round *)NULL)->member)},
#define OLD_FACT(kind, name) ROW(kind, "old." #name, facts.old.name, TRACE_SEEN)
#define NEW_FACT(kind, name) ROW(kind, "new." #name, facts.new.name, TRACE_SEEN)
#define FACT(kind, name) ROW(kind, #name, facts.name, TRACE_SEEN)
#define ASK(kind, name) ROW(kind, #name, ask.name, TRACE_ASKED)
#define PAST(kind, name) ROW(kind, "past." #name, history.name, TRACE_HISTORY)
#define ACTED(name, text) ROW(TIME, "past." #name, history.acted_us[ACT_##name], TRACE_HISTORY)
#define DECIDED(kind, name) ROW(kind, #name, decision.name, TRACE_DECIDED)
#define OF_ROUND(kind, name) ROW(kind, #name, name, TRACE_ROUND)

static const struct trace_field fields[] = {
	GENERATION_FACTS(OLD_FACT)
	GENERATION_FACTS(NEW_FACT)
	FACTS(FACT)
	ASKED(ASK)
	HISTORY(PAST)
	ACTIONS(ACTED)
	DECISION(DECIDED)
	TRACED(OF_ROUND)
};
/* clang-format on */

const struct trace_field *trace_fields(size_t *ret_count)
{
	*ret_count = sizeof(fields) / sizeof(fields[0]);
	return fields;
}

uint64_t trace_get(const struct trace_round *round, const struct trace_field *field)
{
	const char *place = (const char *)round + field->offset;
	uint64_t large;
	uint32_t number;

	if (field->size == sizeof(bool))
		return *(const bool *)place;
	if (field->size == sizeof(number)) {
		memcpy(&number, place, sizeof(number));
		return number;
	}
	memcpy(&large, place, sizeof(large));
	return large;
}

void trace_set(struct trace_round *round, const struct trace_field *field, uint64_t value)
{
	char *place = (char *)round + field->offset;
	uint32_t number = (uint32_t)value;

	if (field->size == sizeof(bool))
		*(bool *)place = value != 0;
	else if (field->size == sizeof(number))
		memcpy(place, &number, sizeof(number));
	else
		memcpy(place, &value, sizeof(value));
}

static bool is_shown(const struct trace_round *round, const struct trace_field *field)
{
	return trace_get(round, field) || (field->shown & WITH(round->decision.move));
}

const char *trace_line(const struct trace_round *round, uint64_t began_us, char ret[TRACE_LINE_MAX])
{
	uint64_t since_us = round->history.now_us - began_us;
	enum trace_section section = TRACE_SEEN;
	size_t n = (size_t)snprintf(ret, TRACE_LINE_MAX, "%llu.%06llu",
				    (unsigned long long)(since_us / 1000000u),
				    (unsigned long long)(since_us % 1000000u));
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]) && n < TRACE_LINE_MAX; i++) {
		const struct trace_field *field = &fields[i];
		uint64_t value = trace_get(round, field);

		if (!is_shown(round, field))
			continue;
		n += (size_t)snprintf(ret + n, TRACE_LINE_MAX - n,
				      "%s %s=", field->section != section ? " |" : "", field->name);
		section = field->section;
		if (n >= TRACE_LINE_MAX)
			break;
		if (value < field->word_count)
			n += (size_t)snprintf(ret + n, TRACE_LINE_MAX - n, "%s",
					      field->words[value]);
		else
			n += (size_t)snprintf(ret + n, TRACE_LINE_MAX - n, "%llu",
					      (unsigned long long)value);
	}
	return ret;
}
