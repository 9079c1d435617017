/*
 * libdbus-1, opened at run time: only its headers are needed to build, and the program runs without
 * the library. Each call is reached as lib->connection_send(...) for dbus_connection_send(...).
 */
#ifndef INIT_LIBDBUS_H
#define INIT_LIBDBUS_H

#include <dbus/dbus.h>

/* clang-format off */
#define LIBDBUS_CALLS(X)                \
	X(connection_open_private)      \
	X(connection_close)             \
	X(connection_unref)             \
	X(connection_get_is_connected)  \
	X(connection_get_is_authenticated) \
	X(connection_has_messages_to_send) \
	X(connection_get_unix_fd)       \
	X(connection_send)              \
	X(connection_read_write)        \
	X(connection_pop_message)       \
	X(message_new_method_call)      \
	X(message_unref)                \
	X(message_get_type)             \
	X(message_get_reply_serial)     \
	X(message_get_error_name)       \
	X(message_iter_init)            \
	X(message_iter_init_append)     \
	X(message_iter_append_basic)    \
	X(message_iter_open_container)  \
	X(message_iter_close_container) \
	X(message_iter_get_arg_type)    \
	X(message_iter_get_basic)       \
	X(message_iter_recurse)         \
	X(message_iter_next)            \
	X(error_init)                   \
	X(error_free)
/* clang-format on */

struct libdbus {
#define LIBDBUS_MEMBER(name) __typeof__(dbus_##name) *name;
	LIBDBUS_CALLS(LIBDBUS_MEMBER)
#undef LIBDBUS_MEMBER
};

/* Opens it; it stays open until the program ends. NULL with the reason in ret_why. */
const struct libdbus *libdbus_open(char *ret_why, unsigned size);

#endif
