"""One pass over a whole file before its first row: is it complete, and how is its text encoded?

The pass unpacks and hashes everything once. It costs a tenth of the reading, and in return a file that is cut off,
damaged or a decompression bomb is refused before anything of it is kept, and the encoding is known, not guessed.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass, field

from galena.connectors.files.unpack import BLOCK_BYTES, Content

HEAD_BYTES = 262_144
_STRANGE_BYTES = 65_536
_ENOUGH_BAD = 2_000_000
_LONE = re.compile("[\udc80-\udcff]")


@dataclass
class Survey:
    """What the pass found.

    Attributes:
        head: the first unpacked bytes.
        unpacked_bytes: size of everything.
        tail: the last unpacked bytes.
        nul_count: how many zero bytes there are.
        good_count: characters beyond ASCII that are valid UTF-8.
        bad_count: bytes that are not valid UTF-8.
        strange: lines with bytes beyond ASCII, to guess an encoding from.
    """

    head: bytes = b""
    tail: bytes = b""
    unpacked_bytes: int = 0
    nul_count: int = 0
    good_count: int = 0
    bad_count: int = 0
    strange: bytearray = field(default_factory=bytearray)

    def add(self, block: bytes, decoder: codecs.IncrementalDecoder) -> None:
        """Takes the next block into account."""
        if len(self.head) < HEAD_BYTES:
            self.head += block[: HEAD_BYTES - len(self.head)]
        self.tail = (self.tail + block)[-64:] if len(block) < 64 else block[-64:]
        self.unpacked_bytes += len(block)
        self.nul_count += block.count(0)
        if self.bad_count < _ENOUGH_BAD:
            self._count_text(block, decoder)

    def _count_text(self, block: bytes, decoder: codecs.IncrementalDecoder) -> None:
        text = decoder.decode(block, final=not block)
        if text.isascii():
            return
        bad = len(_LONE.findall(text))
        self.good_count += len(text) - len(text.encode("ascii", "ignore")) - bad
        self.bad_count += bad
        if bad and len(self.strange) < _STRANGE_BYTES:
            lines = (line for line in block.splitlines(keepends=True) if not line.isascii())
            self.strange += b"".join(lines)[:_STRANGE_BYTES]


def survey(content: Content) -> Survey:
    """Reads the content to its end and sets its size and hash.

    Raises:
        InputError: cut off, damaged, locked, a decompression bomb.
    """
    found = Survey()
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with content.open() as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            found.add(block, decoder)
    found.add(b"", decoder)
    if content.compression is None or content.member is not None:
        content.sha256, content.size_bytes = digest.hexdigest(), found.unpacked_bytes
    else:
        with content.stored.open("rb") as packed:
            content.sha256 = hashlib.file_digest(packed, "sha256").hexdigest()
        content.size_bytes = content.stored.stat().st_size
    return found
