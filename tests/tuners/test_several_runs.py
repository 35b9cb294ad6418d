"""Adapters in a row through the commands: trained, resumed, answered with and merged."""

import json
import shutil

import pytest
import torch
from tests.fixtures_model import infer_config
from tests.fixtures_train import make_config, run_flags
from tests.tuners.walk import base_folder

from burnish.core import manifest
from burnish.core.adapter import adapter_folder
from burnish.core.errors import CheckpointError, UsageError
from burnish.export.merge import merge
from burnish.infer.session import open_session
from burnish.nn.layers.lora import install
from burnish.nn.load import LoadOptions, load_model
from burnish.train.run import train
from burnish.tuners.lora import TUNER
from burnish.tuners.several import chain_of, settled
from burnish.tuners.upon import upon

IDS = torch.arange(40, 64).reshape(2, 12)
FILES = ("adapter_model.safetensors", "adapter_config.json")


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def answers(folder, **flags):
    """The logits of what `burnish infer --ckpt_dir` loads."""
    return logits(open_session(infer_config(ckpt_dir=folder, eval_human=True, **flags)).model)


def run(base, folder, **flags):
    """The last checkpoint of four steps that write into `folder`/out, one every two steps."""
    settings = {"learning_rate": 1e-2, "save_steps": 2, "max_steps": 4, "save_total_limit": -1}
    train(make_config(**run_flags(base, folder, **settings | flags)))
    return folder / "out" / "checkpoint-4"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("several")


@pytest.fixture(scope="module")
def base(place):
    return base_folder(place / "base", "qwen2")


@pytest.fixture(scope="module")
def first(base, place):
    return run(base, place / "first", lora_rank=4, target_modules=["ALL"], seed=1)


@pytest.fixture(scope="module")
def second(base, place, first):
    """A new adapter upon the first."""
    return run(base, place / "second", checkpoint_dir=[str(first)], resume_lora_training=False,
               tuner_backend="swift", seed=2)  # fmt: skip


def by_peft(base, *folders):
    """The model that plain peft makes of these adapters, one after the other."""
    from peft import PeftModel

    model = load_model(base, LoadOptions())
    for folder in folders:
        model = PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    return model


def test_a_new_adapter_is_trained_upon_those_before(base, first, second):
    inner = adapter_folder(second)
    assert inner.name == "default" and not manifest.check(second)
    copy = inner / "earlier" / "0"
    assert all((copy / name).read_bytes() == (first / name).read_bytes() for name in FILES)
    (record,) = json.loads((inner / "adapter_config.json").read_text())["burnish_earlier"]
    assert record == {"path": str(first), **{n: manifest.digest(first / n) for n in FILES}}
    readme = (inner / "README.md").read_text()
    assert "trained upon 1 other" in readme and "merge_and_unload" in readme
    expected = logits(by_peft(base, first, inner))
    torch.testing.assert_close(answers(second), expected, rtol=0, atol=1e-4)
    alone = logits(by_peft(base, inner))
    assert (alone - expected).abs().max() > 0.01


def test_it_starts_as_they_end(base, first, tmp_path):
    start = run(base, tmp_path, checkpoint_dir=[str(first)], resume_lora_training=False,
                max_steps=0).with_name("checkpoint-0")  # fmt: skip
    torch.testing.assert_close(answers(start), answers(first), rtol=0, atol=1e-5)


def test_one_folder_goes_on_as_a_plain_adapter(base, first, tmp_path):
    start = run(base, tmp_path, checkpoint_dir=[str(first)], max_steps=0, lora_dropout=0.3)
    start = start.with_name("checkpoint-0")
    assert (start / FILES[0]).read_bytes() == (first / FILES[0]).read_bytes()
    assert not (start / "earlier").exists()
    config = json.loads((start / "adapter_config.json").read_text())
    assert config["lora_dropout"] == 0.3 and config["r"] == 4
    assert "burnish_earlier" not in config
    saved = json.loads((start / "sft_args.json").read_text())
    assert (saved["lora_rank"], saved["checkpoint_dir"]) == (4, [str(first)])


@pytest.mark.parametrize("goes_on", [True, False])
def test_it_resumes_bit_for_bit_though_the_folders_are_gone(base, first, second, tmp_path, goes_on):
    copies = [shutil.copytree(f, tmp_path / n) for f, n in ((first, "a"), (second, "b"))]
    names = [str(path) for path in copies]
    whole = run(base, tmp_path, checkpoint_dir=names, resume_lora_training=goes_on)
    for path in copies:
        shutil.rmtree(path)
    again = {"output_dir": tmp_path / "again"}
    half = whole.with_name("checkpoint-2")
    run(base, tmp_path, resume_from_checkpoint=half, **again)
    found = tmp_path / "again" / "checkpoint-4"
    for name in (*FILES, "state.safetensors"):
        assert (found / name).read_bytes() == (whole / name).read_bytes(), name
    carried = sorted(path.name for path in (found / "earlier").iterdir())
    assert carried == (["0"] if goes_on else ["0", "1"])
    expected = logits(by_peft(base, *(found / "earlier" / n for n in carried), found))
    torch.testing.assert_close(answers(found), expected, rtol=0, atol=1e-4)
    run(base, tmp_path, resume_from_checkpoint=half, resume_only_model=True,
        output_dir=tmp_path / "anew")  # fmt: skip
    assert (tmp_path / "anew" / "checkpoint-4" / "earlier" / "0").is_dir()


def test_merged_it_is_the_same_model(base, second):
    expected = answers(second)
    answer = merge(infer_config("merge-lora", ckpt_dir=second))
    merged = load_model(answer.folder, LoadOptions())
    scale = expected.abs().max().item()
    torch.testing.assert_close(logits(merged), expected, rtol=0, atol=1e-4 * scale)
    assert len(json.loads((answer.folder / "parity.json").read_text())["upon"]) == 1
    assert not json.loads((answer.folder / "sft_args.json").read_text())["checkpoint_dir"]


def test_in_half_precision_it_answers_as_it_was_trained(base, first, second, tmp_path):
    """Each adapter is rounded into the weights once, in training as in answering."""
    flags = {"checkpoint_dir": [str(second)], "dtype": "bf16"}
    start = run(base, tmp_path, **flags, max_steps=0).with_name("checkpoint-0")
    config = make_config(**run_flags(base, tmp_path, **flags))
    line = chain_of(config)
    trained = upon(TUNER, line, start / "earlier").attach(
        load_model(base, LoadOptions(dtype=torch.bfloat16)), settled(config, None), 1
    )
    install(trained)
    expected = answers(start)
    assert expected.dtype == torch.bfloat16 and torch.equal(expected, logits(trained))
    merged = merge(infer_config("merge-lora", ckpt_dir=start, dtype="bf16")).folder
    expected, scale = expected.float(), expected.abs().max().item()
    found = logits(load_model(merged, LoadOptions(dtype=torch.bfloat16))).float()
    torch.testing.assert_close(found, expected, rtol=0, atol=2**-5 * scale)


def test_infer_takes_folders_in_a_row(base, first, second, place):
    other = run(base, place / "other", seed=3)
    both = f"{first},{other}"
    config = infer_config(checkpoint_dir=both, eval_human=True)
    expected = logits(by_peft(base, first, other))
    torch.testing.assert_close(logits(open_session(config).model), expected, rtol=0, atol=1e-4)
    again = infer_config(checkpoint_dir=f"{first},{second}", eval_human=True)
    torch.testing.assert_close(logits(open_session(again).model), answers(second))
    merged = merge(infer_config("merge-lora", checkpoint_dir=both)).folder
    assert merged.name == "checkpoint-4-merged" and merged.parent == other.parent
    torch.testing.assert_close(
        logits(load_model(merged, LoadOptions())), expected, rtol=0, atol=1e-4
    )
    with pytest.raises(UsageError, match="so does --ckpt_dir"):
        infer_config(checkpoint_dir=both, ckpt_dir=other)
    with pytest.raises(CheckpointError, match="not upon what stands before"):
        open_session(infer_config(checkpoint_dir=f"{other},{second}", eval_human=True))


OTHERS = {
    "adalora": {"adalora_init_r": 4, "adalora_target_r": 2},
    "reft": {},
    "freeze": {"num_layer_trainable": 1},
    "llamapro": {"llamapro_num_new_blocks": 2},
}


@pytest.mark.parametrize("kind", OTHERS)
def test_another_method_upon_lora(base, first, tmp_path, kind):
    flags = {"sft_type": kind, **OTHERS[kind]}
    last = run(base, tmp_path, checkpoint_dir=[str(first)], resume_lora_training=False, **flags)
    assert (last / "earlier" / "0" / FILES[0]).is_file()
    assert (answers(last) - answers(first)).abs().max() > 0
    run(base, tmp_path, resume_from_checkpoint=last.with_name("checkpoint-2"),
        output_dir=tmp_path / "again")  # fmt: skip
    found = tmp_path / "again" / "checkpoint-4"
    assert (found / FILES[0]).read_bytes() == (last / FILES[0]).read_bytes()
    with pytest.raises(CheckpointError, match=r"earlier/0/adapter_config\.json is missing"):
        shutil.rmtree(found / "earlier")
        (found / "manifest.json").unlink()
        manifest.write(found)
        answers(found)


@pytest.mark.parametrize("kind", ["full", "freeze", "p_tuning"])
def test_one_folder_of_weights_to_start_from(base, tmp_path, kind):
    own = {"pre_seq_len": 4} if kind == "p_tuning" else OTHERS.get(kind, {})
    flags = {"sft_type": kind, **own}
    before = run(base, tmp_path, **flags)
    more = {"sft_type": kind, "output_dir": tmp_path / "more", "max_steps": 0}
    run(base, tmp_path, checkpoint_dir=[str(before)], **more)
    after = tmp_path / "more" / "checkpoint-0"
    torch.testing.assert_close(answers(after), answers(before), rtol=0, atol=0)
