/* Metrics for node_exporter: TEXTFILE_DIR= (core/metrics.h says which). */
#ifndef COMMANDS_METRICS_H
#define COMMANDS_METRICS_H

#include "commands/site.h"

/*
 * How nginx stands now, and its history, to a file of its own in that folder; nothing where none is
 * set. Written beside it and renamed, mode 0644, and only into a folder that others cannot change.
 * What fails is told, and changes nothing. quietly: not where it is for lack of rights.
 */
void metrics_write(const struct settings *settings, const struct site *site, bool quietly);

#endif
