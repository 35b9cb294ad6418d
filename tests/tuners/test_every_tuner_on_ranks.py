"""Two ranks (gloo) give every tuner the gradients that one process gives it."""

import os
import subprocess
import sys

import torch
from tests.conftest import ROOT
from tests.packed_model import write_packed
from tests.tuners.walk import CASES, base_folder, cases

from burnish.core.require import is_installed
from burnish.nn.quantize import Quantisation

SCRIPT = """
import sys
from pathlib import Path
import torch
from tests.fixtures_train import gradients, make_sequences
from tests.tuners import walk
from tests.tuners.test_every_tuner_on_ranks import quantised
from burnish.data.loader import Deal, TrainLoader
from burnish.nn.kernels.swap import swap
from burnish.nn.load import LoadOptions, load_model
from burnish.nn.scorer import Scorer
from burnish.train.mesh import Mesh

torch.set_num_threads(1)
mesh, found = Mesh(torch.float32), {}

def measure(name, case, model):
    walk.still(model)
    swap(model)
    if not mesh.is_main:
        with torch.no_grad():
            for weight in walk.trained(model).values():
                weight.add_(1.0)  # ranks start apart
    mesh.share(model)
    scorer = Scorer(model)
    model.train()
    deal = Deal(2, 4 // mesh.world, mesh.world, mesh.rank)
    batches = TrainLoader(make_sequences([3, 14, 5, 9, 4]), deal, seed=0, pad_id=0).take(1)
    counts = mesh.sum({"token": sum(len(b.targets) for b in batches)})
    if case.tuner.penalty is not None:
        mesh.backward(case.tuner.penalty(model) / mesh.world)
    for batch in batches:
        mesh.backward(-scorer(batch).logps.sum() / counts["token"].float())
    weights = list(walk.trained(model).values())
    mesh.step(torch.optim.SGD(weights, lr=0.0), weights, 0.0)
    found[name] = gradients(model)

for name, case in walk.CASES.items():
    for family in case.families if name in walk.cases() else ():
        measure(f"{name} {family}", case, walk.attach(case, family))
for name, (quant, folder) in quantised(Path(sys.argv[1])).items():
    case, base = walk.CASES["lora"], load_model(folder, LoadOptions(quant=quant))
    torch.manual_seed(0)
    config = walk.config_of(case, target_modules=["ALL"])
    measure(f"lora on {name}", case, case.tuner.attach(base, config, 4))
torch.save(found, f"{sys.argv[1]}/{mesh.world}-{mesh.rank}.pt")
mesh.barrier()
mesh.close()
"""


def quantised(folder):
    """Bases in fewer bits: what quantises them as they load, and where they lie."""
    plain = folder / "base"
    found = {"fp8": (Quantisation("fp8", 8), plain)}
    found |= {kind: (None, folder / kind) for kind in ("gptq", "awq")}
    if is_installed("bitsandbytes"):
        found |= {f"bnb {bits} bit": (Quantisation("bnb", bits), plain) for bits in (4, 8)}
    if is_installed("hqq"):
        found["hqq"] = (Quantisation("hqq", 4), plain)
    return found


def write_bases(folder):
    base = base_folder(folder / "base", "llama")
    for kind in ("gptq", "awq"):
        write_packed(base, folder / kind, kind)


def launch(ranks, folder):
    script = folder / "script.py"
    script.write_text(SCRIPT)
    start = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={ranks}"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, *(start if ranks > 1 else []), str(script), str(folder)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [torch.load(folder / f"{ranks}-{rank}.pt") for rank in range(ranks)]


def test_two_ranks_give_the_gradients_of_one(tmp_path):
    """Of every case and family, and of LoRA on every quantised base, at once: starting processes
    is slow.
    """
    write_bases(tmp_path)
    (alone,), both = launch(1, tmp_path), launch(2, tmp_path)
    walked = sum(len(CASES[name].families) for name in cases())
    assert len(alone) == walked + len(quantised(tmp_path))
    far = {}
    for key, expected in alone.items():
        for found in both:
            assert expected.keys() <= found[key].keys()
            for name, gradient in found[key].items():
                wanted = expected.get(name, torch.zeros_like(gradient))
                error = (gradient - wanted).abs().max().item()
                if not error <= 1e-4 * wanted.abs().max().item():
                    far[f"{key} {name}"] = error
    assert not far
