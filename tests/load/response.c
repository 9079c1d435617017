/*
 * Reads the head of a response. Stricter than a browser on purpose: a body without Content-Length
 * or a chunked one is left without a length, since only a length proves that the body came whole.
 */
#define _GNU_SOURCE
#include "response.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "HTTP/1.1 200 OK" */
static int parse_status(const char *line, struct response *response)
{
	if (strncmp(line, "HTTP/1.", 7) || !isdigit((unsigned char)line[7]) || line[8] != ' ')
		return -EBADMSG;
	for (int i = 9; i < 12; i++)
		if (!isdigit((unsigned char)line[i]))
			return -EBADMSG;
	if (line[12] != ' ' && line[12] != '\0')
		return -EBADMSG;
	response->status = atoi(line + 9);
	response->keep = line[7] != '0';
	return 0;
}

static int parse_length(const char *value, struct response *response)
{
	char *end;
	long long length;

	if (!isdigit((unsigned char)*value))
		return -EBADMSG;
	errno = 0;
	length = strtoll(value, &end, 10);
	if (errno || *end || (response->length >= 0 && response->length != length))
		return -EBADMSG;
	response->length = length;
	return 0;
}

static int parse_field(char *line, struct response *response)
{
	char *value = strchr(line, ':');

	if (!value || value == line)
		return -EBADMSG;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (!strcasecmp(line, "Content-Length"))
		return parse_length(value, response);
	if (!strcasecmp(line, "Connection") && strcasestr(value, "close"))
		response->keep = 0;
	if (!strcasecmp(line, "Server"))
		snprintf(response->server, sizeof(response->server), "%s", value);
	return 0;
}

int response_parse(const char *buf, size_t len, struct response *ret_response, size_t *ret_size)
{
	const char *end = memmem(buf, len, "\r\n\r\n", 4);
	struct response response = {.length = -1};
	char *head, *line, *next;
	int first = 1, r = 0;

	if (!end)
		return -EAGAIN;
	head = strndup(buf, (size_t)(end - buf));
	if (!head)
		return -ENOMEM;
	for (line = head; line && r == 0; line = next) {
		next = strstr(line, "\r\n");
		if (next) {
			*next = '\0';
			next += 2;
		}
		r = first ? parse_status(line, &response) : parse_field(line, &response);
		first = 0;
	}
	free(head);
	if (r)
		return r;
	*ret_response = response;
	*ret_size = (size_t)(end - buf) + 4;
	return 0;
}
