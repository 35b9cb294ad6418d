import pytest
import torch

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.core.facts import Facts
from burnish.data.sample import Encoded, SampleId
from burnish.train.batches import validation
from burnish.train.mesh import Mesh


def test_too_little_to_validate_with_names_the_way_out() -> None:
    given = {"model_id_or_path": "m", "dataset": ["x"], "batching_strategy": "packing"}
    config = resolve(load("sft"), given, facts=Facts())
    sequences = [Encoded(SampleId("x", 1), (1, 2, 3), (2, 3, 4))]
    with pytest.raises(DataError, match="--dataset_test_ratio 0 to train without validation"):
        validation(config, sequences, Mesh(torch.float32), 0, False)
