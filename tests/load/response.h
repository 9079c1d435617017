/*
 * The head of a HTTP/1.x response. Pure: give it all bytes that came so far, from the first on.
 */
#ifndef LOAD_RESPONSE_H
#define LOAD_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#define SERVER_NAME_MAX 64

struct response {
	int status;
	int keep;       /* the connection may carry another request */
	int64_t length; /* of the body, -1 when not said */
	char server[SERVER_NAME_MAX];
};

/* 0, -EAGAIN when the head is not whole yet, -EBADMSG when it makes no sense. */
int response_parse(const char *buf, size_t len, struct response *ret_response, size_t *ret_size);

#endif
