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

rpm-build:
	MAKEFLAGS= rpmbuild -ba --quiet --define '_topdir $(abspath $(RPM_TOP))' $(if $(DIST),$(RPM_FOREIGN)) \
		$(if $(RPM_BINARY),--define 'handover_binary $(abspath $(RPM_BINARY))') $(RPM_OPTIONS) $(RPM_SPEC)

rpm-source:
	@mkdir -p $(dir $(RPM_SOURCE) $(RPM_SPEC))
	@find . \( -name .git -o -path './build*' \) -prune -o -type f -print | LC_ALL=C sort | \
		tar -c --owner=0 --group=0 --transform='s|^\.|$(RPM_NAME)|' -T - | gzip -n >$(RPM_SOURCE)
	@sed 's/@VERSION@/$(VERSION)/g' packaging/rpm/nginx-handover.spec >$(RPM_SPEC)

.PHONY: rpm rpm-build rpm-source
