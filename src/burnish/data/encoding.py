"""The encoding of a text file: UTF-8, UTF-16, UTF-32 or GB18030, told from its bytes."""

import codecs
import re
from collections import Counter

PAIRS = re.compile(rb"[\x81-\xfe]([\x40-\x7e\x80-\xfe])")
BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
LAST_OF_KOREAN = 0xC8
"""The first byte of the last row of Hangul in EUC-KR; half of Chinese text is beyond it."""
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
FREQUENT = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小"
    "么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长"
)
"""Characters that make two fifths of Chinese text, and next to nothing of misread text."""
SEEN = 30
"""Characters of a sample."""
PIECE = 1 << 20
STRAY = 0.01
"""Share of lines that may be no UTF-8 in a file that is UTF-8 all the same."""


def encoding_of(head: bytes, whole: bool) -> str | None:
    """Python's name of the encoding of a file that begins with `head` (`whole`: and ends with it).

    None: none of them. Without a mark UTF-8 goes before GB18030; decoding is strict.
    """
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head[:4096]:
        return _utf_16_without_mark(head[:4096])
    if _decodes(head, "utf-8", whole):
        return "utf-8"
    return "gb18030" if _reads_as_gb18030(head, whole) else None


def sample_of(head: bytes) -> str:
    """The first text of `head` beyond ASCII, read as GB18030."""
    return " ".join(_beyond_ascii(head)[:SEEN].split())


def is_chinese(head: bytes) -> bool:
    """Whether `head` makes sense as GB18030, in which the bytes of most Asian encodings can be
    read too. Text too short to tell is taken for Chinese.
    """
    wide = Counter(sign for sign in _beyond_ascii(head) if sign > "\x7f")
    leads: Counter[int] = Counter()
    for sign, count in wide.items():
        leads[sign.encode("gb2312", "replace")[0]] += count
    usual = sum(n for lead, n in leads.items() if 0xA1 <= lead <= 0xA9 or 0xB0 <= lead <= 0xD7)
    ideographs = sum(count for lead, count in leads.items() if lead >= 0xB0)
    frequent = sum(count for sign, count in wide.items() if sign in FREQUENT)
    is_rare = frequent <= 0.1 * ideographs
    is_korean = is_rare and ideographs >= 4 and max(leads) <= LAST_OF_KOREAN
    return (
        usual >= 0.5 * wide.total()
        and not (ideographs >= 30 and frequent < 0.04 * ideographs)
        and not is_korean
    )


def _beyond_ascii(head: bytes) -> str:
    """The text of `head` from its first byte above 127 on."""
    first = BEYOND_ASCII.search(head)
    start = first.start() if first else 0
    return head[start : start + PIECE].decode("gb18030", errors="replace")


def stray_bytes(head: bytes) -> int:
    """Lines of `head` that are no UTF-8, when they are so few that the others need not suffer for
    them; else 0.
    """
    lines = head.split(b"\n")
    bad = sum(not _decodes(line, "utf-8", True) for line in lines)
    return bad if bad <= max(1, STRAY * len(lines)) and len(lines) > bad + 1 else 0


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


def _utf_16_without_mark(head: bytes) -> str | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) * 20 > max(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    return name if _decodes(head[: len(head) // 2 * 2], name, False) else None
