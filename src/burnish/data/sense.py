"""Which encoding a text makes sense in, when several can decode it: the one whose reading has the
most of the signs that are frequent in its language.
"""

import codecs
import re
from collections import Counter

BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
PIECE = 1 << 18
"""Bytes that are looked at."""
SEEN = 30
"""Characters of a sample."""
CHINESE = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小"
    "么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长"
    "這來國個說們為時會過學對裡後沒於還發當無開見經頭從動兩長與與間問題應該請點嗎讓樣實現關係進種"
    "问题应该请点吗让样实现关系进种什什怎能水火山月风高明白新知气今理力工法民意分等体定重法回情"
    "風氣體電話語話機業東車門馬鳥魚書畫買賣聽讀寫愛給誰讀錢飯萬億龍鄉親變顯處聲響"
)
"""Frequent characters, simplified and traditional."""
KANJI = frozenset(
    "日本人年大十二中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名"
    "川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨京都東新国会社場所言事自分方的者"
)
HANGUL = frozenset(
    "이다는을를에의가은지고하기로도사한리서어시나자들인대그아해있면요니라수일전정안상게제것보구"
    "부주과와만된할유적간경연교장우문비조원신성국여소스동화습까오던거없때러"
)
RUSSIAN = re.compile("[А-Я]?[а-яё]{2,}")
VOWELS = frozenset("аеёиоуыэюя")
LEVEL_ONE_OF_BIG5 = range(0xA4, 0xC7)
"""First bytes of the characters that are in use."""
LAST_OF_KOREAN = 0xC8
"""The first byte of the last row of Hangul in EUC-KR; half of Chinese text is beyond it."""
MARKS = frozenset("，。：；、？！“”《》")
"""Punctuation that Chinese text has, and Korean has not."""
TWO = 2
"""One frequent sign may be chance."""
CLEAR = 0.15
"""The share of frequent signs that a reading must have to speak against another one."""
NEARLY_ALL = 0.8
"""Of a text in an alphabet: any bytes can be read as one."""
FEW = 0.02
"""Less than this share of frequent signs in a long text is none."""
LONG = 60


def _kana(sign: str) -> bool:
    return "\u3041" <= sign <= "\u3096" or "\u30a1" <= sign <= "\u30fc"


def _share(text: str, encoding: str) -> float:
    """The share of frequent signs among the letters of a reading that are not ASCII."""
    if encoding == "cp1251":
        return _share_of_russian(text)
    signs = Counter(sign for sign in text if sign > "\x7f" and sign.isalpha())
    if not signs:
        return 0.0
    if encoding in ("euc_jp", "shift_jis"):
        found = sum(n for sign, n in signs.items() if sign in KANJI or _kana(sign))
    else:
        frequent = HANGUL if encoding == "euc_kr" else CHINESE
        found = sum(n for sign, n in signs.items() if sign in frequent)
    return found / signs.total() if found >= TWO else 0.0


def _share_of_russian(text: str) -> float:
    """The share of words, if nearly all letters stand in some and vowels are as many as they are in
    a language; else 0: any bytes can be read as these letters.
    """
    beyond = sum(sign > "\x7f" for sign in text)
    words = "".join(RUSSIAN.findall(text))
    vowels = sum(sign in VOWELS for sign in words)
    is_one = len(words) >= NEARLY_ALL * beyond and 0.3 <= vowels / max(len(words), 1) <= 0.55
    return len(words) / beyond if is_one and len(words) > 2 * TWO else 0.0


OTHERS = {
    "big5": "BIG5",
    "shift_jis": "SHIFT_JIS",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
    "cp1251": "CP1251",
}
"""Python's name -> iconv's."""


def other_sense(head: bytes) -> str | None:
    """The encoding, other than GB18030, that `head` clearly makes sense in (Python's name)."""
    chinese = _share(_read(head, "gb18030"), "gb18030")
    shares = {name: _share(_read(head, name), name) for name in OTHERS}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] > max(CLEAR, 2 * chinese) else None


def is_chinese(head: bytes) -> bool:
    """Whether `head`, which can be decoded as GB18030, makes sense so. Text too short or special
    to tell is taken for Chinese.
    """
    text = _read(head, "gb18030")
    signs = Counter(sign for sign in text if sign > "\x7f")
    if not signs or other_sense(head):
        return False
    usual = sum(count for sign, count in signs.items() if _is_usual(sign))
    ideographs = {sign: count for sign, count in signs.items() if sign >= "\u4e00"}
    share = _share(text, "gb18030")
    many = sum(ideographs.values())
    leads = {sign.encode("gb18030")[0] for sign in ideographs}
    is_korean = (
        share <= CLEAR and many >= 4 and max(leads) <= LAST_OF_KOREAN and MARKS.isdisjoint(signs)
    )
    is_nonsense = many >= LONG and share < FEW and not _is_varied(ideographs)
    return usual >= 0.5 * signs.total() and not is_korean and not is_nonsense


def _is_varied(ideographs: dict[str, int]) -> bool:
    """Whether nearly every character is another, as in a list of names."""
    return len(ideographs) > 0.6 * sum(ideographs.values())


def _is_usual(sign: str) -> bool:
    """Whether a sign is simplified Chinese, a usual traditional character or punctuation."""
    simple = sign.encode("gb2312", "replace")
    if len(simple) == 2 and (0xA1 <= simple[0] <= 0xA9 or 0xB0 <= simple[0] <= 0xF7):
        return True
    traditional = sign.encode("big5", "replace")
    return len(traditional) == 2 and traditional[0] in LEVEL_ONE_OF_BIG5


def sample_of(head: bytes, encoding: str = "gb18030") -> str:
    """The first text of `head` beyond ASCII, read in an encoding."""
    return " ".join(_read(head, encoding)[:SEEN].split())


def _read(head: bytes, encoding: str) -> str:
    """The text of `head` from its first byte above 127 on; "" where it is not in the encoding."""
    first = BEYOND_ASCII.search(head)
    start = first.start() if first else 0
    piece = head[start : start + PIECE]
    try:
        return codecs.getincrementaldecoder(encoding)().decode(piece)
    except UnicodeDecodeError:
        return ""
