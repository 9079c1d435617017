/* The texts of the faults. */
#include "core/fault.h"

#define FAULT_TEXT(name, text) text,
static const char *const texts[] = {FAULTS(FAULT_TEXT)};

const char *fault_text(enum fault fault)
{
	return texts[fault];
}

bool fault_is_of_time(enum fault fault)
{
	switch (fault) {
	case FAULT_NEW_GONE:
	case FAULT_NEW_HANGS:
	case FAULT_NO_WORKERS:
	case FAULT_OLD_BUSY:
	case FAULT_OLD_STAYS:
	case FAULT_OLD_EMPTY:
	case FAULT_NOT_FOLLOWED:
	case FAULT_MASTER_BUSY:
	case FAULT_NO_RELOADED:
	case FAULT_BOTH_CONFIGS: return true;
	default: return false;
	}
}
