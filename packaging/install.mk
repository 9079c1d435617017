# make install, install-systemd, install-sysv, install-openrc, uninstall; included by the Makefile. The folders have GNU's names:
#
#     prefix exec_prefix sbindir libexecdir datarootdir mandir docdir sysconfdir systemdsystemunitdir catalogdir, and DESTDIR
#
# Units and scripts contain the path of the program. Files of others that are replaced are kept, and "make uninstall"
# puts them back; see packaging/installer.
#
#     make install PROGRAM=build/portable/nginx-handover     installs that program, and compiles nothing

# PREFIX, LIBEXECDIR, UNITDIR, INITDIR and SETTINGS_DIR are the former names of these variables; they still work.
PREFIX       = /usr/local
DESTDIR      =
prefix       = $(PREFIX)
exec_prefix  = $(prefix)
sbindir      = $(exec_prefix)/sbin
libexecdir   = $(exec_prefix)/libexec
datarootdir  = $(prefix)/share
mandir       = $(datarootdir)/man
docdir       = $(datarootdir)/doc/nginx-handover
# Examples for logrotate, certbot and supervisors. They are not activated: of two logrotate files that name the same log,
# only the first counts, so ours could replace an administrator's or a vendor's. Empty: not installed.
exampledir   = $(docdir)/examples
# The folders in which each shell looks for completions.
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

# An nginx.service that is not ours gets the drop-in; if there is none, ours is installed. UNIT=service or UNIT=drop-in
# chooses one, UNIT_FILES names the files. PID_FILE is the pid file of nginx.service.
PID_FILE     = /run/nginx.pid
UNIT         =
UNIT_FILES   =

# Settings that the systemd of this machine does not know are removed from the units. SYSTEMD_VERSION=219 does this for
# another machine; if it is empty, nothing is removed.
SYSTEMD_VERSION = $(if $(DESTDIR),,$(shell systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p'))

# "service nginx upgrade" on CentOS 7 and newer looks there for verbs that systemctl does not know. nginx.org's package
# has an "upgrade" of its own; files that are not ours are kept.
LEGACY_ACTIONS = $(if $(wildcard $(DESTDIR)/usr/libexec/initscripts),/usr/libexec/initscripts/legacy-actions)
LEGACY_VERBS   = upgrade rollback backups finish heal configtest reopen needed doctor history

# The list of the installed files; STAGED is the list for a folder from which a package is built.
RECORD       = $(datarootdir)/nginx-handover/installed
STAGED       = $(B)/installed

given        = $(filter-out undefined default file,$(origin $(1)))
# The helper itself looks only in these two.
unusual_settings = $(if $(filter-out /etc/sysconfig /etc/default,$(SETTINGS_DIR)),$(SETTINGS_DIR))

INSTALLER    = DESTDIR='$(DESTDIR)' RECORD='$(RECORD)' STAGED='$(STAGED)' PID_FILE='$(PID_FILE)' \
	GIVEN_PID='$(if $(call given,PID_FILE),yes)' HELPER='$(sbindir)/nginx-handover' LIBEXECDIR='$(LIBEXECDIR)' \
	SETTINGS_DIR='$(SETTINGS_DIR)' SETTINGS='$(unusual_settings:%=%/nginx)' packaging/installer
PUT_SETTINGS = $(INSTALLER) put settings 644 '$(SETTINGS_DIR)/nginx' <sysv-init/nginx.sysconfig

# PROGRAM is installed unchanged, but only if it can run here.
install: $(if $(call given,PROGRAM),,all)
	@[ -f '$(PROGRAM)' ] || { echo "there is no $(PROGRAM)" >&2; exit 1; }
	@[ -n '$(DESTDIR)' ] || '$(abspath $(PROGRAM))' --version >/dev/null || { echo "$(PROGRAM) does not run on this machine" >&2; exit 1; }
	@$(INSTALLER) put own 755 '$(sbindir)/nginx-handover' <'$(PROGRAM)'
	@for page in $(notdir $(sort $(wildcard man/*.[1-9]))); do \
		sed '/^\.TH/s/"nginx\\-handover"/"nginx\\-handover $(VERSION)"/' "man/$$page" | \
			$(INSTALLER) put own 644 "$(mandir)/man$${page##*.}/$$page" || exit 1; done
	@packaging/completion/generate bash | $(INSTALLER) put own 644 '$(bashdir)/nginx-handover'
	@packaging/completion/generate zsh | $(INSTALLER) put own 644 '$(zshdir)/_nginx-handover'
	@[ -z '$(exampledir)' ] || find packaging/examples -type f | while read -r file; do $(INSTALLER) fill <"$$file" | \
		$(INSTALLER) put own 644 "$(exampledir)/$${file#packaging/examples/}" || exit 1; done
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

# The init script. A vendor's is kept beside it as nginx.orig, and existing settings are kept. CentOS's own scripts
# have no Default-Start, since there the administrator decides what starts at boot.
install-sysv: install | $(filter install-systemd,$(MAKECMDGOALS))
	@$(INSTALLER) fill <sysv-init/nginx | sed '$(if $(findstring /rc.d/,$(INITDIR)),/^\# Default-Start:/d)' | $(INSTALLER) script '$(INITDIR)/nginx'
	@$(PUT_SETTINGS)

# The script for OpenRC, instead of an init script, and its settings: a few of OpenRC's own, followed by those of the init
# script. They are in the folder where OpenRC looks, relative to the script.
CONF_DIR     = $(sysconfdir)/conf.d

install-openrc: install install-conf.d
	@$(INSTALLER) fill <openrc/nginx | sed '$(if $(filter-out /etc,$(sysconfdir)),s|--service \("*\)$$RC_SVCNAME\1|& --settings \1$(CONF_DIR)/$$RC_SVCNAME\1|)' | \
		$(INSTALLER) script '$(sysconfdir)/init.d/nginx'

install-conf.d:
	@{ cat openrc/nginx.confd && sed '1,/^$$/d' sysv-init/nginx.sysconfig; } | $(INSTALLER) put settings 644 '$(CONF_DIR)/nginx'

# If an install has left no list (an earlier version, or another tree), an install into an empty folder shows what to
# remove.
uninstall:
	@$(INSTALLER) has-list || $(MAKE) --no-print-directory -s expected >/dev/null
	@EXPECTED="$$(ls '$(B)'/expected/*-* 2>/dev/null)"; export EXPECTED; $(INSTALLER) remove
	@rm -rf '$(B)/expected'

expected:
	@rm -rf '$(B)/expected'
	@$(MAKE) --no-print-directory install-systemd install-sysv install-conf.d DESTDIR='$(abspath $(B))/expected/root' STAGED='$(B)/expected' \
		PROGRAM=packaging/installer SETTINGS_DIR='$(SETTINGS_DIR)' INITDIR='$(INITDIR)' SYSTEMD_VERSION='$(SYSTEMD_VERSION)' \
		LEGACY_ACTIONS='$(LEGACY_ACTIONS)' UNITDIR='$(UNITDIR)' \
		UNIT_FILES='nginx.service nginx.service.d/handover.conf nginx@.service nginx-handover@.path nginx-handover@.service'

.PHONY: install install-systemd install-legacy-actions install-sysv install-openrc install-conf.d uninstall expected
