"""The page: nothing from outside, nothing that is not escaped, and letters that can be read."""

import re
from html.parser import HTMLParser

from tests.data.test_show import CELLS, audit

from burnish.data.anatomy import KINDS, Cell
from burnish.data.audit import RejectGroup
from burnish.data.page import STYLE, page


class Reader(HTMLParser):
    """Notes tags that are open, texts, and every address."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "wbr"):
            self.open.append(tag)
        self.addresses += [str(v) for k, v in attrs if k in ("src", "href", "srcset", "action")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_a_whole_page_that_needs_nothing_else() -> None:
    text = page(audit(CELLS))
    assert read(text).addresses == []
    assert "url(" not in text and "http" not in text.replace("http-equiv", "")
    assert "<script" not in text and "default-src 'none'" in text


def test_what_the_data_says_is_escaped() -> None:
    evil = "<script>alert('1')</script> &amp; \"x\""
    groups = [RejectGroup("rejected", "cannot be used", evil, [f"{evil}:1"])]
    cells = [Cell(9, evil, "user", 0.0)]
    changed = audit(cells, rejects=groups, model=evil, template=[("template", evil)])
    text = page(changed)
    assert "<script" not in text
    assert "".join(read(text).texts).count("alert('1')") == 6


def test_every_token_says_its_id_role_and_weight() -> None:
    text = page(audit(CELLS))
    assert 'class="assistant on" title="5 · assistant · loss 0.5">你好<' in text
    assert 'class="template special" title="1 · template · loss 0">' in text
    assert "<b>loss 0.5</b>" in text


def test_no_row_that_cannot_be_used_is_said_too() -> None:
    assert "Every row is used as it was written." in page(audit(CELLS))


def colours() -> list[dict[str, str]]:
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    return [dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in (light, dark)]


def brightness(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 counts it."""
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


def test_letters_can_be_read_in_light_and_dark() -> None:
    for scheme in colours():
        for ground in ("ground", "panel", *KINDS):
            assert contrast(scheme["ink"], scheme[ground]) >= 7, ground
            assert contrast(scheme["soft"], scheme[ground]) >= 4.5, ground
        for name in ("trained", "bad", "bar"):
            assert contrast(scheme[name], scheme["ground"]) >= 4.5, name
