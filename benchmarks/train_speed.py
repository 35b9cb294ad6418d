"""Training speed and memory of `burnish sft` beside a plain transformers and peft loop, on one GPU.

Both train models with random weights made on the device: LoRA (rank 8, every linear layer) on the
shape of Qwen2-7B with 4 x 2048 tokens a step, and all weights of a 1.5B shape with 8 x 2048, in
bfloat16, with and without gradient checkpointing. The two run in turn in one call, several times; a
row of the table holds the median of each.

    python benchmarks/train_speed.py --runs 3 --baseline PATH --out table.md

--baseline is a Python file whose part before the line `if CPU:` defines `run(name, size=, lora=,
gcp=, bs=, seq=, steps=)`, which prints a JSON line with name, tok_s and mem.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers

ROOT = Path(__file__).resolve().parents[1]
SHAPES = {
    "7b": {
        "hidden_size": 3584,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "intermediate_size": 18944,
        "vocab_size": 152064,
        "tie_word_embeddings": False,
    },
    "1.5b": {
        "hidden_size": 1536,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "intermediate_size": 8960,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
    },
}
CASES = [
    {
        "name": "LoRA, 7B shape, 4 x 2048, checkpointing",
        "size": "7b",
        "lora": True,
        "bs": 4,
        "gcp": True,
    },
    {"name": "LoRA, 7B shape, 4 x 2048", "size": "7b", "lora": True, "bs": 4, "gcp": False},
    {
        "name": "full, 1.5B shape, 8 x 2048, checkpointing",
        "size": "1.5b",
        "lora": False,
        "bs": 8,
        "gcp": True,
    },
    {"name": "full, 1.5B shape, 8 x 2048", "size": "1.5b", "lora": False, "bs": 8, "gcp": False},
]
LENGTH, STEPS = 2048, 20


def model_folder(root: Path, size: str) -> Path:
    """config.json of the shape, with the embedded model's tokenizer."""
    folder = root / size
    folder.mkdir()
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "max_position_embeddings": 32768,
        "rope_theta": 1e6,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        **SHAPES[size],
    }
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((ROOT / "src/burnish/assets/demo" / name).read_bytes())
    return folder


def data_file(root: Path) -> Path:
    """Plain text that makes rows of exactly `LENGTH` tokens: one long document, cut into blocks."""
    words = [
        "river",
        "stone",
        "garden",
        "winter",
        "letter",
        "morning",
        "silver",
        "window",
        "children",
        "mountain",
    ]
    text = " ".join(words[(i * i + i // 7) % len(words)] for i in range(LENGTH * 8 * (STEPS + 4)))
    path = root / "rows.jsonl"
    path.write_text(json.dumps({"text": text}) + "\n")
    return path


def ours(case: dict, root: Path, model: Path, data: Path) -> dict:
    """`burnish sft` on `case`: tokens a second of its last steps, and its peak memory."""
    out = Path(tempfile.mkdtemp(dir=root))
    command = [
        sys.executable,
        "-m",
        "burnish",
        "sft",
        "--model_id_or_path",
        str(model),
        "--from_scratch",
        "true",
        "--dataset",
        str(data),
        "--dataset_test_ratio",
        "0",
        "--max_length",
        str(LENGTH),
        "--sft_type",
        "lora" if case["lora"] else "full",
        "--dtype",
        "bf16",
        "--batch_size",
        str(case["bs"]),
        "--gradient_accumulation_steps",
        "1",
        "--max_steps",
        str(STEPS),
        "--gradient_checkpointing",
        str(case["gcp"]).lower(),
        "--save_strategy",
        "no",
        "--save_only_model",
        "true",
        "--logging_steps",
        "5",
        "--report_to",
        "none",
        "--disable_tqdm",
        "true",
        "--output_dir",
        str(out),
        "--add_output_dir_suffix",
        "false",
    ]
    if case["lora"]:
        command += ["--lora_rank", "8", "--lora_dropout", "0", "--target_modules", "ALL"]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        return {
            "error": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no message"
        }
    lines = [json.loads(line) for line in (out / "logging.jsonl").read_text().splitlines()]
    logs = [line for line in lines if "tokens_per_second" in line]
    speeds = [line["tokens_per_second"] for line in logs[-2:]]
    return {
        "tok_s": statistics.median(speeds),
        "mem": logs[-1]["memory(GiB)"],
        "loss": logs[-1]["loss"],
    }


def baseline(case: dict, script: Path) -> dict:
    """The plain loop on the same case, in a process of its own."""
    keywords = {"size": case["size"], "lora": case["lora"], "gcp": case["gcp"], "bs": case["bs"]}
    code = (
        f"source = open({str(script)!r}).read().split('\\nif CPU:')[0]\n"
        "exec(compile(source, 'baseline', 'exec'))\n"
        f"run('plain', seq={LENGTH}, steps=10, **{keywords!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    return found[-1] if found else {"error": done.stderr.strip().splitlines()[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cases", default="0,1,2,3")
    parser.add_argument("--baseline", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        data = data_file(root)
        models = {size: model_folder(root, size) for size in SHAPES}
        for case in (CASES[int(i)] for i in options.cases.split(",")):
            seen: dict[str, list[dict]] = {"burnish": [], "plain": []}
            for _ in range(options.runs):
                seen["burnish"].append(ours(case, root, models[case["size"]], data))
                seen["plain"].append(baseline(case, options.baseline))
                print(case["name"], seen["burnish"][-1], seen["plain"][-1], flush=True)
            rows.append(row(case["name"], seen))
    table = "\n".join([HEAD, *rows])
    print(f"\n{machine()}\n\n{table}")
    if options.out:
        options.out.write_text(f"{machine()}\n\n{table}\n")


HEAD = """\
| case | burnish tok/s | plain tok/s | ratio | burnish GiB | plain GiB |
|---|---|---|---|---|---|"""


def row(name: str, seen: dict[str, list[dict]]) -> str:
    def middle(which: str, key: str) -> float | None:
        values = [r[key] for r in seen[which] if key in r]
        return statistics.median(values) if values else None

    a, b = middle("burnish", "tok_s"), middle("plain", "tok_s")
    ratio = f"{a / b:.2f}" if a and b else "-"
    memory = [middle(which, "mem") for which in ("burnish", "plain")]
    cells = [name, shown(a, ",.0f"), shown(b, ",.0f"), ratio]
    return "| " + " | ".join([*cells, *(shown(value, ".1f") for value in memory)]) + " |"


def shown(value: float | None, form: str) -> str:
    return "failed" if value is None else format(value, form)


def machine() -> str:
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor()
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    return f"{gpu}, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    main()
