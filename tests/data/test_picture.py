# ruff: noqa: E501  (a case of a table stays on one line)
import struct
from pathlib import Path

import pytest

from burnish.data.picture import size_of

HEADS = {
    "png": b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 30, 20) + bytes(6),
    "gif": b"GIF89a" + struct.pack("<HH", 30, 20),
    "bmp": b"BM" + bytes(16) + struct.pack("<ii", 30, -20),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x04xx\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", 20, 30) + bytes(9),
    "webp extended": b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + b"\x1d\0\0\x13\0\0",
    "webp lossless": b"RIFF" + bytes(4) + b"WEBPVP8L" + bytes(5) + struct.pack("<I", 29 | 19 << 14) + bytes(5),
    "webp": b"RIFF" + bytes(4) + b"WEBPVP8 " + bytes(10) + struct.pack("<HH", 30, 20),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
def test_sizes_are_read_from_the_head(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(HEADS[kind])
    assert size_of(path) == (30, 20)


@pytest.mark.parametrize("content", [b"", b"text", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_has_no_size(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    assert size_of(path) is None and size_of(tmp_path / "missing") is None


@pytest.mark.shared
def test_a_real_picture(shared: Path) -> None:
    size = size_of(shared / "data/datasets/llamafactory/mllm_demo_data/1.jpg")
    assert size and min(size) > 100
