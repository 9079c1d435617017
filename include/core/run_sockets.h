/* Where nginx listens, noted at the begin of a stop. */
#ifndef CORE_RUN_SOCKETS_H
#define CORE_RUN_SOCKETS_H

struct run;

/* Fills run->listened: the addresses that nginx listens on. */
void run_note_addresses(struct run *run);

/* Fills run->sockets: the unix sockets that a stop may leave in the file system. */
void run_note_sockets(struct run *run);

#endif
