# Building and running the tests; included by the Makefile.

TEST_CFLAGS = -std=gnu99 $(WARN) $(CFLAGS) $(SANITIZE) -Iinclude -Itests/unit

deps:
	@tests/lib/deps build test

$(B)/tests/bench/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $<

$(B)/tests/load: $(wildcard tests/load/*.c tests/load/*.h)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

.PHONY: deps
