"""The order of the samples: one for all ranks, each once an epoch, known by the step alone."""

from collections import Counter

import pytest
from tests.fixtures_train import make_sequences

from burnish.data.loader import Deal, EvalLoader, TrainLoader

LENGTHS = [3 + (7 * i) % 13 for i in range(37)]
SEQUENCES = make_sequences(LENGTHS)


def loader(batch_size=1, accumulation=1, world=1, rank=0, *, seed=42, shuffle=True):
    deal = Deal(batch_size, accumulation, world, rank)
    return TrainLoader(SEQUENCES, deal, seed, pad_id=0, shuffle=shuffle)


def ids_of(batches):
    return [sample for batch in batches for sample in batch.ids]


SAME_TOTAL = [
    (8, 1, 1),
    (4, 2, 1),
    (1, 8, 1),
    (4, 1, 2),
    (2, 2, 2),
    (1, 4, 2),
    (2, 1, 4),
    (1, 2, 4),
]


def test_a_step_holds_the_same_samples_on_any_number_of_ranks():
    expected = loader(8)
    for batch_size, accumulation, world in SAME_TOTAL:
        ranks = [loader(batch_size, accumulation, world, rank) for rank in range(world)]
        for step in range(1, 2 * expected.steps_per_epoch + 1):
            assert ranks[0].ids(step) == expected.ids(step)
            dealt = [sample for rank in ranks for sample in ids_of(rank.take(step))]
            assert sorted(dealt) == sorted(expected.ids(step)), (batch_size, accumulation, world)


@pytest.mark.parametrize(("batch_size", "accumulation", "world"), SAME_TOTAL)
def test_ranks_have_as_many_micro_batches_and_equal_parts(batch_size, accumulation, world):
    ranks = [loader(batch_size, accumulation, world, rank) for rank in range(world)]
    for step in range(1, ranks[0].steps_per_epoch + 1):
        shares = [rank.take(step) for rank in ranks]
        assert len({len(share) for share in shares}) == 1
        assert len(shares[0]) <= accumulation
        sizes = [len(ids_of(share)) for share in shares]
        assert max(sizes) - min(sizes) <= 1
        assert all(len(batch.ids) <= batch_size for share in shares for batch in share)


def test_each_sequence_once_an_epoch():
    train = loader(4, 2)
    for epoch in range(3):
        steps = range(epoch * train.steps_per_epoch + 1, (epoch + 1) * train.steps_per_epoch + 1)
        seen = Counter(sample for step in steps for sample in ids_of(train.take(step)))
        assert seen == Counter(s.sample for s in SEQUENCES)


def test_epochs_differ_and_seeds_differ():
    train = loader(37)
    first, second, third = (loader(1).window(1), *(train.ids(step) for step in (1, 2)))
    assert len(first) == 1
    assert sorted(second) == sorted(third)
    one = loader(1)
    order = [one.ids(step)[0] for step in range(1, 38)]
    assert order != [one.ids(step)[0] for step in range(38, 75)]
    assert order != [loader(1, seed=43).ids(step)[0] for step in range(1, 38)]
    assert order != [s.sample for s in SEQUENCES], "shuffled"


def test_the_same_seed_gives_the_same_order():
    assert [loader(2).ids(step) for step in range(1, 60)] == [
        loader(2).ids(step) for step in range(1, 60)
    ]


def test_any_step_can_be_asked_for_at_any_time():
    """What resuming relies on."""
    walked = loader(3, 2)
    whole = [walked.ids(step) for step in range(1, 30)]
    jumping = loader(3, 2)
    for step in (29, 1, 17, 8, 9, 2):
        assert jumping.ids(step) == whole[step - 1]


def test_without_shuffling_the_order_is_that_of_the_file():
    plain = loader(1, shuffle=False)
    assert [plain.ids(step)[0].row for step in range(1, 38)] == list(range(1, 38))


def test_the_last_step_of_an_epoch_is_short_and_filled():
    ranks = [loader(2, 2, 4, rank) for rank in range(4)]  # 16 a step; the third step has 5
    assert ranks[0].steps_per_epoch == 3
    shares = [rank.take(3) for rank in ranks]
    assert [len(share) for share in shares] == [1, 1, 1, 1]
    assert [len(ids_of(share)) for share in shares] == [2, 1, 1, 1]
    ranks = [loader(1, 3, 16, rank) for rank in range(16)]  # 48 a step, more than there are
    shares = [rank.take(1) for rank in ranks]
    assert [len(share) for share in shares] == [3] * 16
    assert [len(ids_of(share)) for share in shares] == [3] * 5 + [2] * 11
    assert shares[-1][-1].targets.tolist() == [], "a filler carries no label"


def test_like_lengths_go_together():
    train = loader(4, 4)
    for step in (1, 2):
        lengths = [[LENGTHS[s.row - 1] for s in batch.ids] for batch in train.take(step)]
        flat = [length for batch in lengths for length in batch]
        assert flat == sorted(flat, reverse=True)


def test_total_is_what_a_step_takes():
    assert Deal(2, 3, 4).total == 24
    assert loader(2, 3, 4).steps_per_epoch == 2
    assert loader(37).steps_per_epoch == loader(100).steps_per_epoch == 1


@pytest.mark.parametrize("world", [1, 2, 4])
def test_validation_takes_each_sequence_once_over_all_ranks(world):
    loaders = [EvalLoader(SEQUENCES, Deal(3, 1, world, rank), 0) for rank in range(world)]
    batches = [list(part) for part in loaders]
    assert {len(b) for b in batches} == {len(loaders[0])}
    seen = Counter(sample for part in batches for sample in ids_of(part))
    assert seen == Counter(s.sample for s in SEQUENCES)
    assert list(map(ids_of, batches)) == [ids_of(part) for part in loaders], "the same every time"
