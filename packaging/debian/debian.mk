# Debian's packages, by debhelper from debian/; included by the Makefile.
#
#     make deb          the portable binary in a package that every release of Debian and Ubuntu can install, in
#                       build/deb
#     make deb-source   Debian's source package, and what dpkg-buildpackage makes of it: compiled here, with Debian's
#                       flags, for this release, in build/deb/source
#
# Both are made in a copy of the tree that has nothing but the sources, so that nothing of this machine is in them: the
# same sources give the same bytes. Times in them are that of debian/changelog.
#
# The format of the source package is 3.0 (quilt), since this is not for Debian alone: what it calls upstream is the
# tarball of all sources, and a change of debian/ needs no other one.

DEB_TOP    = $(B)/deb
DEB_NAME   = nginx-handover-$(VERSION)
DEB_SOURCE = $(DEB_TOP)/source
DEB_ORIG   = $(DEB_SOURCE)/nginx-handover_$(VERSION).orig.tar.gz
DEB_TIME   = $(shell dpkg-parsechangelog -S Timestamp)

# Nothing of this make: its arguments would be those of every make below.
DEB_BUILD  = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage --no-sign

# Its log is shown when it fails.
DEB_LOGGED = >$(abspath $(DEB_TOP))/log 2>&1 || { cat $(abspath $(DEB_TOP))/log >&2; exit 1; }

deb: portable
	@tests/lib/deps deb
	@$(MAKE) --no-print-directory deb-build

deb-build: deb-tree
	@cd $(DEB_SOURCE)/$(DEB_NAME) && HANDOVER_PROGRAM=$(abspath $(PORTABLE)/nginx-handover) \
		$(DEB_BUILD) --build=binary --no-check-builddeps $(DEB_LOGGED)
	@rm -f $(DEB_TOP)/*.deb && mv $(DEB_SOURCE)/*.deb $(DEB_TOP)/ && rm -r $(DEB_SOURCE) && echo $(DEB_TOP)/*.deb

deb-source:
	@tests/lib/deps deb
	@$(MAKE) --no-print-directory deb-source-build

# Out of the source package, as by anybody who has only that.
deb-source-build: deb-tree
	@cd $(DEB_SOURCE) && { (cd $(DEB_NAME) && $(DEB_BUILD) --build=source) && rm -r $(DEB_NAME) && \
		dpkg-source --no-check --extract nginx-handover_*.dsc && cd $(DEB_NAME) && $(DEB_BUILD) --build=full; } $(DEB_LOGGED)
	@ls $(DEB_SOURCE)/*.dsc $(DEB_SOURCE)/*.deb

# All sources, with nothing of who packs them and when, and debian/ beside them.
DEB_PACK = tar -c --format=gnu --no-recursion --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
	--mtime=@$(DEB_TIME) --transform='flags=r;s|^|$(DEB_NAME)/|' -T -

deb-tree:
	@[ "$$(dpkg-parsechangelog -S Version | sed 's/-[^-]*$$//')" = '$(VERSION)' ] || \
		{ echo 'debian/changelog has another version than the Makefile' >&2; exit 1; }
	@rm -rf $(DEB_SOURCE) && mkdir -p $(DEB_SOURCE)
	@packaging/files | grep -v '^debian/' | $(DEB_PACK) | gzip -9n >$(DEB_ORIG)
	@tar -xzf $(DEB_ORIG) -C $(DEB_SOURCE)
	@packaging/files | grep '^debian/' | $(DEB_PACK) | tar -x -C $(DEB_SOURCE)

.PHONY: deb deb-build deb-source deb-source-build deb-tree
