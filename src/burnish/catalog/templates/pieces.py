"""Templates that are told by their pieces: what stands before a conversation, around a question,
between two rounds and behind the last answer.

A piece is jinja text; {SYSTEM}, {QUERY}, {ROUND0} and {ROUND1} stand for the system prompt, the
question, and the number of the round.
"""

import json
from collections.abc import Sequence
from typing import Any

from burnish.catalog.templates.spec import TemplateSpec

BOS, EOS = "{{ bos_token }}", "{{ eos_token }}"
AUTO_BOS = "{{ auto_bos }}"
"""What the tokenizer itself puts before a text."""

HOLES = {
    "{SYSTEM}": "{{ system }}",
    "{QUERY}": "{{ message.content }}",
    "{ROUND0}": "{{ count.round }}",
    "{ROUND1}": "{{ count.round + 1 }}",
}


def of_pieces(
    name: str,
    *,
    prompt: str,
    prefix: str = "",
    system: str | None = None,
    between: str | None,
    end: str,
    default_system: str | None = None,
    stop: Sequence[str] = (),
    markers: Sequence[str] = (),
    **more: Any,
) -> TemplateSpec:
    """A template from its pieces.

    `system` is the prefix of a conversation with a system prompt; None: one is refused. `between`
    stands between an answer and the next question; None: one round only. The prompt holds the start
    of the answer, so that nothing is added for generation.
    """
    start = f"{{% if system %}}{system}{{% else %}}{prefix}{{% endif %}}" if system else prefix
    told = "{% set told = messages[0].role == 'system' %}"
    chosen = f"{{% set system = messages[0].content if told else {_text(default_system)} %}}"
    refused = "{% if told %}" + _refuse("this template takes no system prompt") + "{% endif %}"
    rounds = (
        "{% set count = namespace(round=0) %}"
        "{% for message in (messages[1:] if told else messages) %}"
        "{% set asks = message.role != 'assistant' %}"
        "{% if asks != (loop.index0 % 2 == 0) %}"
        + _refuse("turns must go user, assistant, user, assistant, ...")
        + "{% endif %}"
        + (_one_round() if between is None else "")
        + f"{{% if asks %}}{prompt}{{% else %}}"
        + "{{ message.content }}{% set count.round = count.round + 1 %}"
        + "{% if loop.last and not add_generation_prompt %}"
        + f"{end}{{% else %}}{between or ''}{{% endif %}}"
        + "{% endif %}{% endfor %}"
    )
    jinja = told + (chosen if system else refused) + _filled(start) + _filled(rounds)
    return TemplateSpec(
        name,
        jinja,
        stop=tuple(stop),
        markers=tuple(markers),
        default_system=default_system,
        **more,
    )


def no_template(name: str, reason: str) -> TemplateSpec:
    """A template that is known by name only."""
    return TemplateSpec(name, "", unavailable=reason)


def _one_round() -> str:
    return "{% if loop.index0 > 1 %}" + _refuse("this template has one round only") + "{% endif %}"


def _refuse(reason: str) -> str:
    return "{{ raise_exception(" + _text(reason) + ") }}"


def _text(text: str | None) -> str:
    """A text as jinja writes it."""
    return json.dumps(text or "", ensure_ascii=False)


def _filled(piece: str) -> str:
    for hole, value in HOLES.items():
        piece = piece.replace(hole, value)
    return _keep_line_ends(piece)


def _keep_line_ends(text: str) -> str:
    """A line end behind a tag would be trimmed away, as would spaces before a statement."""
    return text.replace("\n", "{{ '\\n' }}")
