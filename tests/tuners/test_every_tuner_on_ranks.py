"""Two ranks (gloo) give every tuner the gradients that one process gives it."""

import os
import subprocess
import sys

import torch
from tests.conftest import ROOT
from tests.tuners.walk import CASES, cases

SCRIPT = """
import sys
import torch
from tests.fixtures_train import gradients, make_sequences
from tests.tuners import walk
from burnish.data.loader import Deal, TrainLoader
from burnish.nn.kernels.swap import swap
from burnish.nn.scorer import Scorer
from burnish.train.mesh import Mesh

torch.set_num_threads(1)
mesh, found = Mesh(torch.float32), {}
for name, case in walk.CASES.items():
    for family in case.families if name in walk.cases() else ():
        model = walk.still(walk.attach(case, family))
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
        found[f"{name} {family}"] = gradients(model)
torch.save(found, f"{sys.argv[1]}/{mesh.world}-{mesh.rank}.pt")
mesh.barrier()
mesh.close()
"""


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
    """Of every case and family at once: starting processes is slow."""
    (alone,), both = launch(1, tmp_path), launch(2, tmp_path)
    assert len(alone) == sum(len(CASES[name].families) for name in cases())
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
