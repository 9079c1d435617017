# Building and running the tests, the demo and the bench; included by the Makefile.

TEST_CFLAGS = -std=gnu99 $(WARN) $(CFLAGS) $(SANITIZE) -Iinclude $(DBUS_CFLAGS) -Itests/unit

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
# Gives traces to decide() again; see core/trace.h.
REPLAY := $(B)/tests/unit/replay
# Other users' programs, of tests/trust*.bats.
ATTACKERS := $(B)/tests/late.so \
	     $(patsubst tests/attack/%.c,$(B)/tests/attack/%,$(filter-out %/witness.c %/late.c,$(wildcard tests/attack/*.c)))
BENCH_TOOLS := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/*.c))
TEST_TOOLS := $(B)/tests/load $(B)/tests/occupy $(B)/tests/crowd $(B)/tests/unread $(B)/tests/no_fork.so $(B)/tests/launcher $(B)/tests/answer_udp $(B)/tests/install_driver $(B)/tests/fresh_driver $(BENCH_TOOLS) \
	      $(B)/tests/old-kernel $(B)/tests/look $(B)/tests/fault.so $(ATTACKERS)

# What a target needs is built in a make of its own, so that nothing is built before its compiler has been installed, as much
# at once as there are processors. What runs after it is not in that make: it would be told of its job server.
BUILD = $(MAKE) --no-print-directory -j$(shell nproc 2>/dev/null || echo 2)

deps:
	@packaging/needs --install

test-deps:
	@tests/lib/deps build test

check: test-deps
	@$(BUILD) all portable-helper $(UNIT_TESTS) $(REPLAY) $(TEST_TOOLS) explore nginx-builds hosts
	@tests/run

# While working, everything being built: the form of the sources, the unit tests, decide() explored, and three bats files
# that hand over, fail and refuse. Under two minutes on two cores.
QUICK = tests/upgrade.bats tests/broken.bats tests/refusals.bats

quick: test-deps form
	@$(BUILD) all $(UNIT_TESTS) $(REPLAY) $(TEST_TOOLS) $(B)/tests/unit/explore nginx-builds
	@NH_KERNELS=today tests/run $(B)/tests/unit/explore $(QUICK) $(UNIT_TESTS)

# Single files, with what they need: make test T=tests/upgrade.bats, T=tests/unit/test_cut.c, T="tests/a.bats tests/b.bats",
# T=tests/unit/explore.c, T=tests/unit/mistakes/no-calm.sed.
# One that boots containers, which stands in a folder of tests/, has them made first, as root.
TEST_FILES    = $(patsubst tests/unit/mistakes/%.sed,$(B)/tests/unit/mistake-%,$(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(T)))
TEST_PROGRAMS = $(filter-out %.bats,$(foreach file,$(TEST_FILES),$(firstword $(subst @, ,$(file)))))
TEST_BATS     = $(filter %.bats,$(foreach file,$(TEST_FILES),$(firstword $(subst @, ,$(file)))))

test: test-deps
	@[ -n "$(T)" ] || { echo 'usage: make test T=tests/NAME.bats, or T=tests/unit/test_NAME.c' >&2; exit 2; }
	@$(BUILD) all $(TEST_PROGRAMS) $(if $(TEST_BATS),$(REPLAY) $(TEST_TOOLS) nginx-builds) \
		$(if $(shell grep -l build/tests/unit/test_ $(TEST_BATS) /dev/null),$(UNIT_TESTS)) \
		$(if $(shell grep -l portable $(TEST_BATS) /dev/null),portable-helper) \
		$(if $(foreach file,$(TEST_BATS),$(word 3,$(subst /, ,$(file)))),hosts)
	@tests/run $(TEST_FILES)

portable-helper:
	+@tests/lib/portable

# The helper's own tests once more, with sanitizers and under valgrind.
HELPER_TESTS = $(addprefix tests/,upgrade.bats broken.bats refusals.bats facts.bats service.bats stop.bats resume.bats restart.bats \
		reload.bats reload_upgrades.bats package_update.bats)

check-sanitized: test-deps
	@$(BUILD) all $(TEST_TOOLS) $(REPLAY) nginx-builds
	@$(BUILD) DEV=1
	@HANDOVER=$(CURDIR)/build-dev/nginx-handover tests/run $(HELPER_TESTS) \
		$(addprefix tests/,run.bats raise.bats limits.bats configure_args.bats hold.bats history.bats needed.bats doctor.bats)

check-valgrind: test-deps
	@$(BUILD) all $(TEST_TOOLS) nginx-builds
	@NH_KERNELS=today HANDOVER=$(CURDIR)/tests/lib/under-valgrind tests/run $(HELPER_TESTS)

# As if on kernels that lack one thing, and all of them; see tests/old-kernel. Of this "make check" has
# kernels.bats for each thing alone, and for all of them the files that hand over: those say "# kernels:".
OLD_KERNELS = pidfd inotify signalfd children new all

check-old-kernels: test-deps
	@$(BUILD) all $(UNIT_TESTS) $(TEST_TOOLS) nginx-builds
	@tests/run tests/kernels.bats $(foreach kernel,$(OLD_KERNELS),$(HELPER_TESTS:=@$(kernel)))

# The tests that boot containers, each on every host that it has: "make check" leaves out those in parentheses.
check-hosts: test-deps
	@$(BUILD) all portable-helper $(REPLAY) $(TEST_TOOLS) nginx-builds hosts
	@NH_HOSTS=every tests/run $(foreach kind,systemd sysv openrc packages,$(wildcard tests/$(kind)/*.bats))

# What of HTTP/3 works on Debian's kernels, each booted in qemu; a table, after half an hour: KERNELS=trixie for one.
check-quic-kernels: test-deps
	@tests/lib/deps kernels
	@$(BUILD) hosts $(B)/tests/unit/test_quic_heal $(B)/tests/unit/test_quic_steer
	@tests/quic/kernels $(KERNELS)

demo: test-deps
	@$(BUILD) all $(B)/tests/load
	@tests/demo/run

# The report, which takes long; BENCH=--quick for a short one.
bench: test-deps
	@tests/lib/deps bench
	@$(BUILD) all $(TEST_TOOLS) nginx-builds
	@tests/bench/run $(BENCH)

# Many handovers, some to binaries that are broken on purpose, and each compared with what runs then: SEED=, KIND=,
# N= (1000), FIRST=. And a run for each system call that is made to fail: INJECT=full|NUMBER.
soak inject: test-deps
	@$(BUILD) all $(TEST_TOOLS) nginx-builds
	@tests/$@/run

# Every comparison and constant of decide() changed, one at a time: by the unit tests and the exploration.
mutate:
	@tests/lib/deps build
	@tests/mutate/run

lint:
	@tests/lib/deps build lint $(if $(wildcard .git),git)
	@tests/lint

# Which lines of core/ the unit tests alone go through; ROOMS="core os" for others.
coverage:
	@tests/lib/deps build
	@tests/coverage $(ROOMS)

# What of lint compiles nothing: under a minute.
form:
	@tests/lib/deps form $(if $(wildcard .git),git)
	@tests/lint form

# Every refusal, failure and warning, with its code and what to do about it.
messages:
	@mkdir -p build
	@doc/messages >build/messages.md
	@echo build/messages.md

fuzz:
	@tests/lib/deps build fuzz
	@tests/fuzz/run

# The same as CI sees it: fresh machines with nothing but git, make and a minimal system.
newcomer:
	tests/hosts/minbase make check
	tests/hosts/minbase make demo

# These two run makes of their own.
nginx-builds:
	@MAKEFLAGS= tests/lib/build-nginx all >/dev/null

# What the containers of the tests are made of, and packages for some. They need root. The one helper for all of
# them is the portable one.
hosts: nginx-builds portable-helper
	@export MAKEFLAGS=; [ "$$(id -u)" != 0 ] || { tests/hosts/tree all >/dev/null && tests/hosts/build && tests/packages/build && \
		tests/packages/debs all >/dev/null && \
		for suite in bullseye bookworm trixie; do tests/packages/vendor-debs $$suite >/dev/null || exit; done; }

# A unit test links the whole library: the linker leaves out nothing, and nothing has to be listed.
$(B)/tests/unit/test_%: tests/unit/test_%.c $(wildcard tests/unit/*.h) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c %.o,$^) $(LIBS)

$(REPLAY): tests/unit/replay.c tests/unit/trace_read.h tests/unit/tap.h $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c %.o,$^) $(LIBS)

$(B)/tests/fresh_driver: tests/unit/fresh_driver.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $^ $(LIBS)

# Without sanitizers: it runs under strace.
$(B)/tests/install_driver: tests/unit/install_driver.c \
		$(addprefix systemd-helper/,$(addsuffix .c,nginx/install nginx/staged nginx/backup nginx/backup_name nginx/place \
		nginx/builds nginx/kept nginx/record_file nginx/record_text nginx/served nginx/served_way nginx/rescue os/clock os/sha256 \
		nginx/temporary nginx/file_copy os/file_id os/identity os/compat os/permitted os/rooted os/procfs os/process os/error_text \
		os/folder os/list trust/path trust/part trust/judge trust/distrust))
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(WARN) $(CFLAGS) -Iinclude -o $@ $^

$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $<

$(B)/tests/occupy $(B)/tests/crowd $(B)/tests/speak $(B)/tests/unread $(B)/tests/launcher $(B)/tests/answer_udp: $(B)/tests/%: tests/lib/%.c
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $<

$(B)/tests/no_fork.so: tests/lib/no_fork.c
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(WARN) $(CFLAGS) -fPIC -shared -o $@ $< $(LIBS)

$(B)/tests/late.so: tests/attack/late.c
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(WARN) $(CFLAGS) -fPIC -shared -o $@ $< $(LIBS)

# The library that it stands for comes along with it, whether or not it needs that itself.
$(B)/tests/fault.so: tests/soak/fault.c tests/soak/wrong.c tests/soak/fault.h
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(WARN) $(CFLAGS) -fPIC -shared -o $@ $(filter %.c,$^) -ldl -Wl,--no-as-needed -l:libcrypt.so.1

$(B)/tests/look: tests/soak/look.c
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(WARN) $(CFLAGS) -o $@ $<

# Static, so that they run in every container, and with nothing of ours preloaded.
$(B)/tests/attack/%: tests/attack/%.c tests/attack/witness.c tests/attack/witness.h
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(WARN) $(CFLAGS) -static -o $@ $(filter %.c,$^)

$(B)/tests/old-kernel: $(wildcard tests/old-kernel/*.c tests/old-kernel/*.h)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

$(B)/tests/load: $(wildcard tests/load/*.c tests/load/*.h)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -O2 -o $@ $(filter %.c,$^)

# The exploration of decide(), and one more for each planted mistake; tests/unit/explore.mk.
-include tests/unit/explore.mk
explore:

.PHONY: quick test form messages deps test-deps portable-helper check check-hosts check-quic-kernels check-sanitized check-valgrind check-old-kernels demo bench soak inject mutate lint coverage fuzz newcomer nginx-builds hosts explore
