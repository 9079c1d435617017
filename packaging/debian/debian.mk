# Debian's packages, by debhelper from debian/; included by the Makefile.
#
#     make deb          the portable binary in a package that every release of Debian and Ubuntu can install, in
#                       build/deb
#     make deb-source   Debian's source package, and the package that dpkg-buildpackage builds from it: compiled here,
#                       with Debian's flags, for this release, in build/deb/source
#
# Both are built in a copy of the tree that has only the sources, so that they do not depend on this machine: the
# same sources give the same bytes. Times in them are those of debian/changelog.
#
# The format of the source package is 3.0 (quilt), since the project is not only for Debian: the upstream part is the
# tarball of all sources, and a change in debian/ needs no new tarball.

DEB_TOP    = $(B)/deb
DEB_NAME   = nginx-handover-$(VERSION)
DEB_SOURCE = $(DEB_TOP)/source
DEB_ORIG   = $(DEB_SOURCE)/nginx-handover_$(VERSION).orig.tar.gz
DEB_TIME   = $(shell dpkg-parsechangelog -S Timestamp)

# The arguments of this make must not reach every make below.
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

# From the source package alone, as anybody else would build it.
deb-source-build: deb-tree
	@cd $(DEB_SOURCE) && { (cd $(DEB_NAME) && $(DEB_BUILD) --build=source) && rm -r $(DEB_NAME) && \
		dpkg-source --no-check --extract nginx-handover_*.dsc && cd $(DEB_NAME) && $(DEB_BUILD) --build=full; } $(DEB_LOGGED)
	@ls $(DEB_SOURCE)/*.dsc $(DEB_SOURCE)/*.deb

# All sources, without the names and times of who packs them, and debian/ beside them.
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
