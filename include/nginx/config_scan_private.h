/* What the files of config_scan share. Private to nginx/config_*.c. */
#ifndef NGINX_CONFIG_SCAN_PRIVATE_H
#define NGINX_CONFIG_SCAN_PRIVATE_H

#include "nginx/config_scan.h"

/*
 * Looks for the line that nginx prints before a file of the dump, a letter at a time. 1: the last
 * letter was the end of one, and level and files tell of the new file; 0 or -ENOMEM.
 */
int config_dump_letter(struct config_scan *s, char c);

/* An `include` directive; s->word is its pattern. 0 or -ENOMEM. */
int config_dump_include(struct config_scan *s);
void config_dump_free(struct config_scan *s);

/* A block of the name s->name has begun, or the innermost one ends. s->depth counts it in both. */
void config_block_begins(struct config_scan *s);
void config_block_ends(struct config_scan *s);

/* A `listen` directive; s->word is its address. 0 or -ENOMEM. */
int config_listen(struct config_scan *s);

/* A directive `proxy_responses` that is complete. */
void config_responses(struct config_scan *s);
void config_listen_free(struct config_scan *s);

#endif
