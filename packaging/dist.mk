# make dist: build/nginx-handover-VERSION.tar.gz, from which all the rest can be made, also without git; the same
# files give the same bytes. Included by the Makefile.

DIST_NAME = nginx-handover-$(VERSION)
DIST_FILE = $(B)/$(DIST_NAME).tar.gz
# The day of the version, or SOURCE_DATE_EPOCH.
DIST_TIME = $(or $(SOURCE_DATE_EPOCH:%=@%),$(shell sed -n 's/^.. [0-9.]* (\(.*\))$$/\1/p' CHANGELOG.md | head -n 1)Z)

dist:
	@mkdir -p $(B)
	@rm -f $(DIST_FILE) $(DIST_FILE:.gz=)
	@packaging/files | tar -cf $(DIST_FILE:.gz=) --format=ustar --no-recursion --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime='$(DIST_TIME)' --transform='s|^|$(DIST_NAME)/|' -T -
	@gzip -9n $(DIST_FILE:.gz=)
	@echo $(DIST_FILE)

.PHONY: dist
