"""What a chat template reads of a conversation's rarer parts (tools, calls, reasoning, pictures),
and the turns in that form. Read off a few conversations that the template renders.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.data.probe import AGAIN, ANSWER, SYSTEM, USER, WEATHER, turn
from burnish.data.turns import (
    Turns,
    calls_as_metadata,
    has_lists,
    joined,
    tools_in_system_turn,
    with_calls,
    with_short_ids,
)

Tools = Sequence[Mapping[str, Any]] | None
Write = Callable[[Turns, Tools, bool], str]
"""(turns, tools, whether the answer is to begin) -> text."""

TOOLS_PROMPT = "react_en"
"""How tools are told where nothing is asked for and the template has no place for them."""
OWN_TOOLS, IN_SYSTEM_TURN = "own", "system turn"
MEDIA = ("image", "video", "audio")
REASONING = "reasoning_content"
CALL = {
    "id": "q7call9x3",  # nine letters and digits, which Mistral asks for
    "type": "function",
    "function": {"name": "q7call", "arguments": {ANSWER: AGAIN}},
}


class Dialect:
    """What one template reads. `spec` is what the catalog knows of it, if it is named."""

    def __init__(self, write: Write, jinja: str, spec: TemplateSpec | None) -> None:
        self.write, self.jinja, self.spec = write, jinja, spec

    @cached_property
    def tools_style(self) -> str:
        """How tools are told: "own", as the template does; "system turn", as a key of that turn
        (GLM-4); or the name of a text in the system prompt.
        """
        asked = [turn("user", USER)]
        listed = tools_in_system_turn(asked, [WEATHER])
        if self._tells_tools(asked, [WEATHER]):
            return OWN_TOOLS
        if self._tells_tools(listed, None):
            return IN_SYSTEM_TURN
        return self.spec.tools_prompt if self.spec is not None else TOOLS_PROMPT

    def _tells_tools(self, turns: Turns, tools: Sequence[Mapping[str, Any]] | None) -> bool:
        try:
            return str(WEATHER["function"]["name"]) in self.write(turns, tools, False)
        except TemplateError:
            return False

    @cached_property
    def media(self) -> frozenset[str]:
        """What it can stand for in a turn of the user: image, video, audio."""
        if self.spec is not None and self.spec.media:
            return frozenset(MEDIA)
        return frozenset(kind for kind in MEDIA if self._writes_list([{"type": kind}]))

    @cached_property
    def hears_system(self) -> bool:
        try:
            return SYSTEM in self._plain([turn("system", SYSTEM), turn("user", USER)], True)
        except TemplateError:
            return False

    def _writes_list(self, parts: list[dict[str, Any]]) -> bool:
        """Whether these parts of a content reach the text, and not as Python writes a list."""
        words = {"type": "text", "text": USER}
        try:
            bare = self._plain([{"role": "user", "content": [words]}], True)
            full = self._plain([{"role": "user", "content": [*parts, words]}], True)
        except TemplateError:
            return False
        return USER in full and full != bare and "'type'" not in full

    def said(self, turns: Turns) -> Turns:
        """Calls, reasoning and lists of text, in the form that the template reads."""
        tags = self.spec is not None and self.spec.media
        if has_lists(turns) and (tags or not self.media):
            turns = joined(turns, tags)
        if self._reads_metadata:
            turns = calls_as_metadata(turns)
        called = any(one.get("tool_calls") or one["role"] == "tool" for one in turns)
        if called and self._counts_ids:
            turns = with_short_ids(turns)
        if any(one.get("tool_calls") for one in turns):
            blank, as_text = self._call_form
            turns = [with_calls(one, blank, as_text) for one in turns]
        if self._thinking_key != REASONING:
            turns = [
                {self._thinking_key if key == REASONING else key: one[key] for key in one}
                for one in turns
            ]
        return turns

    @cached_property
    def _reads_metadata(self) -> bool:
        """Whether calls are turns with the name of the function behind the role (GLM-4)."""
        called = {**turn("assistant", ANSWER), "metadata": AGAIN}
        if "metadata" not in self.jinja:
            return False
        try:
            return AGAIN in self.write([turn("user", USER), called], None, False)
        except TemplateError:
            return False

    @cached_property
    def _counts_ids(self) -> bool:
        """Whether calls must have an id of nine letters and digits (Mistral)."""
        called = [self._called({**CALL, "id": given}) for given in (CALL["id"], "c1")]
        return called == [True, False]

    def _called(self, call: dict[str, Any]) -> bool:
        asks = with_calls({**turn("assistant", ""), "tool_calls": [call]}, *self._call_form)
        try:
            return "q7call" in self.write([turn("user", USER), asks], [WEATHER], False)
        except TemplateError:
            return False

    @cached_property
    def _thinking_key(self) -> str:
        found = re.search(r"""message(\.|\[['"])thinking\b""", self.jinja)
        return "thinking" if found and REASONING not in self.jinja else REASONING

    @cached_property
    def _call_form(self) -> tuple[str | None, bool]:
        """What the content of a silent call must be, and whether arguments must be JSON text."""
        forms: list[tuple[str | None, bool]] = [
            ("", False),
            ("", True),
            (None, False),
            (None, True),
        ]
        for blank, as_text in forms:
            asks = with_calls({**turn("assistant", ""), "tool_calls": [CALL]}, blank, as_text)
            try:
                text = self.write([turn("user", USER), asks], [WEATHER], False)
            except TemplateError:
                continue
            if "q7call" in text and AGAIN in text:
                return blank, as_text
        return forms[0]

    def _plain(self, turns: Turns, add_generation_prompt: bool) -> str:
        return self.write(turns, None, add_generation_prompt)
