/*
 * The kinds of load. classes_open once, classes_start when the loop is about to run,
 * classes_stop when no new work may begin; the run is over when classes_finished says so, or after
 * classes_cut, which fails what is still in flight.
 */
#ifndef LOAD_CLASSES_H
#define LOAD_CLASSES_H

#include "load.h"

/* Reads the file of the slow downloads. 0 or -errno. */
int classes_open(struct load *load);
int classes_start(struct load *load);
void classes_stop(struct load *load);
int classes_finished(const struct load *load);
void classes_cut(struct load *load);
void classes_close(struct load *load);

#endif
