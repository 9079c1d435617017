/* The entries of a folder that is open. */
#ifndef OS_FOLDER_H
#define OS_FOLDER_H

#include <dirent.h>

/*
 * Opens it anew for readdir(3), since a duplicate of the descriptor would share its offset. The
 * caller ends with closedir(3). NULL: errno says why not.
 */
DIR *folder_entries(int folder);

#endif
