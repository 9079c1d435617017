/* What scripts print of a command, before the service's name. */
#ifndef INIT_SERVICE_WORDS_H
#define INIT_SERVICE_WORDS_H

/* "Starting"; NULL: nothing is printed of that verb. */
const char *service_words(const char *verb);

#endif
