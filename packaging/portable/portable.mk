# The binary for glibc 2.12 and Linux 2.6.32 on as on today's systems, included by the Makefile. The same
# flags as ever, with a compiler of its own; see packaging/portable/cc.

# NH_ARCH in the environment, x86_64 or aarch64, is for the other kind of machine than this one.
PORTABLE         = build/portable$(NH_ARCH:%=-%)
PORTABLE_CC      = packaging/portable/cc
PORTABLE_OBJECTS = $(patsubst %.c,$(PORTABLE)/%.o,$(SOURCES) packaging/portable/stat.c)

# gcc's -Wformat=2 lets a format pass on that a function got as its own, clang's does not. Warnings are
# errors: the compiler is always the same one. Of the machine's headers there are but those of libdbus-1,
# and -MD has all that were read in the .d files, where tests/portable.bats looks.
PORTABLE_FLAGS = -std=gnu99 $(WARN) -Wno-format-nonliteral -Werror $(CFLAGS) -Iinclude \
		 $(patsubst -I%,-isystem %,$(DBUS_CFLAGS)) -DVERSION='"$(VERSION)"' -MD -MP

# In glibc 2.12 clock_gettime() is in librt. Without symbols, and so without the paths of this machine:
# the same sources give the same bytes, in whichever folder.
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
