"""Whether a model's own template still has what every chat template has: the texts of all turns, an
end behind each answer, a header before each turn, and a prompt that opens the answer.

A damaged copy (an end marker lost, a header dropped) renders without complaint; it shows in a
conversation whose texts are known. Where this is in doubt the template is taken as sound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.core.errors import TemplateError
from burnish.data.damage import damages
from burnish.data.probe import AGAIN, ANSWER, LAST, ROLE_ENDS, USER, turn

if TYPE_CHECKING:
    from burnish.data.template import Template

FIRST_ANSWER = f"{ANSWER} <&\"'> a\tb\n  é 😀 {'word ' * 300}{ANSWER}"
"""With what a filter or a cut would change."""
THIRD, FOURTH = "q7thirdx3", "q7fourthx3"
LIKE_A_MARKER = re.compile(r"\s*(<[|/｜]?[\w▁|｜]{1,30}[|｜]?>?|\[/?[A-Z_]{2,20}\])")
LETTERS = re.compile(r"\w")
NUMBER = re.compile(r"\d+")
"""Some templates number the turns."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The texts that a template writes around those of the turns."""

    template: Template
    opening: str
    """Before the first question."""
    before_answer: str
    """Between a question and its answer."""
    behind_answer: str
    """Between an answer and the next question."""
    last_before_answer: str
    """Between a question and its answer where the conversation ends with it."""
    prompt: str
    """Behind a question that is to be answered."""

    def markers(self, text: str) -> list[str]:
        """The marker tokens in a text, in their order."""
        tokenizer = self.template.tokenizer
        names = [tokenizer.token(i) for i in tokenizer.encode(text) if tokenizer.is_special(i)]
        return [name for name in names if name and name.strip(" \n\t▁")]  # Gemma's white space

    @property
    def stops(self) -> set[str]:
        """The tokens that end an answer, as far as they are named or written as its end."""
        end = self.template.end
        ids = [*self.template.tokenizer.stop_ids, *([end.stop_id] if end.written else [])]
        return {token for token in map(self.template.tokenizer.token, ids) if token is not None}

    @property
    def header(self) -> list[str]:
        """The marker tokens that open a question; bos is one of them."""
        bos = self.template.tokenizer.bos_token
        found = [marker for marker in self.markers(self.opening) if marker != bos]
        start = len(found) - 1 - found[::-1].index(found[0]) if found else 0
        return [*found[start:], *([bos] if bos else [])]


def check_shape(template: Template) -> list[str]:
    """What is odd about a template and no damage. Raises TemplateError that says what it lost."""
    shape, odd = _read(template)
    basic = (_lost_end(shape), _lost_header(shape), _lost_prompt(shape))
    for reason in (*basic, *damages(template, leaves_out=bool(odd))):
        if reason:
            raise TemplateError(
                f"{template.label} is damaged: {reason}. Take a sound copy of chat_template.jinja "
                "and tokenizer_config.json. (--allow_template_mismatch true takes it as it is.)"
            )
    return [*odd, *_other_prompt(shape)]


def _read(template: Template) -> tuple[Shape, list[str]]:
    """The shape, read off five turns; off three where the template leaves earlier turns out, of
    which the list tells.
    """
    texts = [USER, FIRST_ANSWER, AGAIN, THIRD, FOURTH]
    text, places = _written(template, texts)
    odd: list[str] = []
    kept = next((k for k, at in enumerate(places) if at >= 0), 0)
    if kept and places[kept:] == sorted(places[kept:]) and -1 not in places[kept:]:
        text, places = _written(template, texts[:3])
        if -1 not in places:
            texts = texts[:3]
            odd = ["it leaves out the first turns of long conversations, so such rows are refused"]
    if -1 in places or places != sorted(places):
        lost = next((k for k, at in enumerate(places) if at < 0), None)
        what = f"the text of turn {lost + 1} is lost or changed" if lost is not None else "the "
        what += "" if lost is not None else "turns do not stand in their order"
        raise TemplateError(
            f"{template.label} is damaged: {what}, of {len(places)} turns. Take a sound copy of "
            "chat_template.jinja. (--allow_template_mismatch true takes it as it is.)"
        )
    ends = [at + len(one) for at, one in zip(places, texts, strict=True)]
    last = template.plain([turn("user", USER), turn("assistant", LAST)], False)
    start = last.find(USER) + len(USER)
    pieces = (
        text[: places[0]],
        text[ends[0] : places[1]],
        text[ends[1] : places[2]],
        last[start : last.find(LAST)],
        text[ends[-1] :],
    )
    return Shape(template, *(NUMBER.sub("0", piece) for piece in pieces)), odd


def _written(template: Template, texts: list[str]) -> tuple[str, list[int]]:
    """A prompt of these turns, and where their texts stand in it."""
    turns = [turn("assistant" if k % 2 else "user", text) for k, text in enumerate(texts)]
    text = template.plain(turns, True)
    return text, [text.find(one) for one in texts]


def _lost_end(shape: Shape) -> str:
    """Why answers do not end as they should; "" where they do."""
    behind, stops, header = shape.behind_answer, shape.stops, shape.header
    found = shape.markers(behind)
    first = found[0] if found and behind.lstrip().startswith(found[0]) else None
    nothing = f"nothing ends an answer before the next question ({behind!r})"
    if first is not None and (first not in header or first in _listed(shape)):
        return ""
    if first is not None:
        ends_so = first in ROLE_ENDS and len(shape.markers(shape.before_answer)) == 1
        return "" if ends_so and not shape.template.end.written else nothing
    if stops & set(shape.markers(shape.before_answer)) and not stops & set(found):
        return f"it writes {min(stops)} behind questions, and nothing behind answers ({behind!r})"
    if looks := LIKE_A_MARKER.match(behind):
        unknown = f"it writes {looks[1]!r} behind an answer, which is no token of the tokenizer"
        return nothing if looks[1] in shape.opening else unknown
    opening = _without(shape.opening, [shape.template.tokenizer.bos_token or ""])
    same = behind.strip(" ") == opening.strip(" ")  # a line break more would be an end
    return nothing if same and behind.strip() else ""


def _listed(shape: Shape) -> set[str]:
    """The stop tokens that the model's own files name; bos begins a text and ends none."""
    tokenizer = shape.template.tokenizer
    named = map(tokenizer.token, tokenizer.stop_ids)
    return {token for token in named if token is not None} - {tokenizer.bos_token or ""}


def _lost_header(shape: Shape) -> str:
    """Why a question cannot be told from what comes before it; "" where it can."""
    ends = shape.stops | {first for first in shape.markers(shape.behind_answer)[:1]}
    opens = [marker for marker in shape.markers(shape.behind_answer) if marker not in ends]
    words = _without(shape.behind_answer, [*ends])
    if opens or LETTERS.search(words) or shape.header[:1] == [*ends][:1]:
        return ""
    if set(shape.markers(shape.behind_answer)) & set(ROLE_ENDS):
        return ""
    return f"nothing opens a question behind an answer ({shape.behind_answer!r})"


def _lost_prompt(shape: Shape) -> str:
    """Why a prompt does not open the answer as the conversation has it; "" where it does."""
    prompt = shape.prompt
    if not _opened(shape, shape.before_answer) and not _opened(shape, prompt):
        return f"nothing opens an answer behind its question ({shape.before_answer!r})"
    for written in (shape.before_answer, shape.last_before_answer):
        if _more_in_prompt(shape, written) is not None:
            continue
        short, long = sorted((prompt, written), key=len)
        if not long.startswith(short.rstrip()):
            return f"a prompt ends with {prompt!r}, and answers stand behind {written!r}"
        rest = long[len(short.rstrip()) :]
        if LETTERS.match(rest.lstrip()) and _opened(shape, short):
            return f"a prompt ends with {prompt!r}, and answers stand behind {written!r}"
        if not _opened(shape, short) and _opened(shape, rest):
            what = "a prompt does not open the answer" if short == prompt else "no header opens it"
            return f"{what}: answers stand behind {written!r}, a prompt ends with {prompt!r}"
    return ""


def _more_in_prompt(shape: Shape, written: str) -> str | None:
    """The words that a template adds to the last question, or to the opening of an answer that is
    to come; None where the prompt differs otherwise.
    """
    if not _opened(shape, written):
        return None
    if shape.prompt.endswith(written):
        return shape.prompt[: len(shape.prompt) - len(written)]
    start = written.rstrip()
    more = shape.prompt[len(start) :] if shape.prompt.startswith(start) else ""
    words = LETTERS.search(more) and not LIKE_A_MARKER.match(more) and not shape.markers(more)
    return more if words else None


def _other_prompt(shape: Shape) -> list[str]:
    """What a prompt has that answers in a conversation do not stand behind."""
    prompt, written = shape.prompt, shape.before_answer.rstrip()
    more = prompt[len(written) :].strip() if prompt.startswith(written) else ""
    if not more or LIKE_A_MARKER.match(more) or shape.markers(more):
        return []
    return [
        f"a prompt ends with {more!r}, which no answer in a conversation stands behind; answers "
        "are trained behind the prompt"
    ]


def _opened(shape: Shape, text: str) -> bool:
    """Whether a text holds more than ends and white space."""
    ends = shape.stops | set(shape.markers(shape.behind_answer)[:1]) - set(shape.header)
    more = [marker for marker in shape.markers(text) if marker not in ends]
    return bool(more or LETTERS.search(_without(text, [*ends])))


def _without(text: str, markers: list[str]) -> str:
    for marker in markers:
        if marker:
            text = text.replace(marker, "")
    return text
