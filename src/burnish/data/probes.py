"""The conversations on which two templates are compared: many turns, texts that a filter or a cut
would change, thoughts, system prompts, tools with their calls and results.
"""

from dataclasses import dataclass
from typing import Any

from burnish.data.probe import WEATHER, turn

Message = dict[str, Any]
CALL_ID = "q7call9x3"  # nine letters and digits, which Mistral asks for
LONG = 900
"""Words of a long text."""
THOUGHT = "<think>\nIt is four.\n</think>\n\n"


@dataclass(frozen=True, slots=True)
class Probe:
    """A conversation on which two templates are compared."""

    name: str
    messages: tuple[Message, ...]
    prompt: bool
    tools: tuple[Message, ...] = ()

    @property
    def has_system(self) -> bool:
        return bool(self.messages[0]["role"] == "system")


def talk(*texts: str) -> tuple[Message, ...]:
    """Questions and answers in turn."""
    return tuple(turn("assistant" if k % 2 else "user", text) for k, text in enumerate(texts))


def called(text: str = "") -> Message:
    """An answer that calls a tool."""
    function = {"name": WEATHER["function"]["name"], "arguments": {"city": 'Rome & "<é>"'}}
    call = {"id": CALL_ID, "type": "function", "function": function}
    return {**turn("assistant", text), "tool_calls": [call]}


def result(text: str) -> Message:
    """What a tool gave."""
    return {
        **turn("tool", text),
        "tool_call_id": CALL_ID,
        "name": WEATHER["function"]["name"],
    }


def _plain() -> tuple[Probe, ...]:
    system = turn("system", "Be brief.")
    asked = talk("What is 2+2?")
    second = talk("What is 2+2?", "4", "And 3+3?", "It is 6.")
    odd = talk(" two  spaces,\n\na blank line\tand a tab ", "\n ok \n", "你好，é 😀")
    question = "Is 3 < 5 & \"x\" > 'y'?\r\n\t" + "why " * LONG
    answer = '..Yes:\r\n\t3 < 5 && it\'s "so".\n\n' + "word " * LONG + "."
    many = talk(*(f"turn {k}" for k in range(11)))
    spaced = turn("system", "  Be\n\nbrief. <&'\">\n")
    return (
        Probe("one question", asked, True),
        Probe("one answer", second[:2], False),
        Probe("two rounds", second, False),
        Probe("a third question", (*second, turn("user", "Why?")), True),
        Probe("white space and other scripts", odd, True),
        Probe("a system prompt", (system, *asked), True),
        Probe("a system prompt and two rounds", (system, *second), False),
        Probe("long texts and characters that are escaped", talk(question, answer), False),
        Probe("such texts in earlier turns", talk(question, answer, "<b> ok"), True),
        Probe("eleven turns", many, True),
        Probe("ten turns", many[:-1], False),
        Probe("a system prompt and eleven turns", (system, *many), True),
        Probe("a system prompt in white space", (spaced, *second[:2]), False),
        Probe("a long system prompt", (turn("system", answer), *asked), True),
        Probe("two questions in a row", (*asked, turn("user", "Why?")), True),
    )


def _thinking() -> tuple[Probe, ...]:
    system = turn("system", "Be brief.")
    late = "<think>\n\nhm \n\n</think>\nA2"
    quoted = talk("q", THOUGHT + "A1", "<tool_response>\n4\n</tool_response>", late)
    keyed = ({**turn("assistant", text), "reasoning_content": "\nhm\n"} for text in ("A1", "A2"))
    question, again = talk("q"), turn("user", "q2")
    return (
        Probe("a thought", talk("q", THOUGHT + "A1"), False),
        Probe("a thought in an earlier turn", talk("q", THOUGHT + "A1", "q2"), True),
        Probe("a thought after a thought", talk("q", THOUGHT + "A1", "q2", late), False),
        Probe("an answer after a thought", talk("q", THOUGHT + "A1", "q2", "A2"), False),
        Probe("a thought after answers", (system, *talk("q", "A1", "q2", late)), False),
        Probe("an empty thought", talk("q", "<think>\n\n</think>\n\nA1"), False),
        Probe("thoughts within a line", talk("q", "<think>hm</think>A1", "q2", late), True),
        Probe("a thought of its own", (*question, next(keyed), again, next(keyed)), False),
        Probe("a tool's words in a question", quoted, False),
        Probe("an answer in line breaks", talk("q", "\n\n ok \n\n"), False),
    )


def _tools() -> tuple[Probe, ...]:
    system, asked = turn("system", "Be brief."), talk("What is the weather?")
    told = (*asked, called(), result("Sun & <rain>"))
    given = (
        Probe("tools", (system, *asked), True),
        Probe("tools without a system prompt", asked, True),
        Probe("a call", (*asked, called()), False),
        Probe("a call with words", (*asked, called("I look.")), False),
        Probe("what a tool gave", told, True),
        Probe("an answer after a call", (*told, turn("assistant", "Sun.")), False),
    )
    return tuple(Probe(one.name, one.messages, one.prompt, (WEATHER,)) for one in given)


PROBES = (*_plain(), *_thinking(), *_tools())
"""Templates that differ on one of these are two."""
RARE = (
    Probe("an empty system prompt", (turn("system", ""), *talk("Hi")), True),
    Probe("a system prompt behind a round", (*talk("Hi", "Ho"), turn("system", "Be brief."),
                                             turn("user", "So?")), True),
)  # fmt: skip
"""Rows that few have: a difference here is told, and goes on."""
