"""The clients of nginx for tests/protocols.bats, all in one process.

    clients.py FOLDER NAME...      websocket, events, upload, tcp, udp, grpc, http2, smtp, tls, zones

Each begins a session and keeps it busy until the process gets USR1; then it ends the session as its protocol wants
it. To FOLDER/NAME.log it writes a line for each exchange that begins with the time, and to NAME.rc at its end 0, or 1
when anything went wrong; what that was stands in the log.
"""

import asyncio
import contextvars
import hashlib
import signal
import socket
import ssl
import sys
import time
import traceback

import h2.events
import wire

HTTP, HTTP2, GRPC, TCP, UDP, SMTP, TICKET_KEY, NO_TICKET_KEY = 8080, 8443, 8090, 8101, 8102, 8025, 8444, 8443
PATIENCE = 10  # seconds, for each answer
BETWEEN = 0.05  # seconds, between two exchanges
UDP_TRIES, UDP_PATIENCE = 3, 1

told_to_end = asyncio.Event()
log = contextvars.ContextVar("log")  # of the client that runs


def say(*words):
    print(*words, file=log.get(), flush=True)


def exchanged(what):
    say(f"{time.time():.6f} {what}")


def expect(seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{seen!r} came where {wanted!r} was expected")


async def numbers():
    """A number for each exchange, until this is told to end."""
    number = 0
    while not told_to_end.is_set():
        yield number
        number += 1
        try:
            await asyncio.wait_for(told_to_end.wait(), BETWEEN)
        except asyncio.TimeoutError:
            pass


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE)


async def connect(port, **options):
    """Says from which port, so that it can be told which process has the other end."""
    reader, writer = await soon(asyncio.open_connection("127.0.0.1", port, **options))
    say("port", writer.get_extra_info("sockname")[1])
    return reader, writer


async def websocket():
    reader, writer = await connect(HTTP)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(
        b"GET /websocket HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % key.encode()
    )
    first, headers = await soon(wire.read_head(reader))
    expect(first.split()[1], "101")
    expect(headers["sec-websocket-accept"], wire.websocket_accept(key))
    async for number in numbers():
        text = b"text %d" % number
        writer.write(wire.websocket_frame(wire.TEXT, text, masked=True))
        expect(await soon(wire.websocket_read(reader)), (wire.TEXT, text))
        exchanged(number)
    goodbye = (1000).to_bytes(2, "big")
    writer.write(wire.websocket_frame(wire.CLOSE, goodbye, masked=True))
    expect(await soon(wire.websocket_read(reader)), (wire.CLOSE, goodbye))
    expect(await soon(reader.read()), b"")


async def get(path):
    """The body of one small answer, by a connection of its own."""
    reader, writer = await soon(asyncio.open_connection("127.0.0.1", HTTP))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode())
    first, _ = await soon(wire.read_head(reader))
    body = await soon(reader.read())
    writer.close()
    return int(first.split()[1]), body


def numbered(event, number):
    """Whether an event is the next one, or the end."""
    if event == b"event: end\ndata: %d\n\n" % number:
        return False
    expect(event, b"data: %d\n\n" % number)
    exchanged(number)
    return True


async def next_event(piece, got):
    """One event: two may come in one chunk or frame, or a part of one."""
    while b"\n\n" not in got:
        got += await soon(piece())
    event, _, rest = bytes(got).partition(b"\n\n")
    got[:] = rest
    return event + b"\n\n"


async def events():
    reader, writer = await connect(HTTP)
    writer.write(b"GET /events/plain HTTP/1.1\r\nHost: test\r\n\r\n")
    first, _ = await soon(wire.read_head(reader))
    expect(first.split()[1], "200")
    number, asked, got = 0, False, bytearray()
    while numbered(await next_event(lambda: wire.read_chunk(reader), got), number):
        number += 1
        if told_to_end.is_set() and not asked:
            asked = True
            await get("/end/plain")
    expect(await soon(wire.read_chunk(reader)), b"")


async def upload():
    reader, writer = await connect(HTTP)
    digest = hashlib.sha256()
    writer.write(b"POST /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    async for number in numbers():
        piece = b"%d " % number * wire.PIECE
        digest.update(piece)
        writer.write(wire.chunk(piece))
        await soon(writer.drain())
        exchanged(number)
    writer.write(wire.chunk(b""))
    first, headers = await soon(wire.read_head(reader))
    expect(first.split()[1], "200")
    expect(await soon(reader.readexactly(int(headers["content-length"]))), digest.hexdigest().encode())


async def tcp():
    reader, writer = await connect(TCP)
    async for number in numbers():
        line = b"line %d\n" % number
        writer.write(line)
        expect(await soon(reader.readline()), line)
        exchanged(number)
    writer.write_eof()
    expect(await soon(reader.read()), b"")


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self):
        self.received = asyncio.Queue()

    def datagram_received(self, data, addr):
        self.received.put_nowait(data)


async def udp():
    """From one port, as a session: nginx need not keep it, but each datagram gets its answer."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(Datagrams, remote_addr=("127.0.0.1", UDP))
    async for number in numbers():
        await udp_exchange(transport, client.received, b"datagram %d" % number)
        exchanged(number)


async def udp_exchange(transport, received, datagram):
    """As a resolver: what gets no answer in a second is sent again."""
    for _ in range(UDP_TRIES):
        transport.sendto(datagram)
        try:
            while await asyncio.wait_for(received.get(), UDP_PATIENCE) != datagram:
                pass  # the second answer to an earlier one
            return
        except asyncio.TimeoutError:
            say("no answer to", datagram)
    raise AssertionError("a datagram got no answer")


class Responses:
    """The answers of an HTTP/2 connection, by stream."""

    def __init__(self, connection):
        self.connection, self.streams = connection, {}
        self.task = asyncio.ensure_future(self.read())

    def of(self, stream):
        return self.streams.setdefault(stream, asyncio.Queue())

    async def read(self):
        async for event in self.connection.events():
            stream = getattr(event, "stream_id", 0)
            if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                self.of(stream).put_nowait(dict(event.headers))
            elif isinstance(event, h2.events.DataReceived) and event.data:
                self.of(stream).put_nowait(event.data)
            elif isinstance(event, h2.events.StreamEnded):
                self.of(stream).put_nowait(None)
            elif isinstance(event, h2.events.StreamReset):
                self.of(stream).put_nowait("reset")
        for queue in self.streams.values():
            queue.put_nowait("closed")


async def http2_ask(connection, method, path, *more):
    stream = connection.state.get_next_available_stream_id()
    headers = [(":method", method), (":scheme", "https"), (":authority", "test"), (":path", path), *more]
    connection.state.send_headers(stream, headers, end_stream=method == "GET")
    await connection.flush()
    return stream


async def grpc():
    reader, writer = await connect(GRPC)
    connection = wire.Http2(reader, writer, client=True)
    responses = Responses(connection)
    stream = await http2_ask(
        connection, "POST", "/test.Echo/Talk", ("content-type", "application/grpc"), ("te", "trailers")
    )
    got, headers = bytearray(), None
    async for number in numbers():
        text = b"message %d" % number
        connection.state.send_data(stream, wire.grpc_message(text))
        await connection.flush()
        if not headers:
            headers = await soon(responses.of(stream).get())
            expect(headers[":status"], "200")
        while not (payloads := list(wire.grpc_payloads(got))):
            got += await soon(responses.of(stream).get())
        expect(payloads, [text])
        exchanged(number)
    connection.state.end_stream(stream)
    await connection.flush()
    expect((await soon(responses.of(stream).get()))["grpc-status"], "0")
    expect(await soon(responses.of(stream).get()), None)


def no_check(alpn):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    return context


async def http2():
    """One stream that lasts. It is the last of its connection: a new request goes by another one."""
    reader, writer = await connect(HTTP2, ssl=no_check("h2"))
    expect(writer.get_extra_info("ssl_object").selected_alpn_protocol(), "h2")
    connection = wire.Http2(reader, writer, client=True)
    responses = Responses(connection)
    stream = await http2_ask(connection, "GET", "/events/http2")
    expect((await soon(responses.of(stream).get()))[":status"], "200")
    number, asked, got = 0, False, bytearray()
    while numbered(await next_event(responses.of(stream).get, got), number):
        number += 1
        if told_to_end.is_set() and not asked:
            asked = True
            expect(connection.last_stream, stream)
            await http2_end()
    expect(await soon(responses.of(stream).get()), None)
    await soon(responses.task)


async def http2_end():
    reader, writer = await soon(asyncio.open_connection("127.0.0.1", HTTP2, ssl=no_check("h2")))
    connection = wire.Http2(reader, writer, client=True)
    responses = Responses(connection)
    stream = await http2_ask(connection, "GET", "/end/http2")
    expect((await soon(responses.of(stream).get()))[":status"], "200")
    expect(await soon(responses.of(stream).get()), b"ended")
    writer.close()


async def smtp():
    """The envelope before the upgrade, the mail after it."""
    reader, writer = await connect(SMTP)

    async def command(line, wanted):
        writer.write(line.encode() + b"\r\n" if line else b"")
        seen = (await soon(reader.readline())).decode()
        while seen[3:4] == "-":
            seen = (await soon(reader.readline())).decode()
        expect(seen[:3], wanted)
        return seen

    await command("", "220")
    await command("EHLO client.test", "250")
    await command("MAIL FROM:<a@test>", "250")
    await command("RCPT TO:<b@test>", "250")
    async for number in numbers():
        await command("NOOP", "250")
        exchanged(number)
    await command("DATA", "354")
    mail = "Subject: it lives\r\n\r\nyes\r\n.\r\n"
    expect(await command(mail[:-2], "250"), f"250 taken: <a@test> <b@test>: {len(mail)} bytes\r\n")
    await command("QUIT", "221")


def tls_request(port, context, session):
    """The session after one request, and whether that was resumed."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain:
        with context.wrap_socket(plain, session=session) as tls:
            tls.sendall(b"GET /index.html HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            while tls.recv(65536):
                pass
            return tls.session, tls.session_reused


async def tls():
    """A session is resumed before the upgrade; what comes of it after that depends on the key."""
    sessions = {}
    for port in (TICKET_KEY, NO_TICKET_KEY):
        context = no_check("http/1.1")
        session, _ = await asyncio.to_thread(tls_request, port, context, None)
        session, reused = await asyncio.to_thread(tls_request, port, context, session)
        expect(reused, True)
        sessions[port] = context, session
    exchanged("resumed")
    await told_to_end.wait()
    for port, wanted in ((TICKET_KEY, True), (NO_TICKET_KEY, False)):
        expect((await asyncio.to_thread(tls_request, port, *sessions[port]))[1], wanted)
        exchanged("resumed" if wanted else "not resumed")


async def zones():
    """The second request in a minute is refused, and is not when the zone has begun anew."""
    expect((await get("/limited"))[0], 200)
    expect((await get("/limited"))[0], 503)
    exchanged("refused")
    await told_to_end.wait()
    expect((await get("/limited"))[0], 200)
    exchanged("let in")


async def run(folder, name):
    """One client, whose end is no other's."""
    rc = 1
    with open(f"{folder}/{name}.log", "w", encoding="utf-8") as file:
        log.set(file)
        try:
            await globals()[name]()
            rc = 0
        except Exception:  # whatever it is: that is for the test to show
            traceback.print_exc(file=file)
    with open(f"{folder}/{name}.rc", "w", encoding="utf-8") as file:
        print(rc, file=file)


async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told_to_end.set)
    await asyncio.gather(*(asyncio.create_task(run(sys.argv[1], name)) for name in sys.argv[2:]))


asyncio.run(main())
