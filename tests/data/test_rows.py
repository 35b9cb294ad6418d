"""What a batch is filled with."""

import numpy as np
from tests.fixtures_train import make_sequences

from burnish.data.rows import Packed, Single, lengths_of

LENGTHS = [3, 9, 4, 9, 1, 6]
SEQUENCES = make_sequences(LENGTHS)


def test_a_row_for_each_sequence() -> None:
    rows = Single(SEQUENCES)
    assert len(rows) == 6
    assert rows.rows(2) == [[SEQUENCES[2]]]
    assert rows.longest_first() == [1, 3, 5, 2, 0, 4], "equal ones in their order"


def test_packed_rows_hold_each_sequence_once() -> None:
    rows = Packed(SEQUENCES, 10)
    made = [sequence for unit in range(len(rows)) for row in rows.rows(unit) for sequence in row]
    assert sorted(s.sample.row for s in made) == list(range(1, 7))
    sizes = [sum(map(len, rows.rows(unit)[0])) for unit in range(len(rows))]
    assert max(sizes) <= 10 and len(rows) == 4
    assert [sizes[unit] for unit in rows.longest_first()] == sorted(sizes, reverse=True)
    assert str(rows) == "packing: 6 sequences in 4 rows of 10, 80.0% full"


def test_lengths_are_asked_of_a_store() -> None:
    class Known(list):  # type: ignore[type-arg]
        lengths = np.array([7])

        def __iter__(self):  # type: ignore[no-untyped-def]
            raise AssertionError("no sequence is read for its length")

    assert lengths_of(Known()).tolist() == [7]
    assert lengths_of(SEQUENCES).tolist() == LENGTHS
