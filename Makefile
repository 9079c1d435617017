# make            build/nginx-handover
# make demo       installs what it needs, builds, upgrades a private nginx under load
# make check      installs what it needs, builds, passes all tests
# make portable   build/portable/nginx-handover, for glibc 2.12 and Linux 2.6.32 on
# make lint bench coverage soak inject mutate fuzz explore-deep install install-systemd install-sysv rpm deb clean
#
# make DEV=1      every warning an error, with ASan and UBSan, in build-dev/

VERSION = 0.1.0
PREFIX  = /usr/local
DESTDIR =

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
SOURCES := $(wildcard systemd-helper/*.c systemd-helper/*/*.c)
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(filter-out $(B)/systemd-helper/main.o,$(OBJECTS))

# PROGRAM=build/portable/nginx-handover has "make install" and its like take that one.
PROGRAM = $(B)/nginx-handover

all: $(PROGRAM)

$(B)/nginx-handover: $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

-include $(OBJECTS:.o=.d)

install: all
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/sbin/nginx-handover
	install -D -m 644 man/nginx-handover.8 $(DESTDIR)$(PREFIX)/share/man/man8/nginx-handover.8
	install -D -m 644 man/nginx-handover.systemd.7 $(DESTDIR)$(PREFIX)/share/man/man7/nginx-handover.systemd.7
	install -D -m 644 man/nginx-handover.sysv.7 $(DESTDIR)$(PREFIX)/share/man/man7/nginx-handover.sysv.7

# A vendor's nginx.service gets the drop-in; where there is none, ours is installed. UNIT=service or
# UNIT=drop-in says which. PID_FILE is that of the one nginx, SETTINGS_DIR holds NAME and NAME-INSTANCE.
UNITDIR      = /etc/systemd/system
PID_FILE     = /run/nginx.pid
SETTINGS_DIR = $(if $(wildcard /etc/sysconfig),/etc/sysconfig,/etc/default)
VENDOR_UNIT  = $(firstword $(wildcard /usr/lib/systemd/system/nginx.service /lib/systemd/system/nginx.service))
UNIT         = $(if $(VENDOR_UNIT),drop-in,service)
UNIT_FILES   = nginx@.service $(PATH_UNITS) $(if $(filter drop-in,$(UNIT)),nginx.service.d/handover.conf,nginx.service)

# What the systemd of this machine does not know is left out of the units. SYSTEMD_VERSION=219 for another machine;
# nothing is left out where it is empty.
SYSTEMD_VERSION = $(if $(DESTDIR),,$(shell systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p'))

# A unit that waits for another binary, which is off; where its script goes.
PATH_UNITS   = nginx-handover@.path nginx-handover@.service
LIBEXECDIR   = $(PREFIX)/libexec/nginx-handover

install-systemd: install
	@install -d "$(DESTDIR)$(LIBEXECDIR)" && $(PUT_HELPER) units/binary-changed >"$(DESTDIR)$(LIBEXECDIR)/binary-changed" && \
	chmod 755 "$(DESTDIR)$(LIBEXECDIR)/binary-changed"
	@for unit in $(UNIT_FILES); do \
		install -d "$(DESTDIR)$(UNITDIR)/$$(dirname $$unit)" && \
		units/for-systemd $(SYSTEMD_VERSION) <"units/$$unit" | $(PUT_HELPER) -e 's|^PIDFile=/run/nginx.pid|PIDFile=$(PID_FILE)|' \
			-e 's|/etc/sysconfig|$(SETTINGS_DIR)|' \
			>"$(DESTDIR)$(UNITDIR)/$$unit" && \
		chmod 644 "$(DESTDIR)$(UNITDIR)/$$unit" && \
		echo "installed $(DESTDIR)$(UNITDIR)/$$unit" || exit 1; done
	@[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
	@[ -z "$(LEGACY_ACTIONS)" ] || $(MAKE) --no-print-directory install-legacy-actions

# "service nginx upgrade" on CentOS 7 and newer looks there for what systemctl does not know. nginx.org's package
# has an "upgrade" of its own: what is not ours is left.
LEGACY_ACTIONS = $(if $(wildcard /usr/libexec/initscripts),/usr/libexec/initscripts/legacy-actions)
LEGACY_VERBS   = upgrade rollback backups finish configtest reopen

OURS        = grep -qs nginx-handover
PUT_HELPER  = sed -e 's|/usr/sbin/nginx-handover|$(PREFIX)/sbin/nginx-handover|' \
	-e 's|/usr/libexec/nginx-handover|$(LIBEXECDIR)|'

install-legacy-actions:
	@dir="$(DESTDIR)$(LEGACY_ACTIONS)/nginx"; install -d "$$dir" && for verb in $(LEGACY_VERBS); do \
		if [ -e "$$dir/$$verb" ] && ! $(OURS) "$$dir/$$verb"; then \
			echo "left as it is, since it is not ours: $$dir/$$verb"; continue; fi; \
		$(PUT_HELPER) sysv-init/legacy-action >"$$dir/$$verb" && chmod 755 "$$dir/$$verb" && \
		echo "installed $$dir/$$verb" || exit 1; done

# The init script. A vendor's is kept beside it as nginx.orig, and settings that are there are left. CentOS's own scripts
# have no Default-Start, since there the administrator says what starts at boot.
INITDIR = $(if $(wildcard /etc/rc.d/init.d),/etc/rc.d/init.d,/etc/init.d)

install-sysv: install
	@script="$(DESTDIR)$(INITDIR)/nginx"; settings="$(DESTDIR)$(SETTINGS_DIR)/nginx"; \
	install -d "$(DESTDIR)$(INITDIR)" "$(DESTDIR)$(SETTINGS_DIR)" && \
	if [ -e "$$script" ] && ! $(OURS) "$$script"; then \
		mv "$$script" "$$script.orig" && chmod -x "$$script.orig" && echo "kept $$script.orig"; fi && \
	$(PUT_HELPER) -e 's|/etc/sysconfig/nginx$$|$(SETTINGS_DIR)/nginx|' \
		$(if $(findstring /rc.d/,$(INITDIR)),-e '/^# Default-Start:/d') \
		$(if $(filter file,$(origin PID_FILE)),,-e 's|^\(# pidfile: *\).*|\1$(PID_FILE)|') sysv-init/nginx >"$$script" && \
	chmod 755 "$$script" && echo "installed $$script" && \
	if [ -e "$$settings" ]; then echo "left as it is: $$settings"; else \
		install -m 644 sysv-init/nginx.sysconfig "$$settings" && echo "installed $$settings"; fi

clean:
	rm -rf build build-dev

include packaging/portable/portable.mk
include packaging/rpm/rpm.mk
include packaging/debian/debian.mk
include tests/tests.mk

.PHONY: all install install-systemd install-legacy-actions install-sysv clean
