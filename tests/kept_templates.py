"""The kept chat templates, each with its tokenizer or one of a near family that has its tokens."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import tokenizers
from tests.conftest import shared_folder

from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

FOLDER = shared_folder() / "data"
NEAR = {
    "mistral-nemo": ("mistral-v0.3",),
    "mistral-small-3.2": ("mistral-v0.3", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    "glm-4.5": ("glm-4",),
    "glm-4.6": ("glm-4",),
    "deepseek-llm": ("deepseek-v3",),
    "deepseek-coder": ("deepseek-v3", "<|EOT|>"),
    "deepseek-r1-distill-qwen": ("deepseek-v3",),
    "gemma-3": ("gemma-2",),
    "minicpm3": ("qwen2.5",),
    "openchat": ("mistral-v0.1", "<|end_of_turn|>"),
    "command-r": (
        "qwen2.5",
        "<BOS_TOKEN>",
        "<|START_OF_TURN_TOKEN|>",
        "<|SYSTEM_TOKEN|>",
        "<|USER_TOKEN|>",
        "<|CHATBOT_TOKEN|>",
        "<|END_OF_TURN_TOKEN|>",
    ),
    "falcon": ("gpt2",),
    "granite-3": ("gpt2", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
    "gpt-oss": (
        "gpt2",
        "<|startoftext|>",
        "<|start|>",
        "<|message|>",
        "<|channel|>",
        "<|end|>",
        "<|call|>",
        "<|return|>",
    ),
}
"""A tokenizer of a near family, and the tokens that it lacks."""


def index() -> dict[str, dict[str, Any]]:
    path = FOLDER / "templates/index.json"
    return {e["name"]: e for e in json.loads(path.read_text())} if path.exists() else {}


INDEX = index()


def tokenizer(name: str) -> Tokenizer:
    entry = INDEX[name]
    folder, *lacking = (entry["tokenizer"],) if entry["tokenizer"] else NEAR[name]
    return _tokenizer(folder, tuple(lacking), tuple(sorted(specials_of(name).items())))


@cache
def _tokenizer(
    folder: str, lacking: tuple[str, ...], specials: tuple[tuple[str, str], ...]
) -> Tokenizer:
    place = FOLDER / "tokenizers" / folder
    backend = tokenizers.Tokenizer.from_file(str(place / "tokenizer.json"))
    backend.add_special_tokens([tokenizers.AddedToken(t, special=True) for t in lacking])
    known = {k: t for k, t in specials if t and backend.token_to_id(t) is not None}
    return Tokenizer(backend, folder=place, config=known)


def jinja_of(name: str) -> str:
    return (FOLDER / "templates" / INDEX[name]["file"]).read_bytes().decode("utf-8")


def specials_of(name: str) -> dict[str, str]:
    return {key: INDEX[name][key] for key in ("bos_token", "eos_token")}


@cache
def template(
    name: str, change: Callable[[str], str] = str, now: datetime | None = None
) -> Template:
    return Template(
        tokenizer(name),
        change(jinja_of(name)),
        name=name,
        now=now or datetime(2024, 7, 26),
        variables=specials_of(name),
    )
