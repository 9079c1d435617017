# The RPM packages, in build/rpm/RPMS; included by the Makefile.
#
#     make rpm DIST=el9        el6, el7, el8, el9 or el10; the default is the kind of this machine
#
# On other machines (Debian has rpmbuild in its package "rpm") the binary is the portable one, which runs on all of them.
# With RPM_BINARY= in the arguments of make, rpmbuild compiles it instead, for the C library of this machine.

RPM_TOP    = $(B)/rpm
RPM_NAME   = nginx-handover-$(VERSION)
RPM_SOURCE = $(RPM_TOP)/SOURCES/$(RPM_NAME).tar.gz
RPM_SPEC   = $(RPM_TOP)/SPECS/$(VERSION)/nginx-handover.spec
DIST       = $(if $(shell rpm --eval '%{?dist}' 2>/dev/null),,el8)

# Macros that the target distribution defines and this machine's rpm does not. Build requirements are not checked, since
# the packages of this machine are not in rpm's database. (Debian's brp-compress is a bash script that dash would run.)
RPM_el6     = --define 'rhel 6' --define '_initddir /etc/rc.d/init.d'
RPM_el7     = --define 'rhel 7' --define '_unitdir /usr/lib/systemd/system'
RPM_el8     = --define 'rhel 8' --define '_unitdir /usr/lib/systemd/system'
RPM_el9     = --define 'rhel 9' --define '_unitdir /usr/lib/systemd/system'
RPM_el10    = --define 'rhel 10' --define '_unitdir /usr/lib/systemd/system'
RPM_FOREIGN = $(RPM_$(DIST)) --define 'dist .$(DIST)' --define '_dbpath /var/lib/rpm' \
	--define '__brp_compress bash /usr/lib/rpm/brp-compress /usr' --nodeps

RPM_BINARY  = $(if $(DIST),$(PORTABLE)/nginx-handover)

# More arguments for rpmbuild.
RPM_OPTIONS =

rpm: rpm-source
	@$(if $(DIST),tests/lib/deps rpm)
	@$(if $(RPM_BINARY),$(MAKE) --no-print-directory portable)
	@$(MAKE) --no-print-directory rpm-build

RPMBUILD    = MAKEFLAGS= rpmbuild --quiet --define '_topdir $(abspath $(RPM_TOP))' $(if $(DIST),$(RPM_FOREIGN)) \
	$(if $(RPM_BINARY),--define 'handover_binary $(abspath $(RPM_BINARY))')

# New versions of rpm store the expanded spec, with its folders, in the source package, and its checksum in the other
# packages. So the source package is built separately, with folders that are the same everywhere.
rpm-build:
	cd $(RPM_TOP) && $(RPMBUILD) -bs --define '_sourcedir SOURCES' --define '_builddir BUILD' --define '_buildrootdir BUILDROOT' \
		$(if $(RPM_BINARY),--define 'handover_binary build/nginx-handover') $(RPM_OPTIONS) $(abspath $(RPM_SPEC))
	$(RPMBUILD) -bb $(RPM_OPTIONS) $(RPM_SPEC)

# The version and the changelog come from the tree. The same files give the same packages: their times are the day of
# the first entry in the changelog.
RPM_DAY = $(shell sed -n 's/^## [^ ]* (\(.*\))$$/\1/p' CHANGELOG.md | head -n 1)

rpm-source:
	@mkdir -p $(dir $(RPM_SOURCE) $(RPM_SPEC))
	@$(MAKE) --no-print-directory -s dist SOURCE_DATE_EPOCH=$$(date -u -d $(RPM_DAY) +%s) DIST_FILE=$(RPM_SOURCE) >/dev/null
	@tar -xOzf $(RPM_SOURCE) $(DIST_NAME)/$(SPEC) >$(RPM_SPEC)

.PHONY: rpm rpm-build rpm-source
