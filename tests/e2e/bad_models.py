"""Bad model folders, tokenizers and templates."""

import json
import shutil
from pathlib import Path

from tests.e2e.bad_place import GOOD, Place, Table, edit_json

CASES = Table()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@CASES.case("model_type qwen2_5-7b-instrct", "did you mean qwen2_5-7b-instruct?", code=2)
def model_type_misspelled(at: Place) -> list[str]:
    return at.sft(model_id_or_path=None, model_type="qwen2_5-7b-instrct")


@CASES.case("--model_type zzz", "burnish list models", code=2)
def model_type_unknown(at: Place) -> list[str]:
    return at.sft(model_id_or_path=None, model_type="zzz")


@CASES.case("--model_id_or_path", "nowhere", "no such folder")
def model_folder_missing(at: Place) -> list[str]:
    return at.sft(model_id_or_path=at.folder / "nowhere")


@CASES.case("config.json", "not a model folder")
def model_without_config(at: Place) -> list[str]:
    return at.sft(model_id_or_path=at.model_with(lambda folder: (folder / "config.json").unlink()))


@CASES.case("config.json")
def config_broken(at: Place) -> list[str]:
    return at.sft(model_id_or_path=at.model_with(lambda folder: cut(folder / "config.json")))


@CASES.case("config.json", "frobnicate")
def config_of_an_unknown_family(at: Place) -> list[str]:
    folder = at.model_with(lambda f: edit_json(f / "config.json", model_type="frobnicate"))
    return at.sft(model_id_or_path=folder)


@CASES.case("config.json", "--allow_remote_code true")
def config_that_needs_code_of_its_own(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        names = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
        edit_json(folder / "config.json", model_type="own", architectures=["Own"], auto_map=names)
        (folder / "own.py").write_text("raise SystemExit('remote code ran')\n")

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("no weights", "safetensors")
def model_without_weights(at: Place) -> list[str]:
    folder = at.model_with(lambda f: (f / "model.safetensors").unlink())
    return at.sft(model_id_or_path=folder)


@CASES.case("model.safetensors", "damaged or cut short")
def weights_cut_short(at: Place) -> list[str]:
    return at.sft(model_id_or_path=at.model_with(lambda f: cut(f / "model.safetensors")))


@CASES.case("model.safetensors", "damaged or cut short")
def weights_are_a_git_lfs_pointer(at: Place) -> list[str]:
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 538090408\n"
    folder = at.model_with(lambda f: (f / "model.safetensors").write_text(text))
    return at.sft(model_id_or_path=folder)


@CASES.case("pytorch_model.bin", "--allow_pickle true")
def weights_in_pickle_only(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("model-00002-of-00002.safetensors")
def a_shard_missing(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
        where = {
            "model.embed_tokens.weight": "model-00001-of-00002.safetensors",
            "model.norm.weight": "model-00002-of-00002.safetensors",
        }
        index = {"metadata": {"total_size": 1}, "weight_map": where}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("does not fill the model", "another shape")
def weights_of_another_size(at: Place) -> list[str]:
    folder = at.model_with(lambda f: edit_json(f / "config.json", intermediate_size=48))
    return at.sft(model_id_or_path=folder)


@CASES.case("does not fill the model", "in no file")
def weights_of_fewer_layers(at: Place) -> list[str]:
    folder = at.model_with(lambda f: edit_json(f / "config.json", num_hidden_layers=3))
    return at.sft(model_id_or_path=folder)


@CASES.case("tokenizer.json")
def tokenizer_missing(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        (folder / "tokenizer.json").unlink()
        (folder / "tokenizer_config.json").unlink()

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("tokenizer.json cannot be read")
def tokenizer_broken(at: Place) -> list[str]:
    return at.sft(model_id_or_path=at.model_with(lambda f: cut(f / "tokenizer.json")))


@CASES.case("tokenizer_config.json")
def tokenizer_config_broken(at: Place) -> list[str]:
    return at.sft(model_id_or_path=at.model_with(lambda f: cut(f / "tokenizer_config.json")))


@CASES.case("259 embeddings", "not of one model")
def tokenizer_of_a_larger_model(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        content = json.loads((folder / "tokenizer.json").read_text())
        content["added_tokens"].append(content["added_tokens"][0] | {"id": 259, "content": "<x>"})
        (folder / "tokenizer.json").write_text(json.dumps(content))

    rows = at.rows({"query": "<x>", "response": "yes"})
    return at.sft(dataset=rows, model_id_or_path=at.model_with(change))


@CASES.case("eos_token", "<|done|>")
def eos_token_that_is_none(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        edit_json(folder / "tokenizer_config.json", eos_token="<|done|>")

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("chat template", "--template_type")
def model_without_a_template(at: Place) -> list[str]:
    folder = at.model_with(lambda f: (f / "chat_template.jinja").unlink())
    return at.sft(model_id_or_path=folder)


@CASES.case("own chat template", "/model)", "line 1")
def template_is_broken_jinja(at: Place) -> list[str]:
    broken = "{% for m in messages %}{{ m.content }"
    return at.sft(
        model_id_or_path=at.model_with(lambda f: (f / "chat_template.jinja").write_text(broken))
    )


@CASES.case("template")
def template_that_leaves_the_sandbox(at: Place) -> list[str]:
    evil = "{{ messages.__class__.__mro__[1].__subclasses__() }}"
    return at.sft(
        model_id_or_path=at.model_with(lambda f: (f / "chat_template.jinja").write_text(evil))
    )


@CASES.case("writes no token behind an answer", "eos_token")
def template_without_a_stop_token(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        text = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
        (folder / "chat_template.jinja").write_text(text + "{{ 'assistant: ' }}")
        edit_json(folder / "tokenizer_config.json", eos_token=None)
        edit_json(folder / "config.json", eos_token_id=None)
        (folder / "generation_config.json").unlink()

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("--template_type llama3", "<|eot_id|>", "Leave --template_type out")
def template_of_another_family(at: Place) -> list[str]:
    return at.sft(template_type="llama3")


@CASES.case("--template_type chatml", "they differ from token 1", "Leave --template_type out")
def template_with_another_system_prompt(at: Place) -> list[str]:
    own = (
        "{{ '<|im_start|>system\\nYou are kind.<|im_end|>\\n' }}{% for m in messages %}"
        "{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    )
    folder = at.model_with(lambda f: (f / "chat_template.jinja").write_text(own))
    return at.sft(model_id_or_path=folder, template_type="chatml")


@CASES.case("--template_type chat_ml", "did you mean chatml?", code=2)
def template_misspelled(at: Place) -> list[str]:
    return at.sft(template_type="chat_ml")


@CASES.case("--ckpt_dir")
def adapter_given_as_a_model(at: Place) -> list[str]:
    adapter = at.checkpoint()
    return at.infer(model_id_or_path=shutil.copytree(adapter, at.folder / "adapter"))


@CASES.case("--target_modules q_prj", "did you mean q_proj?", code=2)
def target_module_misspelled(at: Place) -> list[str]:
    return at.sft(target_modules="q_prj")


@CASES.case("--target_regex", "matches no module", code=2)
def target_regex_of_nothing(at: Place) -> list[str]:
    return at.sft(target_regex="layers[.]9[.].*")


@CASES.case("step 1", "good.jsonl:", "--learning_rate")
def loss_is_no_number(at: Place) -> list[str]:
    def change(folder: Path) -> None:
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        weights["model.norm.weight"][3] = float("nan")
        save_file(weights, folder / "model.safetensors", {"format": "pt"})

    return at.sft(model_id_or_path=at.model_with(change))


@CASES.case("is not a finite number", "rows.jsonl:", "--learning_rate")
def learning_rate_without_bound(at: Place) -> list[str]:
    rows = at.rows(*GOOD)
    return at.sft(dataset=rows, sft_type="full", learning_rate=1e30, max_steps=9, max_grad_norm=0)
