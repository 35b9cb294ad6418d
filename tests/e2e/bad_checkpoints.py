"""Checkpoints that cannot be gone on from, talked to or merged."""

import json
import shutil
from pathlib import Path

from tests.e2e.bad_place import Place, Table, edit_json, words

CASES = Table()


def spoil(model: Path) -> None:
    """Change one weight."""
    content = bytearray((model / "model.safetensors").read_bytes())
    content[-2] ^= 0x40
    (model / "model.safetensors").write_bytes(content)


@CASES.case("--resume_from_checkpoint", "not a folder", code=2)
def resume_from_nowhere(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.folder / "nowhere")


@CASES.case("--resume_from_checkpoint", "sft_args.json", code=2)
def resume_from_a_model(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.model)


@CASES.case("--resume_from_checkpoint", "sft_args.json", code=2)
def resume_from_an_empty_folder(at: Place) -> list[str]:
    (at.folder / "checkpoint-5").mkdir()
    return at.sft(resume_from_checkpoint=at.folder / "checkpoint-5")


@CASES.case("--save_only_model", "--resume_only_model true")
def resume_from_weights_only(at: Place) -> list[str]:
    checkpoint = at.checkpoint("weights")
    return at.sft(resume_from_checkpoint=checkpoint)


@CASES.case("no whole checkpoint")
def resume_from_a_damaged_one_alone(at: Place) -> list[str]:
    checkpoint = at.checkpoint()
    (checkpoint / "state.safetensors").write_bytes(b"")
    return at.sft(resume_from_checkpoint=checkpoint)


@CASES.case("adapter_model.safetensors does not fit", "flags of the first run")
def resume_with_another_rank(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint(), lora_rank=4)


@CASES.case("adapter_model.safetensors does not fit", "flags of the first run")
def resume_with_other_targets(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint(), target_modules="ALL")


@CASES.case("holds an adapter", "--sft_type full", "leave --sft_type out")
def resume_lora_as_full(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint(), sft_type="full")


@CASES.case("holds a whole model", "--sft_type lora", "--model_id_or_path")
def resume_full_as_lora(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint("full"), sft_type="lora")


@CASES.case("--output_dir", "holds checkpoint-1 of another run", "--resume_from_checkpoint")
def a_new_run_in_the_folder_of_another(at: Place) -> list[str]:
    return at.sft(output_dir=at.checkpoint().parent)


@CASES.case("--output_dir", "holds checkpoint-1 of another run")
def resume_into_the_folder_of_another(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint(), output_dir=at.checkpoint("full").parent)


@CASES.case("is not the model", "--model_id_or_path")
def resume_on_another_base(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint(), model_id_or_path=at.model_with(spoil))


@CASES.case("the data or its order", "--seed was 42 and is 3")
def resume_with_another_seed(at: Place) -> list[str]:
    return at.sft(resume_from_checkpoint=at.checkpoint(), seed=3)


@CASES.case("--ckpt_dir", "is not a folder", code=2)
def infer_from_nowhere(at: Place) -> list[str]:
    return at.infer(ckpt_dir=at.folder / "nowhere")


@CASES.case("is a run, not a checkpoint", "checkpoint-1")
def infer_of_a_run(at: Place) -> list[str]:
    return at.infer(ckpt_dir=at.checkpoint().parent)


@CASES.case("--ckpt_dir", code=2)
def infer_of_an_empty_folder(at: Place) -> list[str]:
    (at.folder / "checkpoint-1").mkdir()
    return at.infer(ckpt_dir=at.folder / "checkpoint-1")


@CASES.case("half written")
def infer_of_a_half_written_one(at: Place) -> list[str]:
    checkpoint = at.checkpoint()
    half = checkpoint.rename(checkpoint.with_name(".writing-checkpoint-1"))
    (half / "manifest.json").unlink()
    return at.infer(ckpt_dir=half)


@CASES.case("adapter_model.safetensors is damaged")
def infer_of_a_damaged_one(at: Place) -> list[str]:
    checkpoint = at.checkpoint()
    file = checkpoint / "adapter_model.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    return at.infer(ckpt_dir=checkpoint)


@CASES.case("is not the model", "--model_id_or_path")
def infer_on_another_base(at: Place) -> list[str]:
    return at.infer(ckpt_dir=at.checkpoint(), model_id_or_path=at.model_with(spoil))


@CASES.case("tokenizer", "--allow_template_mismatch true")
def infer_on_another_tokenizer(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        content = json.loads((folder / "tokenizer.json").read_text())
        vocabulary = content["model"]["vocab"]
        vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
        (folder / "tokenizer.json").write_text(json.dumps(content))

    return at.infer(ckpt_dir=at.checkpoint(), model_id_or_path=at.model_with(change))


@CASES.case("base model", "--model_id_or_path")
def infer_without_the_base(at: Place) -> list[str]:
    checkpoint = at.checkpoint()
    gone = str(at.folder / "gone")
    for name, key in (("sft_args.json", "model_id_or_path"), ("base.json", "path")):
        edit_json(checkpoint / name, **{key: gone})
    edit_json(checkpoint / "adapter_config.json", base_model_name_or_path=gone)
    listed = json.loads((checkpoint / "manifest.json").read_text())
    for name in ("sft_args.json", "base.json", "adapter_config.json"):
        from burnish.core.manifest import digest

        file = checkpoint / name
        listed["files"][name] = {"bytes": file.stat().st_size, "sha256": digest(file)}
    (checkpoint / "manifest.json").write_text(json.dumps(listed))
    return at.infer(ckpt_dir=checkpoint)


@CASES.case("--template_type qwen", "Leave --template_type out")
def infer_with_another_template(at: Place) -> list[str]:
    return at.infer(ckpt_dir=at.checkpoint(), template_type="qwen")


@CASES.case("holds a whole model", "nothing to merge")
def merge_of_a_whole_model(at: Place) -> list[str]:
    return ["merge-lora", *words({"ckpt_dir": at.checkpoint("full")})]


@CASES.case("is a run, not a checkpoint", "burnish merge-lora --ckpt_dir")
def merge_of_a_run(at: Place) -> list[str]:
    return ["merge-lora", *words({"ckpt_dir": at.checkpoint().parent})]


@CASES.case("model_id_or_path", "--ckpt_dir", code=2)
def checkpoint_given_as_a_model(at: Place) -> list[str]:
    return at.infer(model_id_or_path=at.checkpoint())


@CASES.case("--resume_from_checkpoint")
def train_on_an_adapter(at: Place) -> list[str]:
    adapter = shutil.copytree(at.checkpoint(), at.folder / "adapter")
    return at.sft(model_id_or_path=adapter)
