/* Metrics for node_exporter, in the folder TEXTFILE_DIR= (core/metrics.h says which). */
#ifndef COMMANDS_METRICS_H
#define COMMANDS_METRICS_H

#include "commands/settings.h"
#include "commands/site.h"

/*
 * Looks at nginx and at its history, and writes what it finds to the file of this nginx in that
 * folder, mode 0644: to another name first, which is then renamed. Does nothing where no folder is
 * set. Writes only into a folder that others cannot change. A failure is printed as a warning, and
 * nothing depends on it. quietly: a lack of rights is not printed.
 */
void metrics_write(const struct settings *settings, const struct site *site, bool quietly);

#endif
