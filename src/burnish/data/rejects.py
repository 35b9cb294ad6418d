"""The ledger of rows that were refused, dropped or cut: file, row and reason, in `rejected.jsonl`
and in the summary.
"""

import json
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


@dataclass(frozen=True, slots=True)
class Reject:
    """One row and what happened to it."""

    file: str
    row: int
    kind: Kind
    reason: str


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
            raise DataError(
                f"{bad} rows cannot be used, --max_bad_rows allows {most}:\n{self.summary()}"
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
        for kind, words in WORDS.items():
            found = [entry for entry in self.rows if entry.kind == kind]
            if not found:
                continue
            lines.append(f"{len(found)} row{'s' * (len(found) > 1)} {words}:")
            reasons = Counter(_head(entry.reason) for entry in found)
            for reason, count in reasons.most_common(most):
                first = next(entry for entry in found if _head(entry.reason) == reason)
                lines.append(f"  {count} x {first.reason} (first: {first.file}:{first.row})")
            if len(reasons) > most:
                lines.append(f"  and {len(reasons) - most} more reasons")
        return "\n".join(lines)

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
    """What reasons are grouped by: the part before the first colon."""
    return reason.partition(":")[0]
