# The exploration of decide(), and one more of it for each planted mistake. All print TAP. Without
# sanitizers: it goes through tens of millions of states.

EXPLORE       := $(wildcard tests/unit/explore*.c)
EXPLORE_NEEDS := $(EXPLORE) tests/unit/explore.h tests/unit/explore.mk $(CORE) \
		 $(wildcard include/core/deci*.h) include/core/facts.h include/core/fields.h include/core/fault.h
EXPLORE_CC     = $(CC) $(filter-out -fsanitize=% -fno-sanitize%,$(TEST_CFLAGS)) -O2 \
		 -DLEAVE_GRACE_US=1u -DCALM_US=1u -DQUEUES_US=1u
MISTAKES      := $(patsubst tests/unit/mistakes/%.sed,$(B)/tests/unit/mistake-%,\
		 $(wildcard tests/unit/mistakes/*.sed))

explore: $(B)/tests/unit/explore $(MISTAKES)

# Ten minutes and 15 GB: every interleaving within a look, two old workers, then two faults, then
# two deaths.
explore-deep: $(B)/tests/unit/explore
	$< deep=1 old_workers=2 states=300000000
	$< faults=2 lives=0 states=100000000
	$< faults=0 lives=2 states=100000000

$(B)/tests/unit/explore: $(EXPLORE_NEEDS)
	@mkdir -p $(@D)
	$(EXPLORE_CC) -o $@ $(EXPLORE) $(CORE)

$(B)/tests/unit/mistake-%: tests/unit/mistakes/%.sed tests/unit/mistakes/plant $(EXPLORE_NEEDS)
	@mkdir -p $(@D)
	tests/unit/mistakes/plant $< $(B)/tests/mistakes/$*
	$(EXPLORE_CC) -DMISTAKE='"$*"' -o $@ $(EXPLORE) $(B)/tests/mistakes/$*/deci*.c \
		systemd-helper/core/fault.c

.PHONY: explore explore-deep
