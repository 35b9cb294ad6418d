"""Make the embedded demo model: tokenizer, random weights, pretraining on books, SFT on chat.

    python build.py --text BOOKS --work FOLDER [--store FOLDER]

BOOKS is a .jsonl (column `text`) or .txt file, gzipped or not, by path or URL. Every stage leaves
its result in the work folder, and a stage whose result is there is not done again.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import books
import chat_rows
import torch
import vocabulary
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent.parent / "src" / "burnish" / "assets" / "demo"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)


def main() -> None:
    """Run the stages in order and say how long each took."""
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    for stage in (prepare, initialise, pretrain, teach, store):
        started = time.monotonic()
        stage(options)
        print(f"[{stage.__name__}] {time.monotonic() - started:.1f} s", flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", required=True, help="books: path or URL")
    parser.add_argument(
        "--work", type=Path, default=HERE / "output", help="where stages leave files"
    )
    parser.add_argument("--store", type=Path, default=ASSETS, help="where the model is put")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vocabulary", type=int, default=4096, help="number of tokens")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--dtype", default="fp32", choices=("fp32", "bf16"))
    parser.add_argument("--max_length", type=int, default=512, help="tokens in a row of text")
    parser.add_argument("--pt_steps", type=int, default=2500)
    parser.add_argument("--pt_batch_size", type=int, default=64)
    parser.add_argument("--pt_learning_rate", type=float, default=2e-3)
    parser.add_argument("--sft_steps", type=int, default=2000)
    parser.add_argument("--sft_batch_size", type=int, default=128)
    parser.add_argument("--sft_learning_rate", type=float, default=1e-3)
    parser.add_argument("--sft_rows", type=int, help="take only so many chat rows (for a trial)")
    return parser.parse_args()


def prepare(options: argparse.Namespace) -> None:
    """Chat rows, the tokenizer learned from books and chat, and the books cut into rows."""
    raw = options.work / "raw"
    if (raw / "books.jsonl").is_file():
        return
    raw.mkdir(exist_ok=True)
    train, held_out = chat_rows.all_rows(options.seed)
    write_jsonl(raw / "chat.jsonl", train[: options.sft_rows])
    write_jsonl(raw / "heldout.jsonl", held_out[: options.sft_rows])
    texts = [books.clean(text) for text in books.read_texts(options.text)]
    spoken = (turn["content"] for row in train for turn in row["messages"])
    tokenizer = vocabulary.train(itertools.chain(texts, spoken), options.vocabulary)
    vocabulary.write(tokenizer, raw, max_length=2 * options.max_length)
    limit = options.max_length - 2  # room for the end of the text
    rows = books.write_rows(texts, tokenizer, limit, raw / "books.jsonl")
    print(f"{rows} rows of text, {len(train)} chat rows, {tokenizer.get_vocab_size()} tokens")


def initialise(options: argparse.Namespace) -> None:
    """A Llama of the given size with random weights."""
    folder = options.work / "random"
    if folder.is_dir():
        return
    tokenizer = Tokenizer.from_file(str(options.work / "raw" / "tokenizer.json"))
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=options.hidden,
        intermediate_size=options.hidden * 5 // 2,
        num_hidden_layers=options.layers,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=2 * options.max_length,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id(vocabulary.TURN_END),
        pad_token_id=tokenizer.token_to_id(vocabulary.END_OF_TEXT),
    )
    torch.manual_seed(options.seed)
    model = LlamaForCausalLM(config).float()
    model.save_pretrained(folder)
    for name in TOKENIZER_FILES:
        shutil.copy(options.work / "raw" / name, folder / name)
    print(f"{sum(weight.numel() for weight in model.parameters()):,} parameters")


def pretrain(options: argparse.Namespace) -> None:
    """`burnish pt` on the books."""
    burnish(
        options,
        "pt",
        model="random",
        result="pretrained",
        steps=options.pt_steps,
        dataset=options.work / "raw" / "books.jsonl",
        dataset_test_ratio=0.005,
        batch_size=options.pt_batch_size,
        learning_rate=options.pt_learning_rate,
        max_length=options.max_length,
    )


def teach(options: argparse.Namespace) -> None:
    """`burnish sft` on the chat rows."""
    burnish(
        options,
        "sft",
        model="pretrained",
        result="taught",
        steps=options.sft_steps,
        dataset=options.work / "raw" / "chat.jsonl",
        val_dataset=options.work / "raw" / "heldout.jsonl",
        batch_size=options.sft_batch_size,
        learning_rate=options.sft_learning_rate,
        max_length=256,
    )


def burnish(
    options: argparse.Namespace,
    command: str,
    *,
    model: str,
    result: str,
    steps: int,
    **flags: object,
) -> None:
    """Train all of one folder by the command line; its last checkpoint becomes another folder."""
    folder = options.work / result
    if folder.is_dir():
        return
    run = options.work / f"run-{command}"
    flags |= {
        "model_id_or_path": options.work / model,
        "sft_type": "full",
        "dtype": options.dtype,
        "max_steps": steps,
        "gradient_accumulation_steps": 1,
        "gradient_checkpointing": "false",
        "eval_steps": max(steps // 5, 1),
        "save_steps": steps,
        "save_total_limit": 1,
        "logging_steps": max(steps // 100, 1),
        "seed": options.seed,
        "output_dir": run,
        "add_output_dir_suffix": "false",
    }
    words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
    subprocess.run([sys.executable, "-m", "burnish", command, *words], check=True)
    last = max(run.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    folder.mkdir()
    for name in ("config.json", "model.safetensors", *TOKENIZER_FILES):
        shutil.copy(last / name, folder / name)
    for curve in run.rglob("*loss*.png"):
        shutil.copy(curve, options.work / f"{command}-{curve.name}")


def store(options: argparse.Namespace) -> None:
    """Put the model where the package has it, in bfloat16."""
    source = options.work / "taught"
    options.store.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        shutil.copy(options.work / "raw" / name, options.store / name)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config["dtype"] = "bfloat16"
    config.pop("_name_or_path", None)
    vocabulary.write_json(options.store / "config.json", config)
    weights = {
        name: weight.to(torch.bfloat16)
        for name, weight in load_file(source / "model.safetensors").items()
    }
    save_file(weights, options.store / "model.safetensors", metadata={"format": "pt"})
    (options.store / "model.safetensors").chmod(0o644)
    size = (options.store / "model.safetensors").stat().st_size
    print(f"{options.store}: {size / 1e6:.1f} MB of weights")


def write_jsonl(path: Path, rows: list[chat_rows.Row]) -> None:
    """One row a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
