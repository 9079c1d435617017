/* The counter of TCP connections: parsed from text, and increased by a real connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/tcp_opens.h"
#include "tap.h"

static void reads(const char *text, int expected, uint64_t number)
{
	uint64_t opens = 0;

	ok(tcp_opens_parse(text, &opens) == expected && opens == number, text);
}

/* Other processes may make connections in the same moment. */
static void counts(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t before = 0, after = 0;

	ok(bind(listener, (struct sockaddr *)&at, length) == 0 && listen(listener, 1) == 0 &&
		   getsockname(listener, (struct sockaddr *)&at, &length) == 0,
	   "a listener");
	ok(tcp_opens_of(getpid(), &before) == 0, "read");
	ok(connect(client, (struct sockaddr *)&at, length) == 0, "connected");
	ok(tcp_opens_of(getpid(), &after) == 0 && after > before, "one more");
	(void)close(client);
	(void)close(listener);
	ok(tcp_opens_of(-1, &after) < 0, "no such process");
}

int main(void)
{
	reads("Ip: A B\nIp: 1 2\nTcp: A PassiveOpens B\nTcp: -1 77 3\nUdp: A\nUdp: 1\n", 0, 77);
	reads("Tcp: A PassiveOpens\nTcp: 1 78\n", 0, 78);
	reads("Tcp: A XPassiveOpens\nTcp: 1 78\n", -EBADMSG, 0);
	reads("Tcp: A PassiveOpens\nTcp: 1\n", -EBADMSG, 0);
	reads("Tcp: A PassiveOpens\nTcp: 1 x\n", -EBADMSG, 0);
	reads("Tcp: A PassiveOpens\nUdp: 1 2\n", -EBADMSG, 0);
	reads("Tcp: A PassiveOpens\n", -EBADMSG, 0);
	reads("", -EBADMSG, 0);
	counts();
	return tap_end();
}
