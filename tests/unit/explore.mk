# The exploration of decide(), and one more of it for each planted mistake. All print TAP. Without
# sanitizers: it goes through tens of millions of states.

EXPLORE_H     := tests/unit/explore.h tests/unit/explore.mk $(wildcard include/core/deci*.h) \
		 include/core/facts.h include/core/fields.h include/core/fault.h
EXPLORE_CC     = $(CC) $(filter-out -fsanitize=% -fno-sanitize%,$(TEST_CFLAGS)) -O2 \
		 -DLEAVE_GRACE_US=1u -DCALM_US=1u -DQUEUES_US=1u -DHANDSHAKE_US=1u
# The model is the same for all; who decides, and what is then expected, is not.
MODEL         := $(patsubst tests/unit/%.c,$(B)/tests/explore/%.o,\
		 $(filter-out tests/unit/explore.c,$(wildcard tests/unit/explore*.c)))
MISTAKES      := $(patsubst tests/unit/mistakes/%.sed,$(B)/tests/unit/mistake-%,\
		 $(wildcard tests/unit/mistakes/*.sed))

explore: $(B)/tests/unit/explore $(MISTAKES)

# Ten minutes and 15 GB: a longer drain, every interleaving within a look, two old workers, then two
# faults, then two deaths.
explore-deep: $(B)/tests/unit/explore
	$< drain=3
	$< drain=3 deep=1 old_workers=2 states=300000000
	$< faults=2 lives=0 states=100000000
	$< faults=0 lives=2 states=100000000

$(B)/tests/explore/%.o: tests/unit/%.c $(EXPLORE_H)
	@mkdir -p $(@D)
	$(EXPLORE_CC) -c -o $@ $<

$(B)/tests/unit/explore: tests/unit/explore.c $(MODEL) $(CORE) $(EXPLORE_H)
	@mkdir -p $(@D)
	$(EXPLORE_CC) -o $@ tests/unit/explore.c $(MODEL) $(CORE)

$(B)/tests/unit/mistake-%: tests/unit/mistakes/%.sed tests/unit/mistakes/plant tests/unit/explore.c \
		$(MODEL) $(CORE) $(EXPLORE_H)
	@mkdir -p $(@D)
	tests/unit/mistakes/plant $< $(B)/tests/mistakes/$*
	$(EXPLORE_CC) -DMISTAKE='"$*"' -o $@ tests/unit/explore.c $(MODEL) \
		$(B)/tests/mistakes/$*/deci*.c systemd-helper/core/fault.c

.PHONY: explore explore-deep
