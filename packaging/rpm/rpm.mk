# The RPM packages, in build/rpm/RPMS; included by the Makefile.
#
#     make rpm DIST=el9        el6, el7, el8, el9 or el10; on a machine of such a kind it need not be said
#
# Elsewhere (Debian has rpmbuild in its package "rpm") the binary is the portable one, which runs on all of them.
# RPM_BINARY= in the arguments of make has it compiled by rpmbuild instead, for the C library of this machine.

RPM_TOP    = $(B)/rpm
RPM_NAME   = nginx-handover-$(VERSION)
RPM_SOURCE = $(RPM_TOP)/SOURCES/$(RPM_NAME).tar.gz
RPM_SPEC   = $(RPM_TOP)/SPECS/$(VERSION)/nginx-handover.spec
DIST       = $(if $(shell rpm --eval '%{?dist}' 2>/dev/null),,el8)

# What such a distribution defines and this machine's rpm does not. What a build requires is not asked of the rpm
# database of a machine whose own packages are of another kind. (Debian's brp-compress is a bash script that dash
# would run.)
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

# New rpms keep the spec in the source package as they have expanded it, with its folders, and the sum of that in the
# others: so it is made by itself, with folders that are the same everywhere.
rpm-build:
	cd $(RPM_TOP) && $(RPMBUILD) -bs --define '_sourcedir SOURCES' --define '_builddir BUILD' --define '_buildrootdir BUILDROOT' \
		$(if $(RPM_BINARY),--define 'handover_binary build/nginx-handover') $(RPM_OPTIONS) $(abspath $(RPM_SPEC))
	$(RPMBUILD) -bb $(RPM_OPTIONS) $(RPM_SPEC)

# The version and the changelog are the tree's. The same files give the same packages: their times are the day of the
# changelog's first entry.
RPM_DAY = $(shell sed -n 's/^## [^ ]* (\(.*\))$$/\1/p' CHANGELOG.md | head -n 1)

rpm-source:
	@mkdir -p $(dir $(RPM_SOURCE) $(RPM_SPEC))
	@$(MAKE) --no-print-directory -s dist SOURCE_DATE_EPOCH=$$(date -u -d $(RPM_DAY) +%s) DIST_FILE=$(RPM_SOURCE) >/dev/null
	@tar -xOzf $(RPM_SOURCE) $(DIST_NAME)/$(SPEC) >$(RPM_SPEC)

.PHONY: rpm rpm-build rpm-source
