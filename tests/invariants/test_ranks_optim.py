"""Two processes (gloo) train as one does where layers rest, gradients are projected or weights are
rounded at random.
"""

import json

import pytest
import torch
from tests.fixtures_train import write_rows
from tests.invariants.test_ranks import launch
from tests.tiny import write_tiny_model

from burnish.core.require import is_installed

CASES = {
    "lisa": {"lisa_activated_layers": 1, "lisa_step_interval": 2},
    "galore": {"use_galore": True, "galore_rank": 4, "galore_update_proj_gap": 2},
    "muon": {"optim": "muon"},
}
if is_installed("bitsandbytes"):
    CASES["q-galore"] = {**CASES["galore"], "galore_quantization": True, "galore_queue_size": 1}
TRAIN = """
import json, sys
from pathlib import Path
import torch
from tests.fixtures_train import make_run
from burnish.train.fit import fit

torch.set_num_threads(1)
folder, cases = Path(sys.argv[1]), json.loads(sys.argv[2])
for name, flags in cases.items():
    run = make_run(folder / "model", folder / name, sft_type="full", max_steps=5, batch_size=1,
                   learning_rate=1e-3, adam_epsilon=1e-4, save_strategy="no", **flags,
                   gradient_accumulation_steps=2 // int(sys.argv[3]))
    fit(run)
    torch.save(run.model.state_dict(), folder / f"{name}-{run.mesh.rank}.pt")
run.mesh.barrier()
run.mesh.close()
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """{ranks: {case: [weights of each rank]}}, and the weights before."""
    found = {}
    for ranks in (1, 2):
        folder = tmp_path_factory.mktemp(f"ranks{ranks}")
        write_tiny_model(folder / "model", layers=4)
        for name in CASES:
            (folder / name).mkdir()
            write_rows(folder / name / "rows.jsonl")
        launch(TRAIN, str(folder), json.dumps(CASES), str(ranks), ranks=ranks, folder=folder)
        found[ranks] = {
            name: [torch.load(folder / f"{name}-{rank}.pt") for rank in range(ranks)]
            for name in CASES
        }
    return found


@pytest.mark.parametrize("name", CASES)
def test_ranks_agree_to_the_bit(trained, name):
    one, other = trained[2][name]
    for key, weight in one.items():
        assert torch.equal(weight, other[key]), key


@pytest.mark.parametrize("name", CASES)
def test_two_train_as_one_does(trained, name, tmp_path):
    from safetensors.torch import load_file

    start = load_file(write_tiny_model(tmp_path / "model", layers=4) / "model.safetensors")
    (single,), (pair, _) = trained[1][name], trained[2][name]
    moved = 0
    for key, weight in single.items():
        went = (weight - start.get(key, weight)).norm()
        moved += bool(went > 0)
        if name == "q-galore":  # a code that is rounded the other way is a step of its own
            assert (pair[key] - weight).norm() < 0.02 * weight.norm(), key
        else:
            assert (pair[key] - weight).norm() <= 0.02 * went, key
    assert moved > 4
