import pytest

from burnish.data.encoding import encoding_of, is_chinese, sample_of, stray_bytes, undecodable

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
    assert undecodable(ENGLISH * 2 + b"ab\xe9") == (3, "byte 0xe9 at offset 32")


@pytest.mark.parametrize(
    ("text", "encoding", "is_sound"),
    [
        (CHINESE, "gb18030", True),
        ("query,response\n你好,好的\n", "gb18030", True),
        ("他說這個問題很難，我們還沒有辦法解決，請你們再等一等。", "gb18030", True),
        ("naive, wide: “…” — ×", "gb18030", True),
        ("query,response\nこんにちは,さようなら\n", "shift_jis", False),
        ("今日は天気がいいですね。明日も晴れるでしょう。", "shift_jis", False),
        ("日本語の文章を書くときは漢字と仮名を使います。" * 4, "euc_jp", False),
        ("query,response\n안녕,좋다\n", "euc_kr", False),
        ("오늘은 날씨가 좋습니다. 내일도 맑을 것입니다.", "euc_kr", False),
        ("Сегодня хорошая погода, и завтра тоже будет ясно.", "cp1251", False),
    ],
)
def test_what_makes_no_sense_as_gb18030(text: str, encoding: str, is_sound: bool) -> None:
    assert is_chinese(text.encode(encoding)) is is_sound


def test_the_sample_begins_at_the_first_character_beyond_ascii() -> None:
    assert sample_of(b"x" * 5000 + CHINESE.encode("gb18030")).startswith("部门,问题 内科")
