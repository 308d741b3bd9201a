"""The output of one block within fixed memory: its head, its tail, and how much was left out between."""

from responder.safety.sanitise import decode, sanitise

__all__ = ["CappedOutput"]


class CappedOutput:
    """Takes any amount of bytes and keeps the first and the last.

    Args:
        head_bytes: Kept from the beginning.
        tail_bytes: Kept from the end.
    """

    def __init__(self, *, head_bytes: int, tail_bytes: int) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._head_bytes = head_bytes
        self._tail_bytes = tail_bytes
        self.total = 0
        """Bytes seen, kept or not."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self.total += len(data)
        room = self._head_bytes - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        if len(self._tail) > 2 * self._tail_bytes:  # cut now and then, not at every write
            del self._tail[: len(self._tail) - self._tail_bytes]

    def text(self) -> str:
        """What was kept, decoded with replacement and safe to show."""
        tail = bytes(self._tail[-self._tail_bytes :]) if self._tail_bytes else b""
        missing = self.total - len(self._head) - len(tail)
        if missing <= 0:
            return sanitise(decode(bytes(self._head) + tail))
        return f"{sanitise(decode(bytes(self._head)))}\n... [{missing} bytes left out] ...\n{sanitise(decode(tail))}"
