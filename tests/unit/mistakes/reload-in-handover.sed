# HUP to the one master, though it has started another one meanwhile.
s/if (phase != PHASE_ALONE)/if (0)/
