"""Server-Sent Events as bytes, and what an answer of `/recommend` says to this process."""

import hashlib

import msgspec

RETRY_MS = 3000
# The first bytes of every stream: browsers come back as long after a stream has ended.
OPENING = b"retry: %d\n\n" % RETRY_MS
HEARTBEAT = b":\n\n"
# The chunk that ends a chunked body.
LAST_CHUNK = b"0\r\n\r\n"
EVENT = b"recommendations"


class _Named(msgspec.Struct):
    product_id: str


class Answer(msgspec.Struct):
    """The parts of an answer of `/recommend` that decide whether it is sent."""

    degraded: bool
    recommendations: list[_Named]

    @property
    def token(self) -> str:
        """A name for the list: the same for the same products in the same order, 16 hexadecimal digits."""
        ids = "\0".join(pick.product_id for pick in self.recommendations)
        return hashlib.blake2b(ids.encode(), digest_size=8).hexdigest()


_decoder = msgspec.json.Decoder(Answer)


def read_answer(body: bytes) -> Answer:
    """What the body of an answer says.

    Raises:
        msgspec.MsgspecError: it is no answer of `/recommend`.
    """
    return _decoder.decode(body)


def render_event(body: bytes, token: str) -> bytes:
    """The event that shows an answer; `token` comes back as `Last-Event-ID`."""
    # A line break would end the field, so each line of the data is a field of its own.
    data = b"".join(b"data: %s\n" % line for line in body.splitlines())
    return b"event: %s\nid: %s\n%s\n" % (EVENT, token.encode(), data)


def as_chunk(frame: bytes) -> bytes:
    """A frame as a chunk of a chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%s\r\n" % (len(frame), frame)
