# The binary for glibc 2.12 and Linux 2.6.32 as well as for today's systems; included by the Makefile. It has the usual
# flags, but a compiler of its own; see packaging/portable/cc.

# NH_ARCH in the environment (x86_64 or aarch64) builds for another kind of machine.
PORTABLE         = build/portable$(NH_ARCH:%=-%)
PORTABLE_CC      = packaging/portable/cc
PORTABLE_OBJECTS = $(patsubst %.c,$(PORTABLE)/%.o,$(SOURCES) packaging/portable/stat.c)

# gcc's -Wformat=2 accepts a format that a function passes on, clang's does not. Warnings are
# errors, since the compiler is always the same. The only headers of this machine are those of libdbus-1;
# -MD lists all headers in the .d files, and tests/portable.bats checks them.
PORTABLE_FLAGS = -std=gnu99 $(WARN) -Wno-format-nonliteral -Werror $(CFLAGS) -Iinclude \
		 $(patsubst -I%,-isystem %,$(DBUS_CFLAGS)) -DVERSION='"$(VERSION)"' -MD -MP

# In glibc 2.12 clock_gettime() is in librt. The binary has no symbols, and so no paths of this machine:
# the same sources give the same bytes in any folder.
PORTABLE_LINK = -pie -s $(LIBS) -lrt

portable:
	@tests/lib/deps build
	@$(PORTABLE_CC:cc=zig) >/dev/null
	@$(MAKE) --no-print-directory $(PORTABLE)/nginx-handover

$(PORTABLE)/nginx-handover: $(PORTABLE_OBJECTS)
	$(PORTABLE_CC) -o $@ $^ $(PORTABLE_LINK)

$(PORTABLE)/%.o: %.c Makefile $(wildcard packaging/portable/*)
	$(portable_compiler)@mkdir -p $(@D)
	$(PORTABLE_CC) $(PORTABLE_FLAGS) -c -o $@ $<

portable_compiler = $(eval portable_compiler := $$(call needs,$(PORTABLE_CC)))$(portable_compiler)

-include $(PORTABLE_OBJECTS:.o=.d)

.PHONY: portable
