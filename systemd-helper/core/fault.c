/* The texts of the faults. */
#include "core/fault.h"

#define FAULT_TEXT(name, text) text,
static const char *const texts[] = {FAULTS(FAULT_TEXT)};

const char *fault_text(enum fault fault)
{
	return texts[fault];
}
