"""What both ends of tests/protocols.bats speak: frames of a websocket, HTTP/2, messages of gRPC, lines of HTTP/1.1."""

import base64
import contextlib
import hashlib
import os
import struct

import h2.config
import h2.connection
import h2.events

TEXT, CLOSE = 1, 8
PIECE = 1000  # bytes of an upload that are sent at once


def websocket_accept(key):
    """The answer to a client's key (RFC 6455, 1.3)."""
    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()


def websocket_frame(kind, payload, masked):
    """One short frame; a client's are masked."""
    head = bytes([0x80 | kind, (0x80 if masked else 0) | len(payload)])
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + unmask(payload, mask)


def unmask(payload, mask):
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


async def websocket_read(reader):
    """The kind and the payload of the next short frame."""
    kind, length = await reader.readexactly(2)
    mask = await reader.readexactly(4) if length & 0x80 else bytes(4)
    return kind & 0x0F, unmask(await reader.readexactly(length & 0x7F), mask)


async def read_head(reader):
    """The first line of a request or an answer, and its headers with small names."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    return first, {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}


async def read_chunk(reader):
    """The next chunk of a body; empty at its end."""
    size = int(await reader.readuntil(b"\r\n"), 16)
    return (await reader.readexactly(size + 2))[:-2]


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def grpc_message(payload):
    return struct.pack(">BI", 0, len(payload)) + payload


def grpc_payloads(buffer):
    """Takes the whole messages out of a bytearray."""
    while len(buffer) >= 5 and len(buffer) >= 5 + struct.unpack(">xI", buffer[:5])[0]:
        end = 5 + struct.unpack(">xI", buffer[:5])[0]
        yield bytes(buffer[5:end])
        del buffer[:end]


class Http2:
    """One HTTP/2 connection on a pair of streams. After GOAWAY its streams go on, for which h2 has no state: it does
    not get that frame."""

    GOAWAY = 7
    PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    def __init__(self, reader, writer, client):
        self.reader, self.writer = reader, writer
        self.last_stream = None  # that of a GOAWAY
        self.state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=client, header_encoding="utf-8")
        )
        self.state.initiate_connection()

    async def flush(self):
        self.writer.write(self.state.data_to_send())
        await self.writer.drain()

    async def frames(self):
        if not self.state.config.client_side:
            yield await self.reader.readexactly(len(self.PREFACE))
        while head := await self.reader.read(1):
            head += await self.reader.readexactly(8)
            payload = await self.reader.readexactly(int.from_bytes(head[:3], "big"))
            if head[3] == self.GOAWAY:
                self.last_stream, _ = struct.unpack(">II", payload[:8])
            else:
                yield head + payload

    async def events(self):
        """What the other end sends, until it closes the connection."""
        await self.flush()
        async for frame in self.frames():
            for event in self.state.receive_data(frame):
                if isinstance(event, h2.events.DataReceived):
                    self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                yield event
            with contextlib.suppress(ConnectionError):  # who has closed after its last word wants no answer
                await self.flush()
