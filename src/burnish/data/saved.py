"""template.json: what a checkpoint says of the template it was trained with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from burnish.core.errors import TemplateError

TEMPLATE_FILE = "template.json"
COMPARED = {
    "sha256": "the text of the chat template",
    "system": "the system prompt",
    "tools_prompt": "how tools are told (--tools_prompt)",
    "stop_ids": "the tokens that end an answer",
    "special_tokens": "the special tokens",
    "tokenizer_fingerprint": "the tokenizer",
}


def read_saved(path: Path) -> dict[str, Any]:
    """The content of a `template.json`. Raises TemplateError when it is missing or damaged."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TemplateError(
            f"{path} is missing: nothing says how this checkpoint was trained."
        ) from error
    except ValueError as error:
        raise TemplateError(f"{path} is damaged: {error}. Take another checkpoint.") from error
    if not isinstance(saved, dict) or not isinstance(saved.get("jinja"), str):
        raise TemplateError(f"{path} is damaged: it holds no template. Take another checkpoint.")
    return saved


def compare(saved: Mapping[str, Any], current: Mapping[str, Any]) -> str:
    """What differs between the template of training and the one at hand; "" when nothing does.

    Both are what `Template.describe` gives.
    """
    lines = []
    for key, what in COMPARED.items():
        then, now = _plain_json(saved.get(key)), _plain_json(current.get(key))
        if then != now:
            lines.append(f"  {what}: {then!r} in training, {now!r} now")
    if not lines:
        return ""
    return "\n".join(["this is not what the checkpoint was trained with:", *lines])


def _plain_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
