# Compiles and embeds the program that steers HTTP/3 in the kernel; included by the Makefile. To use a compiler that was
# installed later: rm build/bpf/steer.inc

STEER_SOURCES = systemd-helper/bpf/steer.c include/nginx/quic_steer_private.h packaging/bpf/compile
# The only file of the helper that includes it; an option of the compiler tells it to.
STEER_LOADER  = systemd-helper/nginx/quic_steer_program

# BPF_CC="clang-19 -target bpf"
BPF_CC ?=

$(B)/bpf/steer.inc: $(STEER_SOURCES)
	@mkdir -p $(@D)
	packaging/bpf/compile $< $@ $(BPF_CC)

$(PORTABLE)/bpf/steer.inc: $(STEER_SOURCES) packaging/portable/cc
	$(portable_compiler)@mkdir -p $(@D)
	NH_BPF=1 packaging/bpf/compile $< $@ $(PORTABLE_CC)

$(B)/$(STEER_LOADER).o: $(B)/bpf/steer.inc
$(B)/$(STEER_LOADER).o: ALL_CFLAGS += -include $(B)/bpf/steer.inc
$(PORTABLE)/$(STEER_LOADER).o: $(PORTABLE)/bpf/steer.inc
$(PORTABLE)/$(STEER_LOADER).o: PORTABLE_FLAGS += -include $(PORTABLE)/bpf/steer.inc
