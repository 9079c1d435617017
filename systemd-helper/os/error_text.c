/* Explains errors that people take for a problem of the disk, but which mean a resource limit. */
#include <errno.h>
#include <string.h>

#include "os/error_text.h"

const char *error_text(int error)
{
	switch (error) {
	case EMFILE:
		return "Too many open files (the limit for one process; \"ulimit -n\" in the shell or LimitNOFILE= in the unit raises it)";
	case ENFILE:
		return "Too many open files in system (the limit for all processes; \"sysctl fs.file-max\" shows and raises it)";
	case EFBIG:
		return "File too large (the limit for what a process writes; \"ulimit -f unlimited\" in the shell or LimitFSIZE=infinity in the unit raises it)";
	default: return strerror(error);
	}
}
