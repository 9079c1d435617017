# make install, install-systemd, install-sysv, uninstall; included by the Makefile. The folders have GNU's names:
#
#     prefix exec_prefix sbindir libexecdir datarootdir mandir docdir sysconfdir systemdsystemunitdir catalogdir, and DESTDIR
#
# Units and scripts name the program where it is put. What is replaced and not ours is kept, and "make uninstall"
# puts it back; see packaging/installer.
#
#     make install PROGRAM=build/portable/nginx-handover     installs that one, and compiles nothing

# PREFIX, LIBEXECDIR, UNITDIR, INITDIR and SETTINGS_DIR are the names that these have had; they go on working.
PREFIX       = /usr/local
DESTDIR      =
prefix       = $(PREFIX)
exec_prefix  = $(prefix)
sbindir      = $(exec_prefix)/sbin
libexecdir   = $(exec_prefix)/libexec
datarootdir  = $(prefix)/share
mandir       = $(datarootdir)/man
docdir       = $(datarootdir)/doc/nginx-handover
# For logrotate and certbot. They are not put to work: of two files of logrotate that name one log only the first counts,
# so that ours would take the place of an administrator's, or a vendor's, or the other way round. Empty: not installed.
exampledir   = $(docdir)/examples
# Where each shell looks for what completes the words of a command.
bashdir      = $(datarootdir)/bash-completion/completions
zshdir       = $(datarootdir)/zsh/site-functions
fishdir      = $(datarootdir)/fish/vendor_completions.d
# Not below the prefix: the program looks for its settings in /etc.
sysconfdir   = /etc
# systemd looks below /usr/lib and /usr/local/lib.
catalogdir   = $(prefix)/lib/systemd/catalog
systemdsystemunitdir = $(or $(shell pkg-config --variable=systemdsystemunitdir systemd 2>/dev/null),/etc/systemd/system)

LIBEXECDIR   = $(libexecdir)/nginx-handover
UNITDIR      = $(systemdsystemunitdir)
SETTINGS_DIR = $(sysconfdir)/$(if $(wildcard $(DESTDIR)$(sysconfdir)/sysconfig),sysconfig,$(if \
	$(wildcard $(DESTDIR)$(sysconfdir)/default),default,$(if $(wildcard /etc/sysconfig),sysconfig,default)))
INITDIR      = $(sysconfdir)/$(if $(wildcard $(DESTDIR)$(sysconfdir)/rc.d/init.d),rc.d/init.d,$(if \
	$(wildcard $(DESTDIR)$(sysconfdir)/init.d),init.d,$(if $(wildcard /etc/rc.d/init.d),rc.d/init.d,init.d)))

# An nginx.service that is there and not ours gets the drop-in; where there is none, ours is installed. UNIT=service
# or UNIT=drop-in says which, UNIT_FILES names each. PID_FILE is that of the one nginx.
PID_FILE     = /run/nginx.pid
UNIT         =
UNIT_FILES   =

# What the systemd of this machine does not know is left out of the units. SYSTEMD_VERSION=219 for another machine;
# nothing is left out where it is empty.
SYSTEMD_VERSION = $(if $(DESTDIR),,$(shell systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p'))

# "service nginx upgrade" on CentOS 7 and newer looks there for what systemctl does not know. nginx.org's package
# has an "upgrade" of its own: what is not ours is left.
LEGACY_ACTIONS = $(if $(wildcard $(DESTDIR)/usr/libexec/initscripts),/usr/libexec/initscripts/legacy-actions)
LEGACY_VERBS   = upgrade rollback backups finish configtest reopen

# Where it is listed what was put where; STAGED for what is put into a folder that a package is made of.
RECORD       = $(datarootdir)/nginx-handover/installed
STAGED       = $(B)/installed

given        = $(filter-out undefined default file,$(origin $(1)))
# The helper looks by itself in these two only.
unusual_settings = $(if $(filter-out /etc/sysconfig /etc/default,$(SETTINGS_DIR)),$(SETTINGS_DIR))

INSTALLER    = DESTDIR='$(DESTDIR)' RECORD='$(RECORD)' STAGED='$(STAGED)' PID_FILE='$(PID_FILE)' \
	GIVEN_PID='$(if $(call given,PID_FILE),yes)' HELPER='$(sbindir)/nginx-handover' LIBEXECDIR='$(LIBEXECDIR)' \
	SETTINGS_DIR='$(SETTINGS_DIR)' SETTINGS='$(unusual_settings:%=%/nginx)' packaging/installer
PUT_SETTINGS = $(INSTALLER) put settings 644 '$(SETTINGS_DIR)/nginx' <sysv-init/nginx.sysconfig

# A program that is named is taken as it is. One that cannot run here would be worse than none.
install: $(if $(call given,PROGRAM),,all)
	@[ -f '$(PROGRAM)' ] || { echo "there is no $(PROGRAM)" >&2; exit 1; }
	@[ -n '$(DESTDIR)' ] || '$(abspath $(PROGRAM))' --version >/dev/null || { echo "$(PROGRAM) does not run on this machine" >&2; exit 1; }
	@$(INSTALLER) put own 755 '$(sbindir)/nginx-handover' <'$(PROGRAM)'
	@for page in $(notdir $(sort $(wildcard man/*.[1-9]))); do \
		sed '/^\.TH/s/"nginx\\-handover"/"nginx\\-handover $(VERSION)"/' "man/$$page" | \
			$(INSTALLER) put own 644 "$(mandir)/man$${page##*.}/$$page" || exit 1; done
	@packaging/completion/generate bash | $(INSTALLER) put own 644 '$(bashdir)/nginx-handover'
	@packaging/completion/generate zsh | $(INSTALLER) put own 644 '$(zshdir)/_nginx-handover'
	@[ -z '$(exampledir)' ] || for file in packaging/examples/*; do $(INSTALLER) fill <"$$file" | \
		$(INSTALLER) put own 644 "$(exampledir)/$${file##*/}" || exit 1; done
	@packaging/completion/generate fish | $(INSTALLER) put own 644 '$(fishdir)/nginx-handover.fish'

install-systemd: install
	@$(INSTALLER) fill <units/binary-changed | $(INSTALLER) put file 755 '$(LIBEXECDIR)/binary-changed'
	@UNIT='$(UNIT)' UNIT_FILES='$(UNIT_FILES)' MOVED='$(if $(call given,UNITDIR)$(call given,systemdsystemunitdir),,yes)' \
		SYSTEMD_VERSION='$(SYSTEMD_VERSION)' $(INSTALLER) units '$(UNITDIR)'
	@$(if $(unusual_settings),$(PUT_SETTINGS))
	@$(INSTALLER) put own 644 '$(catalogdir)/nginx-handover.catalog' <units/nginx-handover.catalog
	@[ -n '$(DESTDIR)' ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
	@[ -n '$(DESTDIR)' ] || [ ! -d /run/systemd/system ] || journalctl --update-catalog || :
	@[ -z '$(LEGACY_ACTIONS)' ] || $(MAKE) --no-print-directory install-legacy-actions

install-legacy-actions:
	@for verb in $(LEGACY_VERBS); do at='$(LEGACY_ACTIONS)/nginx'/$$verb; \
		if [ -e '$(DESTDIR)'"$$at" ] && ! grep -qs nginx-handover '$(DESTDIR)'"$$at"; then \
			echo "left as it is, since it is not ours: $(DESTDIR)$$at"; continue; fi; \
		$(INSTALLER) fill <sysv-init/legacy-action | $(INSTALLER) put file 755 "$$at" || exit 1; done

# The init script. A vendor's is kept beside it as nginx.orig, and settings that are there are left. CentOS's own scripts
# have no Default-Start, since there the administrator says what starts at boot.
install-sysv: install | $(filter install-systemd,$(MAKECMDGOALS))
	@$(INSTALLER) fill <sysv-init/nginx | sed '$(if $(findstring /rc.d/,$(INITDIR)),/^\# Default-Start:/d)' | $(INSTALLER) script '$(INITDIR)/nginx'
	@$(PUT_SETTINGS)

# Where an install has left no list, since it was made by an earlier version or from another tree, that of one into
# an empty folder tells what there is to remove.
uninstall:
	@$(INSTALLER) has-list || $(MAKE) --no-print-directory -s expected >/dev/null
	@EXPECTED="$$(ls '$(B)'/expected/*-* 2>/dev/null)"; export EXPECTED; $(INSTALLER) remove
	@rm -rf '$(B)/expected'

expected:
	@rm -rf '$(B)/expected'
	@$(MAKE) --no-print-directory install-systemd install-sysv DESTDIR='$(abspath $(B))/expected/root' STAGED='$(B)/expected' \
		PROGRAM=packaging/installer SETTINGS_DIR='$(SETTINGS_DIR)' INITDIR='$(INITDIR)' SYSTEMD_VERSION='$(SYSTEMD_VERSION)' \
		LEGACY_ACTIONS='$(LEGACY_ACTIONS)' UNITDIR='$(UNITDIR)' \
		UNIT_FILES='nginx.service nginx.service.d/handover.conf nginx@.service nginx-handover@.path nginx-handover@.service'

.PHONY: install install-systemd install-legacy-actions install-sysv uninstall expected
