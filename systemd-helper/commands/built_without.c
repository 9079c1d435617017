/* Which optional parts this build lacks. They need more than a C compiler to be built. */
#include "commands/commands.h"
#include "nginx/quic_steer.h"

const char *command_built_without(void)
{
	return quic_steer_built() ? ""
				  : " (no steering of HTTP/3: built without a compiler for BPF)";
}
