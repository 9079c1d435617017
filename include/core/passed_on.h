/*
 * What a master passes on to the binary that it executes at USR2: of its environment only the
 * variables that "env" directives name, and TZ (nginx: ngx_set_environment). A test of the new
 * binary must see the same: a library that is found by LD_LIBRARY_PATH, for example, is found after
 * USR2 only with "env LD_LIBRARY_PATH;".
 */
#ifndef CORE_PASSED_ON_H
#define CORE_PASSED_ON_H

#include "nginx/build_info.h"
#include "nginx/master.h"
#include "trust/actor.h"

/* Whether the environment has a variable that could matter to a new binary. */
bool passed_on_matters(char *const *environment);

/*
 * An actor with the environment that is passed on. b: the build that runs; NULL: no variable
 * matters.
 */
struct actor passed_on(const struct master *m, const struct build_info *b);

#endif
