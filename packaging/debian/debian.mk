# make deb: a Debian package with the portable binary, in build/deb; included by the Makefile. It has the drop-in
# for Debian's nginx.service, the unit for instances, and a trigger on nginx and its modules.

DEB_TOP  = $(B)/deb
DEB_ARCH = $(shell dpkg --print-architecture)
DEB      = $(DEB_TOP)/nginx-handover_$(VERSION)_$(DEB_ARCH).deb
DEB_ROOT = $(DEB_TOP)/root

deb: portable
	@$(MAKE) --no-print-directory deb-build

deb-build:
	@rm -rf $(DEB_ROOT)
	@install -d $(DEB_ROOT)/DEBIAN $(DEB_ROOT)/usr/share/doc/nginx-handover
	@MAKEFLAGS= $(MAKE) --no-print-directory -s -o all install-systemd B=$(abspath $(PORTABLE)) DESTDIR=$(abspath $(DEB_ROOT)) \
		PREFIX=/usr UNIT=drop-in UNITDIR=/usr/lib/systemd/system SETTINGS_DIR=/etc/default LEGACY_ACTIONS= >/dev/null
	@install -D -m 644 packaging/completion/nginx-handover.bash \
		$(DEB_ROOT)/usr/share/bash-completion/completions/nginx-handover
	@install -D -m 644 packaging/debian/init-functions $(DEB_ROOT)/usr/lib/lsb/init-functions.d/50-nginx-handover
	@install -D -m 755 packaging/debian/generator $(DEB_ROOT)/usr/lib/systemd/system-generators/nginx-handover
	@install -d -m 700 $(DEB_ROOT)/var/lib/nginx-handover
	@install -m 644 README.md $(DEB_ROOT)/usr/share/doc/nginx-handover/README.md
	@install -m 644 LICENSE $(DEB_ROOT)/usr/share/doc/nginx-handover/copyright
	@gzip -9n $(DEB_ROOT)/usr/share/man/man*/*
	@sed -e 's/@VERSION@/$(VERSION)/' -e 's/@ARCH@/$(DEB_ARCH)/' packaging/debian/control >$(DEB_ROOT)/DEBIAN/control
	@install -m 644 packaging/debian/triggers $(DEB_ROOT)/DEBIAN/triggers
	@install -m 755 packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm $(DEB_ROOT)/DEBIAN/
	@dpkg-deb --root-owner-group -Zgzip --build $(DEB_ROOT) $(DEB) >/dev/null

.PHONY: deb deb-build
