/*
 * The pid file that a trigger of our rpm package (packaging/rpm/transaction) holds aside while a
 * vendor's scriptlet runs, so that this finds no nginx.
 */
#ifndef OS_HELD_PID_FILE_H
#define OS_HELD_PID_FILE_H

/*
 * Puts it back where one is held, and none has come in its place since: who acts on nginx in that
 * moment, a stop of its unit say, needs it. It stays held where that can't be done. For root only;
 * for others it does nothing.
 */
void held_pid_file_put_back(void);

#endif
