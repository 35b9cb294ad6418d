"""A cleaned copy of data sets: the usable rows in one form, whatever forms and files they came in,
and the ledger of the others beside it.

A row is written as burnish read it: `messages` with roles and contents (`text` for plain text), and
what else the row says. Read again, it gives the same sample.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from burnish.core.files import fsync_dir
from burnish.data.rejects import FILE, Rejects
from burnish.data.sample import IGNORE, Message, Sample, Tokenised, ToolCall


def write_cleaned(path: Path, samples: Iterable[Sample], rejects: Rejects) -> int:
    """Write the rows to `path` and the ledger beside it; how many rows were written. The file
    appears when it is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            for sample in samples:
                file.write(json.dumps(row_of(sample), ensure_ascii=False) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    fsync_dir(path.parent)
    rejects.write(path.with_name(FILE))
    return count


def row_of(sample: Sample) -> dict[str, Any]:
    """A sample as a row."""
    row: dict[str, Any] = {}
    if sample.tokenised is not None:
        return _tokenised(sample.tokenised)
    if sample.text is not None:
        if sample.prefix is not None:
            row["prompt"] = sample.prefix
        row["text"] = sample.text
        return row
    turns = [_turn(message) for message in sample.messages]
    if sample.system is not None:
        turns = [{"role": "system", "content": sample.system}, *turns]
    row["messages"] = turns
    if sample.tools:
        row["tools"] = [dict(tool) for tool in sample.tools]
    if (worse := sample.rejected) is not None:
        if _turn(worse) == {"role": worse.role, "content": worse.text}:
            row["rejected_response"] = worse.text
        else:
            asked = turns[:-1] if sample.messages[-1].role == "assistant" else turns
            row["rejected_messages"] = [*asked, _turn(worse)]
    if sample.label is not None:
        row["label"] = sample.label
    return row


def _tokenised(given: Tokenised) -> dict[str, Any]:
    ids = list(given.ids)
    labels = [id if weight else IGNORE for id, weight in zip(ids, given.weights, strict=True)]
    row: dict[str, Any] = {"input_ids": ids, "labels": labels}
    if set(given.weights) - {0.0, 1.0}:
        row["loss_weights"] = list(given.weights)
    return row


def _turn(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.reasoning is not None:
        found["reasoning_content"] = message.reasoning
    if message.tool_calls:
        found["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.weight is not None:
        found["loss"] = message.weight
    for key in ("tool_call_id", "name"):
        if (value := getattr(message, key)) is not None:
            found[key] = value
    return found


def _content(message: Message) -> Any:
    if not any(part.media for part in message.parts):
        return message.text
    return [
        {"type": part.media.kind, part.media.kind: part.media.path}
        if part.media
        else {"type": "text", "text": part.text}
        for part in message.parts
    ]


def _call(call: ToolCall) -> Mapping[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"type": "function", "function": function, **({"id": call.id} if call.id else {})}
