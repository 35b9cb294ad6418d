import dataclasses

import pytest

from burnish.data.sample import IGNORE, Encoded, Message, Part, SampleId


def test_a_sample_id_prints_as_file_and_row() -> None:
    assert str(SampleId("data/train.jsonl", 17)) == "data/train.jsonl:17"


def test_a_message_joins_its_text_parts() -> None:
    assert Message("user", (Part("a"), Part("b"))).text == "ab"


def test_trained_tokens_are_those_with_a_label() -> None:
    encoded = Encoded(SampleId("x", 1), [5, 6, 7], [IGNORE, 7, IGNORE])
    assert (len(encoded), encoded.trained_tokens) == (3, 1)


def test_samples_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SampleId("x", 1).row = 2  # type: ignore[misc]
