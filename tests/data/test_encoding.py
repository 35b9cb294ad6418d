import pytest

from burnish.data.encoding import encoding_of, is_surely_utf_8, stray_bytes, stray_of, undecodable

CHINESE = "部门,问题\n内科,头疼怎么办？\n"
ENGLISH = b'{"a": "plain"}\n'


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"plain", "utf-8"),
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig"),
        (CHINESE.encode("gb18030"), "gb18030"),
        ("a,𠀀你好吗\n".encode("gb18030"), "gb18030"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (CHINESE.encode("utf-32"), "utf-32"),
        (b"\0\0\xfe\xff" + CHINESE.encode("utf-32-be"), "utf-32"),
        ("a,b\n1,2\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\n1,2\n".encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        ("a,b\n1,2\n".encode("utf-32-le"), "utf-32-le"),
        ("a,b\n1,2\n".encode("utf-32-be"), "utf-32-be"),
        ('{"a": "naïve 😀 你"}\n'.encode("utf-32-le"), "utf-32-le"),
        (b"\0\0\0\n" + ENGLISH * 9, "utf-8"),
        ("naïve café, déjà vu".encode("cp1252"), None),
        (b"\0\0\0\0\0", None),
    ],
)
def test_encodings_are_told_apart(head: bytes, name: str | None) -> None:
    assert encoding_of(head, True) == name


def test_a_character_cut_at_the_end_of_the_head_is_no_fault() -> None:
    for name in ("utf-8", "gb18030"):
        assert encoding_of(CHINESE.encode(name)[:-3], False) == name


def test_a_stray_byte_in_many_lines() -> None:
    assert stray_bytes(ENGLISH * 200 + b"\xe9\n") == 1
    assert stray_bytes(ENGLISH + b"\xe9 x\n" * 200) == 0
    assert stray_bytes(b"a,b\n\xe9,1\n", has_header=True) == 0
    assert stray_bytes(b'[{"a": 1}, {"a": "\xe9"}, {"a": 3}, {"a": 4}]') == 1
    assert stray_of(b"ab\xe9".decode("utf-8", "surrogateescape")) == "byte 0xe9"
    assert stray_of("abé") == ""
    assert undecodable(ENGLISH * 2 + b"ab\xe9") == (3, "byte 0xe9 at offset 32")


def test_what_is_utf_8_for_sure() -> None:
    lines = ["{'a': 'é'}", "{'a': 'ü'}"]
    assert is_surely_utf_8("\n".join(lines).encode() + b"\n\xe9\n")
    assert not is_surely_utf_8(ENGLISH * 100 + "{'a': '你好'}".encode("gb18030"))
