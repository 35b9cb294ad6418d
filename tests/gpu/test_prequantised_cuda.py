"""Models that GPTQ and AWQ packed, on a GPU: the CPU's weights, runs that go on bit for bit."""

import json

import pytest
import torch
from safetensors.torch import load_file
from tests.packed_model import write_packed
from tests.tiny import write_tiny_model

import burnish
from burnish.nn.layers.grouped import GroupedLinear
from burnish.nn.load import LoadOptions, load_model

pytestmark = pytest.mark.gpu
CASES = {
    "gptq": ("gptq", 4, {}),
    "gptq3": ("gptq", 3, {}),
    "shuffled": ("gptq", 8, {"shuffled": True}),
    "awq": ("awq", 4, {}),
}
IDS = torch.arange(3, 43)[None]


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    plain = write_tiny_model(tmp_path_factory.mktemp("base"), hidden=64)
    found = {}
    for name, (kind, bits, settings) in CASES.items():
        found[name] = tmp_path_factory.mktemp(name)
        write_packed(plain, found[name], kind, bits, **settings)
    return found


@pytest.mark.parametrize("name", CASES)
def test_weights_are_those_of_the_cpu(bases, name):
    for dtype, bound in [(torch.float32, 1e-5), (torch.bfloat16, 0.03)]:
        here, there = (load_model(bases[name], LoadOptions(dtype, d)) for d in ("cpu", "cuda"))
        packed = [n for n, m in here.named_modules() if isinstance(m, GroupedLinear)]
        for path in packed:
            weights = [m.get_submodule(path).weight for m in (here, there)]
            assert torch.equal(weights[0], weights[1].cpu())
        with torch.no_grad():
            exact, found = here(input_ids=IDS).logits, there(input_ids=IDS.cuda()).logits.cpu()
        assert (found.float() - exact.float()).norm() < bound * exact.float().norm()


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_bit_for_bit_and_answers(bases, tmp_path, name, dtype):
    rows = tmp_path / "rows.jsonl"
    pairs = [{"query": f"what is {i}?", "response": f"it is {i * 7 % 11}"} for i in range(24)]
    rows.write_text("\n".join(map(json.dumps, pairs)))
    burnish.sft(
        model_id_or_path=str(bases[name]), dataset=[str(rows)], output_dir=str(tmp_path / "whole"),
        add_output_dir_suffix=False, batch_size=2, gradient_accumulation_steps=2, max_steps=4,
        dataset_test_ratio=0, learning_rate=1e-2, eval_steps=2, save_total_limit=-1, dtype=dtype,
        target_modules=["ALL"],
    )  # fmt: skip
    burnish.sft(
        resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-2"), dataset=[str(rows)],
        output_dir=str(tmp_path / "again"), add_output_dir_suffix=False, dataset_test_ratio=0,
    )  # fmt: skip
    first, second = (
        load_file(tmp_path / n / "checkpoint-4" / "adapter_model.safetensors")
        for n in ("whole", "again")
    )
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert all(value.any() for value in first.values())
    assert burnish.infer(
        ckpt_dir=str(tmp_path / "whole" / "checkpoint-4"), val_dataset=[str(rows)],
        max_new_tokens=3, show_dataset_sample=2,
    )  # fmt: skip
