"""Templates told by pieces write what the pieces say."""

import csv
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from burnish.catalog.find import find_template
from burnish.catalog.templates.pieces import no_template, of_pieces
from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.data.sandbox import compile_template

SPECIALS = {"bos_token": "<|begin_of_text|>", "eos_token": "<EOS>", "auto_bos": ""}
TALK = [
    {"role": "user", "content": "q1"},
    {"role": "assistant", "content": "a1"},
    {"role": "user", "content": "q2"},
    {"role": "assistant", "content": "a2"},
]
TOLD = [{"role": "system", "content": "be brief"}, *TALK]


def write(spec: TemplateSpec, messages: list[dict[str, str]], prompt: bool = False) -> str:
    jinja = re.sub(r"\{\{ token\((\d+)\) \}\}", r"<\1>", spec.jinja)
    render = compile_template(jinja, datetime(2024, 7, 26))
    return render(messages=messages, add_generation_prompt=prompt, **SPECIALS)


MADE = of_pieces(
    "made",
    prefix="<s>",
    system="<s>{SYSTEM}\n\n",
    prompt="[Round {ROUND1}] Q: {QUERY}\nA: ",
    between="</s>\n",
    end="</s>",
    default_system='say "hi"\n{QUERY}',
    stop=("</s>",),
)


def test_rounds_are_counted_and_ended() -> None:
    assert write(MADE, TOLD) == (
        "<s>be brief\n\n[Round 1] Q: q1\nA: a1</s>\n[Round 2] Q: q2\nA: a2</s>"
    )
    assert write(MADE, TOLD[:4], prompt=True).endswith("</s>\n[Round 2] Q: q2\nA: ")


def test_the_default_system_prompt_stands_as_it_is() -> None:
    """Its text is no piece: quotes and braces in it mean nothing."""
    assert write(MADE, TALK[:1], True).startswith('<s>say "hi"\n{QUERY}\n\n[Round 1]')
    empty = [{"role": "system", "content": ""}, *TALK[:1]]
    assert write(MADE, empty, True) == "<s>[Round 1] Q: q1\nA: "


def test_what_is_refused() -> None:
    deaf = of_pieces("deaf", prompt="{QUERY}>", between=None, end="</s>")
    with pytest.raises(TemplateError, match="takes no system prompt"):
        write(deaf, TOLD)
    with pytest.raises(TemplateError, match="one round only"):
        write(deaf, TALK)
    assert write(deaf, TALK[:2]) == "q1>a1</s>"
    with pytest.raises(TemplateError, match="turns must go"):
        write(MADE, [TALK[0], TALK[2]])


def test_a_template_known_by_name_only() -> None:
    assert no_template("x", "why").unavailable == "why"


CORRECTED = {"aya", "c4ai", "deepseek2_5", "llava-mistral", "longwriter-llama3"}
"""Whose pieces, as listed, lack a bracket, hold a misprint, or lose what stands before them."""
OTHERWISE = {"deepseek-vl", "deepseek-janus"}
"""Which write no blank lines for a system prompt that is not there."""

WRITTEN_BY_HAND = {"chatglm2", "phi3-vl"}
"""Which follow an implementation of their makers, compared elsewhere."""


def reference(row: dict[str, str], messages: list[dict[str, str]], prompt: bool) -> str:
    """The pieces put together by hand, for a conversation with a system prompt or without."""

    def piece(key: str, **values: Any) -> str:
        text = ""
        for part in json.loads(row[key]) if row[key] else []:
            if isinstance(part, list):
                names = {"bos_token_id": "<|begin_of_text|>", "eos_token_id": "<EOS>"}
                text += "".join(names.get(one, f"<{one}>") for one in part)
            else:
                text += part
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", str(value))
        return text

    told = messages[0]["role"] == "system"
    system = messages[0]["content"] if told else json.loads(row["default_system"] or '""')
    key = "system_prefix" if system and row["system_prefix"] else "prefix"
    text = piece(key, SYSTEM=system)
    turns = messages[told:]
    for k in range(0, len(turns), 2):
        text += piece("prompt", QUERY=turns[k]["content"], ROUND0=k // 2, ROUND1=k // 2 + 1)
        if k + 1 < len(turns):
            last = k + 2 >= len(turns) and not prompt
            text += turns[k + 1]["content"] + piece("suffix" if last else "chat_sep")
    return text


def test_templates_of_pieces_write_their_pieces(shared: Path) -> None:
    """Against the list of pieces, for all that no model's own template decides."""
    compared = 0
    with (shared / "spec/templates.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if "(set in code)" not in str(row["prompt"])]
    for row in rows:
        name = row["template_type"]
        spec = find_template(name)
        if spec.proven or spec.generation or name in CORRECTED | OTHERWISE | WRITTEN_BY_HAND:
            continue
        takes_system = "{{SYSTEM}}" in row["prefix"] + row["system_prefix"]
        known = "(set in code)" not in row["default_system"]
        for messages in (TALK if row["chat_sep"] else TALK[:2], TOLD):
            if messages is TOLD and not (takes_system and row["chat_sep"]):
                continue
            if messages is not TOLD and not known:
                continue
            # ChatML breaks the line behind the last answer, too
            assert write(spec, messages).strip() == reference(row, messages, False).strip(), name
            compared += 1
    assert compared > 100
