"""The ledger of rows that were refused, dropped or cut: file, row and reason, in `rejected.jsonl`
and in the summary.
"""

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from burnish.core.errors import DataError
from burnish.core.files import write_atomic

Kind = Literal["rejected", "dropped_long", "cut"]
WORDS: dict[Kind, str] = {
    "rejected": "cannot be used",
    "dropped_long": "longer than --max_length, left out",
    "cut": "longer than --max_length, cut",
}
FILE = "rejected.jsonl"
DETAIL = re.compile(r"\d+|'[^']*'|\"[^\"]*\"")
"""What in a reason differs from row to row: numbers, and what is quoted."""
WORDINGS = 4
"""Ways to put one reason that are told apart; more of them are one group."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row and what happened to it."""

    file: str
    row: int
    kind: Kind
    reason: str


@dataclass(slots=True)
class Group:
    """Rows that share a kind and the words of a reason."""

    first: Reject
    rows: list[Reject]

    @property
    def differ(self) -> bool:
        """Whether the first one's reason is not wholly that of the others."""
        return any(entry.reason != self.first.reason for entry in self.rows)


class Rejects:
    """Every row that is not trained as it was written."""

    def __init__(self, max_bad_rows: int | None = None) -> None:
        self.max_bad_rows = max_bad_rows
        self.rows: list[Reject] = []
        self._seen: set[Reject] = set()
        self._counts: Counter[Kind] = Counter()
        self._written: tuple[Path, int] | None = None

    def add(self, file: str, row: int, reason: str, kind: Kind = "rejected") -> bool:
        """Note a row, once; whether it is new. Raises DataError when more rows than --max_bad_rows
        cannot be used.
        """
        entry = Reject(file, row, kind, reason)
        if entry in self._seen:
            return False
        self._seen.add(entry)
        self.rows.append(entry)
        self._counts[kind] += 1
        most = self.max_bad_rows
        if kind == "rejected" and most is not None and (bad := self.count("rejected")) > most:
            rows = f"{bad} row{'s' * (bad > 1)}"
            raise DataError(
                f"{rows} cannot be used, --max_bad_rows allows {most}:\n{self.summary()}"
            )
        return True

    def take_up(self, path: Path) -> None:
        """Begin with the ledger of the run that goes on."""
        if path.is_file():
            for line in path.read_text(encoding="utf-8").split("\n"):
                if line:
                    self.add(**json.loads(line))

    def count(self, kind: Kind) -> int:
        """How many rows of one kind there are."""
        return self._counts[kind]

    def summary(self, most: int = 8) -> str:
        """A line for each kind and reason, the commonest first, with an example; "" when every row
        was used.
        """
        lines = []
        groups = self.groups()
        for kind, words in WORDS.items():
            found = [group for group in groups if group.first.kind == kind]
            if not found:
                continue
            count = self.count(kind)
            lines.append(f"{count} row{'s' * (count > 1)} {words}:")
            for group in found[:most]:
                first, such = group.first, "such as: " * group.differ
                where = f"{first.file}:{first.row}"
                lines.append(f"  {len(group.rows)} x {such}{first.reason} (first: {where})")
            if (more := len(found) - most) > 0:
                lines.append(f"  and {more} more reason{'s' * (more > 1)}")
        return "\n".join(lines)

    def groups(self) -> list[Group]:
        """The rows by kind and reason, the commonest reasons first. Reasons are alike when only
        numbers and quoted words differ, or when there are many ways to put what stands before the
        first colon.
        """
        heads: dict[tuple[Kind, str], list[Reject]] = {}
        for entry in self.rows:
            heads.setdefault((entry.kind, _head(entry.reason)), []).append(entry)
        groups: list[Group] = []
        for rows in heads.values():
            ways: dict[str, list[Reject]] = {}
            for entry in rows:
                ways.setdefault(DETAIL.sub("…", entry.reason), []).append(entry)
            found = [rows] if len(ways) > WORDINGS else ways.values()
            groups += [Group(each[0], each) for each in found]
        order = list(WORDS)
        return sorted(groups, key=lambda g: (order.index(g.first.kind), -len(g.rows)))

    def write(self, path: Path) -> None:
        """Write the ledger as JSON lines, where it has grown; an empty one too, so that its absence
        never means "all well".
        """
        if self._written == (path, len(self.rows)):
            return
        lines = [json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in self.rows]
        # Half of a surrogate pair has no UTF-8; written as an escape, JSON gives it back.
        write_atomic(path, "".join(lines).encode("utf-8", "backslashreplace"))
        self._written = path, len(self.rows)


def _head(reason: str) -> str:
    """What a reason is about: the part before the first colon, without details."""
    return DETAIL.sub("…", reason).partition(":")[0]
