/*
 * While a scriptlet of a vendor's nginx package runs, a trigger of our rpm package
 * (packaging/rpm/transaction) moves nginx's pid file aside, so that the scriptlet finds no nginx.
 */
#ifndef OS_HELD_PID_FILE_H
#define OS_HELD_PID_FILE_H

/*
 * Moves the pid file back, unless there is a new one in its place by now. To be called by a command
 * that acts on nginx meanwhile (a stop of its unit, say), and so needs the file. On failure the
 * file stays aside. Does nothing unless called by root.
 */
void held_pid_file_put_back(void);

#endif
