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

/* Whether a pattern of `include` means this path. */
bool config_dump_matches(const struct config_scan *s, const char *pattern, const char *path);

/* A block of the name s->name has begun, or the innermost one ends. s->depth counts it in both. */
void config_block_begins(struct config_scan *s);
void config_block_ends(struct config_scan *s);

/*
 * The same for the servers of http, and where text stands. What finds no memory is one of
 * servers.more. A file begins, by its path and the blocks that include it; a word behind the name
 * of a directive, which need not end in NUL; an `include`, whose pattern is s->word; `listen`, with
 * its address, or NULL where that is not known or not TCP; "ssl on".
 */
void config_servers_block(struct config_scan *s);
void config_servers_block_ends(struct config_scan *s);
void config_servers_file(struct config_scan *s, const char *path, unsigned places);
void config_servers_word(struct config_scan *s, const char *word, size_t length);
void config_servers_include(struct config_scan *s);
void config_servers_listen(struct config_scan *s, const char *address);
void config_servers_free(struct config_scan *s);

/* Of enum config_place. */
unsigned config_place(const struct config_scan *s);

/* A `listen` directive; s->word is its address. 0 or -ENOMEM. */
int config_listen(struct config_scan *s);

/* A directive `proxy_responses` that is complete. */
void config_responses(struct config_scan *s);
void config_listen_free(struct config_scan *s);

#endif
