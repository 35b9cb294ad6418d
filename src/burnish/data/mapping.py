"""How the rows of one data set become samples, where their columns alone do not tell it."""

import json
from collections.abc import Mapping as Fields
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a registry entry says of its rows; `Mapping()` means: recognise them by their columns.

    columns: their name -> ours; "" or "-" as ours drops the column.
    conversations: settings of the turns (user_role, assistant_role, system_role, tool_role,
    function_role, conversations_key, from_key, value_key, error_strategy, media_type, media_key,
    media_tag).
    code: a conversion of ours ("name" or "name:option"), or "file.py:function" of a person.
    keep_useless: keep columns that we do not know, for a custom conversion.
    """

    columns: Fields[str, str] = field(default_factory=dict)
    conversations: Fields[str, Any] = field(default_factory=dict)
    code: str | None = None
    keep_useless: bool = False

    def text(self) -> str:
        """The mapping as JSON with sorted keys; what a cache key is made from."""
        values = (dict(self.columns), dict(self.conversations), self.code, self.keep_useless)
        return json.dumps(values, sort_keys=True, ensure_ascii=False)
