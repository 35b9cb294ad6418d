"""The width and height of an image file, from the first bytes of it."""

import struct
from pathlib import Path
from typing import IO

FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""JPEG markers behind which the size stands."""


def size_of(path: Path) -> tuple[float, float] | None:
    """(width, height) in pixels; None when it is no file, or of a kind not known here."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (OSError, struct.error, ValueError):
        return None


def _read(file: IO[bytes]) -> tuple[float, float] | None:
    head = file.read(30)
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return struct.unpack(">II", head[16:24])
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return struct.unpack("<HH", head[6:10])
    if head[:2] == b"BM":
        width, height = struct.unpack("<ii", head[18:26])
        return width, abs(height)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    return _jpeg(file) if head[:2] == b"\xff\xd8" else None


def _webp(head: bytes) -> tuple[float, float] | None:
    if head[12:16] == b"VP8X":
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(file: IO[bytes]) -> tuple[float, float] | None:
    file.seek(2)
    while True:
        if file.read(1) != b"\xff":
            return None
        while (marker := file.read(1)) == b"\xff":
            pass
        (length,) = struct.unpack(">H", file.read(2))
        if marker and marker[0] in FRAMES:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(length - 2, 1)
