"""The servers behind nginx for tests/protocols.bats, all in one process: websocket, event stream, upload, the
authentication of the mail module (HTTP), echo by TCP and UDP, gRPC, SMTP. Prints a line when all of them listen.
"""

import asyncio
import hashlib

import h2.events
import wire

HTTP, TCP, UDP, GRPC, SMTP = 9001, 9002, 9003, 9004, 9005
BETWEEN_EVENTS = 0.05

ended = {}  # the event streams, by name


def answer(body, headers=""):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()


async def websocket(reader, writer, headers):
    """Sends back each text, and the close."""
    accept = wire.websocket_accept(headers["sec-websocket-key"])
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n\r\n" % accept.encode()
    )
    kind = None
    while kind != wire.CLOSE:
        kind, payload = await wire.websocket_read(reader)
        writer.write(wire.websocket_frame(kind, payload, masked=False))
        await writer.drain()


async def event_stream(writer, name):
    """Numbered events, until somebody asks for /end/NAME."""
    ended[name] = asyncio.Event()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    number = 0
    while not ended[name].is_set():
        writer.write(wire.chunk(b"data: %d\n\n" % number))
        await writer.drain()
        number += 1
        try:
            await asyncio.wait_for(ended[name].wait(), BETWEEN_EVENTS)
        except asyncio.TimeoutError:
            pass
    writer.write(wire.chunk(b"event: end\ndata: %d\n\n" % number) + wire.chunk(b""))


async def upload(reader, headers):
    """Says what has arrived."""
    digest = hashlib.sha256()
    if "content-length" in headers:
        digest.update(await reader.readexactly(int(headers["content-length"])))
    else:
        while piece := await wire.read_chunk(reader):
            digest.update(piece)
    return answer(digest.hexdigest())


async def http(reader, writer):
    first, headers = await wire.read_head(reader)
    path = first.split()[1]
    if path == "/websocket":
        await websocket(reader, writer, headers)
    elif path.startswith("/events/"):
        await event_stream(writer, path[len("/events/") :])
    elif path == "/upload":
        writer.write(await upload(reader, headers))
    elif path.startswith("/end/"):
        ended[path[len("/end/") :]].set()
        writer.write(answer("ended"))
    elif path == "/auth":
        writer.write(answer("", f"Auth-Status: OK\r\nAuth-Server: 127.0.0.1\r\nAuth-Port: {SMTP}\r\n"))


async def echo(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


async def grpc(reader, writer):
    """Sends back each message; the status comes when the client has ended."""
    connection = wire.Http2(reader, writer, client=False)
    received = {}
    async for event in connection.events():
        if isinstance(event, h2.events.RequestReceived):
            received[event.stream_id] = bytearray()
            connection.state.send_headers(
                event.stream_id, [(":status", "200"), ("content-type", "application/grpc")]
            )
        elif isinstance(event, h2.events.DataReceived):
            received[event.stream_id] += event.data
            for payload in wire.grpc_payloads(received[event.stream_id]):
                connection.state.send_data(event.stream_id, wire.grpc_message(payload))
        elif isinstance(event, h2.events.StreamEnded):
            connection.state.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)


async def smtp(reader, writer):
    """Takes one mail after the other; the answer to its end says what it was."""
    writer.write(b"220 mail.test ESMTP\r\n")
    envelope = []
    while line := (await reader.readline()).decode().strip():
        verb = line[:4].upper()
        if verb in ("MAIL", "RCPT"):
            envelope.append(line.split(":", 1)[1].split()[0])
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            mail = await reader.readuntil(b"\r\n.\r\n")
            writer.write(f"250 taken: {' '.join(envelope)}: {len(mail)} bytes\r\n".encode())
        elif verb == "QUIT":
            writer.write(b"221 bye\r\n")
            break
        else:
            writer.write(b"250 OK\r\n")


def serve(handler):
    """Each connection ends with its handler, and an error of one is none of the others."""

    async def one(reader, writer):
        try:
            await handler(reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError) as error:
            print(f"{handler.__name__}: {error}", flush=True)
        writer.close()

    return one


async def main():
    loop = asyncio.get_running_loop()
    for port, handler in ((HTTP, http), (TCP, echo), (GRPC, grpc), (SMTP, smtp)):
        await asyncio.start_server(serve(handler), "127.0.0.1", port)
    await loop.create_datagram_endpoint(EchoDatagrams, ("127.0.0.1", UDP))
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
