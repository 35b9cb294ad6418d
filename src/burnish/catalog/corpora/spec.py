"""What is known about a data set before it is downloaded.

The ids and the names of columns come from public lists and were not all tried. `code` names a
conversion of ours for rows whose columns alone do not tell what they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HUMAN_GPT = {
    "user_role": "human",
    "assistant_role": "gpt",
    "conversations_key": "conversations",
    "from_key": "from",
    "value_key": "value",
    "error_strategy": "delete",
}
MESSAGES = {
    "user_role": "user",
    "assistant_role": "assistant",
    "conversations_key": "messages",
    "from_key": "role",
    "value_key": "content",
    "error_strategy": "delete",
}


@dataclass(frozen=True, slots=True)
class Corpus:
    """A registered data set: where it lies on the hubs and how its rows become samples."""

    name: str
    hf: str | None = None
    """Hugging Face id."""
    ms: str | None = None
    """ModelScope id."""
    subsets: tuple[str, ...] = ()
    """Those that are read where none is asked for; empty: the default one."""
    split: tuple[str, ...] = ("train",)
    columns: Mapping[str, str] = field(default_factory=dict)
    """Their name -> ours; "-" drops the column."""
    conversations: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the turns."""
    code: str | None = None
    """The conversion that makes samples of its rows; None: columns, turns, or what they show."""
    tags: tuple[str, ...] = ()
    huge: bool = False
    """More than one wants to download by accident."""
