"""What became of the rows, in numbers and in a few lines for people."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.data.store import Sequences


@dataclass(slots=True)
class Account:
    """Sums over the sequences of a run."""

    samples: int = 0
    sequences: int = 0
    tokens: int = 0
    trained: int = 0
    answers: int = 0
    stops: int = 0
    texts: int = 0
    blocks: int = 0
    sources: dict[str, dict[str, int]] = field(default_factory=dict)
    """For each data set its samples, sequences, tokens and trained tokens."""
    notes: dict[str, int] = field(default_factory=dict)
    """What happened on the way, counted over all rows that were read."""

    def lines(self) -> list[str]:
        """The account for people."""
        if not self.sequences:
            return ["no sequence to train"]
        lines = [f"{counted(self.samples, 'sample')} -> {_sums(vars_of(self))}"]
        if len(self.sources) > 1:
            lines += [
                f"  {name}: {counted(sums['samples'], 'sample')} -> {_sums(sums)}"
                for name, sums in self.sources.items()
            ]
        if self.answers:
            lines.append(f"stop tokens trained: {self.stops}, of {counted(self.answers, 'answer')}")
        if self.blocks > self.texts:
            lines.append(
                f"{counted(self.texts, 'text')} cut into {self.blocks} blocks; "
                "nothing of them is lost"
            )
        notes = sorted(self.notes.items(), key=lambda note: -note[1])
        return [*lines, *(f"{count} {what}" for what, count in notes)]


def account_of(sequences: Sequences) -> Account:
    """The account of chosen sequences."""
    account = Account(sequences=len(sequences))
    notes: Counter[str] = Counter()
    for number, store in enumerate(sequences.stores):
        mine = sequences.places[sequences.which == number]
        records = store.sequences[mine]
        if len(mine) == 0:
            continue
        is_text = records["answers"] == 0
        sums = {
            "samples": int(records["is_first"].sum()),
            "sequences": len(mine),
            "tokens": int(records["length"].sum()),
            "trained": int(records["trained"].sum()),
        }
        known = account.sources.setdefault(store.name, dict.fromkeys(sums, 0))
        for what, count in sums.items():
            known[what] += count
        account.samples += sums["samples"]
        account.tokens += sums["tokens"]
        account.trained += sums["trained"]
        account.answers += int(records["answers"].sum())
        account.stops += int(records["stops"].sum())
        account.blocks += int(is_text.sum())
        account.texts += int((is_text & records["is_first"]).sum())
        notes.update(store.about["notes"])
    account.notes = dict(notes)
    return account


def vars_of(account: Account) -> Mapping[str, int]:
    """The sums of a whole account under the names that those of a data set have."""
    return {name: getattr(account, name) for name in ("sequences", "tokens", "trained")}


def _sums(sums: Mapping[str, int]) -> str:
    share = 100 * sums["trained"] / max(sums["tokens"], 1)
    return (
        f"{counted(sums['sequences'], 'sequence')}, {counted(sums['tokens'], 'token')}, "
        f"{share:.1f}% trained"
    )


def counted(number: int, word: str) -> str:
    """1 row, 2 rows."""
    return f"{number} {word}{'s' * (number != 1)}"
