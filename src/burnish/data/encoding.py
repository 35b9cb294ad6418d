"""The encoding of a text file: UTF-8, UTF-16, UTF-32 or GB18030, told from its bytes."""

import codecs
import re

PAIRS = re.compile(rb"[\x81-\xfe]([\x40-\x7e\x80-\xfe])")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # which begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MOSTLY = 0.7
"""Share of a GB18030 file's characters whose second byte is above 127 too; in Latin text the byte
after an accented letter is a plain letter."""
PIECE = 1 << 20
MOST_ZEROS = 10
"""One byte in so many may be zero in a text of single bytes: a row of zeros is one lost row."""
LAST_PLANE = 0x10
"""Of Unicode: a character's third byte in UTF-32."""
FEW = 2
"""Lines that are too few to count by."""
STRAY = 0.01
"""Share of lines that may be no UTF-8 in a file that is UTF-8 all the same."""


def encoding_of(head: bytes, whole: bool) -> str | None:
    """Python's name of the encoding of a file that begins with `head` (`whole`: and ends with it).

    None: none of them. Without a mark UTF-8 goes before GB18030; decoding is strict.
    """
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head[:4096] and (wide := _wide_without_mark(head[:4096])):
        return wide
    if MOST_ZEROS * head.count(0) > len(head):
        return None
    if _decodes(head, "utf-8", whole):
        return "utf-8"
    return "gb18030" if _reads_as_gb18030(head, whole) else None


def stray_bytes(head: bytes, has_header: bool = False) -> int:
    """Lines of `head` that are no UTF-8, when they are so few that the others need not suffer for
    them; else 0. Where all stands on a line or two, objects are counted.
    """
    lines = head.split(b"\n")
    lines = lines if len(lines) > FEW else head.split(b"},")
    bad = sum(not _decodes(line, "utf-8", True) for line in lines)
    return bad if bad <= max(1, STRAY * len(lines)) and len(lines) > bad + 1 + has_header else 0


def is_surely_utf_8(head: bytes) -> bool:
    """Whether more lines beyond ASCII are sound UTF-8 than are not."""
    beyond = [line for line in head.split(b"\n") if not line.isascii()]
    return 2 * sum(_decodes(line, "utf-8", True) for line in beyond) > len(beyond)


def stray_of(text: str) -> str:
    """The first byte of a text that could not be decoded (and is a surrogate for that,
    `errors="surrogateescape"`), in words; "" where all could.
    """
    if text.isascii():
        return ""
    try:
        text.encode()  # which is much faster than to search
    except UnicodeEncodeError as error:
        return f"byte 0x{ord(text[error.start]) - 0xDC00:02x}"
    return ""


def undecodable(head: bytes) -> tuple[int, str]:
    """Where `head` stops being UTF-8: the line (from 1), and what to say about it."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        line = head.count(b"\n", 0, error.start) + 1
        return line, f"byte 0x{head[error.start]:02x} at offset {error.start}"
    return 1, "zero bytes between the others"


def _decodes(data: bytes, encoding: str, whole: bool) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), PIECE):
            decoder.decode(data[start : start + PIECE])
        decoder.decode(b"", whole)
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_gb18030(head: bytes, whole: bool) -> bool:
    seconds = PAIRS.findall(head)
    high = sum(second[0] >= 0x80 for second in seconds)
    return bool(seconds) and high >= MOSTLY * len(seconds) and _decodes(head, "gb18030", whole)


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by where the zero bytes of its plain letters and signs stand."""
    zeros, quarter = [head[k::4].count(0) for k in range(4)], len(head) // 4
    for name, low, planes, high in (("utf-32-le", 0, 2, 3), ("utf-32-be", 3, 1, 0)):
        is_wide = quarter and zeros[high] >= quarter and max(head[planes::4]) <= LAST_PLANE
        if is_wide and 2 * zeros[low] < quarter:
            return name if _decodes(head[: quarter * 4], name, False) else None
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if min(even, odd) * 20 > max(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    return name if _decodes(head[: len(head) // 2 * 2], name, False) else None
