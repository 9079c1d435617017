# make            build/nginx-handover
# make deps       installs what that needs
# make demo       installs what it needs, builds, upgrades a private nginx under load
# make check      installs what it needs, builds, passes all tests
# make quick      a part of them, in two minutes; make test T=tests/upgrade.bats: single files
# make portable   build/portable/nginx-handover, for glibc 2.12 and Linux 2.6.32 on
# make lint form bench coverage soak inject mutate fuzz explore-deep install uninstall dist rpm deb clean
# make install-systemd install-sysv ...   with what that init system starts; see packaging/install.mk
# make check-quic-kernels check-sanitized check-valgrind check-old-kernels
#
# make DEV=1      every warning an error, with ASan and UBSan, in build-dev/

# Nothing else says it but the headings of CHANGELOG.md.
VERSION = 0.1.0

CC      ?= cc
CFLAGS  ?= -O2 -g
LDFLAGS ?=
LIBS     = -ldl
B       ?= build

WARN = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
       -Wwrite-strings -Wformat=2 -Wundef -Wvla

ifdef DEV
B         := build-dev
WARN      += -Werror
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# Headers only: the library is opened at run time, and may be missing.
DBUS_CFLAGS ?= $(shell pkg-config --cflags dbus-1)

ALL_CFLAGS = -std=gnu99 $(WARN) $(CFLAGS) $(SANITIZE) -Iinclude $(DBUS_CFLAGS) -DVERSION='"$(VERSION)"' -MMD -MP

CORE    := $(wildcard systemd-helper/core/deci*.c) systemd-helper/core/fault.c
SOURCES := $(filter-out systemd-helper/bpf/%,$(wildcard systemd-helper/*.c systemd-helper/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(filter-out $(B)/systemd-helper/main.o,$(OBJECTS))

# PROGRAM=build/portable/nginx-handover has "make install" and its like take that one.
PROGRAM = $(B)/nginx-handover

all: $(B)/nginx-handover

$(B)/nginx-handover: $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: %.c Makefile
	$(compiler)@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Looked at once, and only where something is to be compiled: what is missing is said in place of what a compiler says.
needs    = $(if $(shell packaging/needs '$(1)' '$(DBUS_CFLAGS)'),$(error $(shell packaging/needs '$(1)' '$(DBUS_CFLAGS)')))
compiler = $(eval compiler := $$(call needs,$(CC)))$(compiler)

-include $(OBJECTS:.o=.d)

clean:
	rm -rf build build-dev

include packaging/install.mk
include packaging/dist.mk
include packaging/portable/portable.mk
include packaging/bpf/bpf.mk
include packaging/rpm/rpm.mk
include packaging/debian/debian.mk
include tests/tests.mk

.PHONY: all clean
