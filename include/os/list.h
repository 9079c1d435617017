/* Lists that grow: an array of which `count` elements are in use, and that has room for `*room`. */
#ifndef OS_LIST_H
#define OS_LIST_H

#include <stddef.h>

/*
 * The array with room for one more element of `size` bytes: as it is, or moved. The caller keeps
 * the result in place of `list`, and frees it in the end. NULL: there is no memory, and `list`
 * stays.
 */
void *list_longer(void *list, size_t count, size_t *room, size_t size);

#endif
