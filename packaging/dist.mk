# make dist: build/nginx-handover-VERSION.tar.gz, from which everything else can be built, also without git; the same
# files give the same bytes. Included by the Makefile.

DIST_NAME = nginx-handover-$(VERSION)
DIST_FILE = $(B)/$(DIST_NAME).tar.gz
# The day of the version, or SOURCE_DATE_EPOCH.
DIST_TIME = $(or $(SOURCE_DATE_EPOCH:%=@%),$(shell sed -n 's/^.. [0-9.]* (\(.*\))$$/\1/p' CHANGELOG.md | head -n 1)Z)

# Its spec contains the version and the changelog, so that "rpmbuild -ta" works.
SPEC      = packaging/rpm/nginx-handover.spec
DIST_TREE = $(B)/dist/$(DIST_NAME)

dist:
	@rm -rf $(B)/dist $(DIST_FILE) $(DIST_FILE:.gz=)
	@mkdir -p $(DIST_TREE)
	@packaging/files >$(B)/dist/files
	@tar -cf - -T $(B)/dist/files | tar -xf - -C $(DIST_TREE)
	@{ sed -e 's/^\(Version: *\).*/\1$(VERSION)/' -e '/^%changelog/q' $(SPEC) && packaging/rpm/changelog <CHANGELOG.md; } >$(DIST_TREE)/$(SPEC)
	@tar -cf $(DIST_FILE:.gz=) -C $(DIST_TREE) --format=ustar --no-recursion --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime='$(DIST_TIME)' --transform='flags=r;s|^|$(DIST_NAME)/|' -T $(abspath $(B))/dist/files
	@gzip -9n $(DIST_FILE:.gz=)
	@rm -rf $(B)/dist
	@echo $(DIST_FILE)

.PHONY: dist
