"""Two processes (gloo) train as one does: exchange of gradients, counts, fillers, whole runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.fixtures_train import run_flags

EXCHANGE = """
import sys
import torch
from torch import nn
from burnish.train import mesh as module
from burnish.train.mesh import Mesh
from tests.fixtures_train import gradients, make_model, make_sequences
from burnish.data.loader import Deal, TrainLoader
from burnish.nn.scorer import Scorer

module.BUCKET_ELEMENTS = 3000  # so that several buckets travel
mesh = Mesh(torch.float32)
model = make_model("llama", tied=True, seed=mesh.rank)  # ranks start apart
mesh.share(model)
scorer = Scorer(model)
deal = Deal(2, 4 // mesh.world, mesh.world, mesh.rank)
loader = TrainLoader(make_sequences([3, 14, 5, 9, 4]), deal, seed=0, pad_id=0)
batches = loader.take(1)  # five sequences for eight places
counts = mesh.sum({"token": sum(len(b.targets) for b in batches), "stop": float(mesh.rank)})
for batch in batches:
    mesh.backward(-scorer(batch).logps.sum() / counts["token"].float())
silent = nn.Parameter(torch.zeros(3))  # only the main rank has a gradient for it
if mesh.is_main:
    silent.grad = torch.full((3,), 2.0)
parameters = [*model.parameters(), silent]
optimizer = torch.optim.SGD(parameters, lr=0.0)
norm = mesh.step(optimizer, parameters, 0.0)
told = mesh.tell({"folder": "v0-main"} if mesh.is_main else None)
total, = mesh.sum_tensors([torch.tensor(float(mesh.rank + 1))])
torch.save(
    {
        "gradients": gradients(model), "silent": silent.grad, "norm": norm,
        "token": counts["token"].item(), "stop": counts["stop"].item(), "told": told,
        "total": total.item(), "shapes": [tuple(b.input_ids.shape) for b in batches],
    },
    f"{sys.argv[1]}/rank{mesh.rank}.pt",
)
mesh.barrier()
mesh.close()
"""

TRAIN = """
import json, sys
import torch
from burnish.train.run import train
from burnish.config.resolve import resolve
from burnish.commands.sft import COMMAND

torch.set_num_threads(1)
result = train(resolve(COMMAND, json.loads(sys.argv[1])))
"""


def launch(code: str, *arguments: str, ranks: int, folder: Path) -> None:
    """Run `code` in one process, or in several as torchrun starts them."""
    script = folder / "script.py"
    script.write_text(code)
    command = [sys.executable]
    if ranks > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={ranks}"]
    command += [str(script), *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory):
    import torch

    found = {}
    for ranks in (1, 2):
        folder = tmp_path_factory.mktemp(f"ranks{ranks}")
        launch(EXCHANGE, str(folder), ranks=ranks, folder=folder)
        found[ranks] = [torch.load(folder / f"rank{rank}.pt") for rank in range(ranks)]
    return found


def test_gradients_are_the_sum_over_ranks(exchanged):
    (single,), pair = exchanged[1], exchanged[2]
    for rank in pair:
        assert rank["gradients"].keys() == single["gradients"].keys()
        for name, gradient in single["gradients"].items():
            error = (rank["gradients"][name] - gradient).abs().max()
            assert error <= 1e-5 * gradient.abs().max(), name


def test_ranks_agree_to_the_bit(exchanged):
    one, other = exchanged[2]
    for name, gradient in one["gradients"].items():
        assert gradient.equal(other["gradients"][name]), name
    assert one["norm"].equal(other["norm"])


def test_a_rank_without_a_gradient_adds_zero(exchanged):
    assert [rank["silent"].tolist() for rank in exchanged[2]] == [[2.0] * 3] * 2


def test_counts_and_words_reach_every_rank(exchanged):
    (single,), pair = exchanged[1], exchanged[2]
    for rank in pair:
        assert rank["token"] == single["token"] and rank["stop"] == 1.0
        assert rank["told"] == {"folder": "v0-main"} and rank["total"] == 3.0


def test_the_ranks_had_unlike_work(exchanged):
    """Uneven lengths, and a filler: else the comparison says little."""
    shapes = [rank["shapes"] for rank in exchanged[2]]
    assert shapes[0] != shapes[1]
    (single,) = exchanged[1]
    assert single["shapes"] != shapes[0] and shapes[1][-1] == (1, 1), "the second ends in a filler"


@pytest.mark.slow
def test_a_run_on_two_ranks_is_the_run_on_one(tiny_model, tmp_path):
    """The same total batch: losses, samples and final weights."""
    from safetensors.torch import load_file

    folders = {}
    for ranks, batch_size in ((1, 4), (2, 2)):
        work = tmp_path / f"on{ranks}"
        flags = run_flags(
            tiny_model,
            tmp_path,
            output_dir=str(work / "out"),
            batch_size=batch_size,
            lora_dropout=0.0,
            logging_steps=1,
            dataset_test_ratio=0.3,
            eval_steps=1,
            eval_batch_size=1,
            learning_rate=1e-2,
            save_steps=2,
        )
        work.mkdir()
        launch(TRAIN, json.dumps(flags), ranks=ranks, folder=work)
        folders[ranks] = work / "out"
    one, two = folders[1], folders[2]
    assert (one / "steps.jsonl").read_text() == (two / "steps.jsonl").read_text()
    lines = [
        [json.loads(text) for text in (out / "logging.jsonl").read_text().splitlines()]
        for out in (one, two)
    ]
    for ours, theirs in zip(lines[0], lines[1], strict=True):
        for name in ("loss", "acc", "eval_loss", "eval_acc", "grad_norm"):
            if name in ours:
                assert theirs[name] == pytest.approx(ours[name], rel=1e-4), name
    names = sorted(p.name for p in one.glob("checkpoint-*"))
    assert names == sorted(p.name for p in two.glob("checkpoint-*")) and names
    weights = [load_file(out / names[-1] / "adapter_model.safetensors") for out in (one, two)]
    for name, tensor in weights[0].items():
        assert (weights[1][name] - tensor).abs().max() <= 1e-4 * tensor.abs().max(), name
    assert (two / names[-1] / "random-1.safetensors").is_file(), "each rank has its own state"


UNLIKE = """
import json, sys
from burnish.core.errors import DataError
from burnish.train.run import train
from burnish.config.resolve import resolve
from burnish.commands.sft import COMMAND

try:
    train(resolve(COMMAND, json.loads(sys.argv[1])))
except DataError as error:
    assert str(error).startswith("1 of the 2 processes have other training data"), error
else:
    raise AssertionError("it began to train")
"""


@pytest.mark.slow
@pytest.mark.parametrize("lazy", [False, True])
def test_ranks_whose_rows_differ_do_not_begin(lazy, tiny_model, tmp_path):
    own = tmp_path / "own.py"
    own.write_text(
        "import os\n"
        "def get_custom_dataset(dataset_config, tokenizer, split):\n"
        "    return [{'query': 'q', 'response': os.environ['RANK']}] * 4\n"
    )
    out = str(tmp_path / "out")
    flags = run_flags(tiny_model, tmp_path, output_dir=out, dataset=[str(own)], lazy_tokenize=lazy)
    launch(UNLIKE, json.dumps(flags), ranks=2, folder=tmp_path)
    assert not (tmp_path / "out").exists()
