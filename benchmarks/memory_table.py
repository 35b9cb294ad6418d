"""Peak memory and speed of each way to train the shape of Qwen2-7B, beside what the formula says.

Random weights made on the GPU, bfloat16, 4 x 2048 tokens a step, gradient checkpointing. Each case
runs in a process of its own, so that one that fails does not stop the others; its peak is counted
from the first step on. Cases print a JSON line each.

    python benchmarks/memory_table.py --out table.md
    python benchmarks/memory_table.py --cases lora,nf4 --steps 6
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHAPE = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_act": "silu",
    "hidden_size": 3584,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "intermediate_size": 18944,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "rope_theta": 1e6,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
}
LORA = {"sft_type": "lora", "target_modules": ["ALL"], "lora_dropout": 0.0}
CASES = {
    "lora": LORA,
    "nf4": LORA | {"quantization_bit": 4},
    "int8": LORA | {"quantization_bit": 8},
    "hqq4": LORA | {"quant_method": "hqq", "quantization_bit": 4},
    "fp8": LORA | {"quant_method": "fp8"},
    "galore": {"sft_type": "full", "use_galore": True, "galore_update_proj_gap": 1000},
    "lisa": {"sft_type": "full", "lisa_activated_layers": 2},
}
ROWS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default="lora,nf4,hqq4,fp8,galore,lisa")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--limit", type=int, default=100, help="seconds that a case may take")
    parser.add_argument("--layers", type=int, default=SHAPE["num_hidden_layers"])
    parser.add_argument("--hidden", type=int, default=SHAPE["hidden_size"])
    parser.add_argument("--length", type=int, default=2048, help="tokens of a sequence")
    parser.add_argument("--one", help="run this case in this process")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options)), flush=True)
        return
    found = [run_apart(name, options) for name in options.cases.split(",")]
    table = "\n".join([HEAD, *map(row, found)])
    print(table)
    if options.out:
        options.out.write_text(f"{table}\n")


def run_apart(name: str, options: argparse.Namespace) -> dict:
    """One case in a process of its own; whatever happens to it is in what comes back."""
    command = [sys.executable, __file__, "--one", name, "--steps", str(options.steps)]
    command += ["--layers", str(options.layers), "--hidden", str(options.hidden)]
    command += ["--length", str(options.length)]
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=env, timeout=options.limit
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        words = done.stderr.strip().splitlines() or ["no message"]
        result = json.loads(lines[-1]) if lines else {"case": name, "error": words[-1]}
    except subprocess.TimeoutExpired:
        result = {"case": name, "error": f"took more than {options.limit} s"}
    result["seconds"] = round(time.monotonic() - started, 1)
    print(json.dumps(result), flush=True)
    return result


def measured(options: argparse.Namespace) -> dict:
    """A short run of one case: its peak, its speed, and the peak that the formula says."""
    import torch  # noqa: PLC0415  (the process that starts the others needs none of it)

    import burnish  # noqa: PLC0415
    from burnish.nn.load import read_config  # noqa: PLC0415
    from burnish.train import memory, run  # noqa: PLC0415

    kept: dict = {}

    def fit(inside: run.Run) -> None:
        """Counts from here: what loading took does not matter to a step."""
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()
            kept["before"] = torch.cuda.memory_allocated()
        shape = memory.shape_of(read_config(inside.about.base))
        kept["said"] = memory.predict(inside.config, shape)
        real(inside)
        kept["peak"] = torch.cuda.max_memory_allocated() if on_gpu else 0
        kept["logs"] = [e for e in inside.journal.history if "tokens_per_second" in e]

    real, run.fit = run.fit, fit
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        burnish.sft(
            model_id_or_path=str(model_folder(root, options)), from_scratch=True,
            dataset=[str(data_file(root, options))], dataset_test_ratio=0,
            max_length=options.length, truncation_strategy="truncation_left", dtype="bf16",
            batch_size=ROWS, gradient_accumulation_steps=1, max_steps=options.steps,
            gradient_checkpointing=True, save_strategy="no", save_only_model=True,
            logging_steps=2, report_to=["none"], disable_tqdm=True,
            output_dir=str(root / "out"), add_output_dir_suffix=False, **CASES[options.one],
        )  # fmt: skip
    said, gib = kept["said"], 2**30
    return {
        "case": options.one,
        "peak_gib": round(kept["peak"] / gib, 2),
        "said_gib": round(said.total / gib, 2),
        "weights_gib": round(kept.get("before", 0) / gib, 2),
        "said_parts_gib": [round(p / gib, 2) for p in (said.weights, said.trained, said.passing)],
        "tokens_per_second": kept["logs"][-1]["tokens_per_second"],
        "loss": kept["logs"][-1]["loss"],
    }


def model_folder(root: Path, options: argparse.Namespace) -> Path:
    """config.json of the shape, with the embedded model's tokenizer."""
    folder = root / "model"
    folder.mkdir()
    changes = {"num_hidden_layers": options.layers, "hidden_size": options.hidden}
    (folder / "config.json").write_text(json.dumps(SHAPE | changes))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((ROOT / "src/burnish/assets/demo" / name).read_bytes())
    return folder


def data_file(root: Path, options: argparse.Namespace) -> Path:
    """Rows that are longer than --length tokens, so that each is cut to it."""
    words = ["river", "stone", "garden", "winter", "letter", "morning", "silver", "window"]
    path = root / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS * (options.steps + 1)):
            text = " ".join(
                words[(i * i + i // 7 + number) % len(words)] for i in range(options.length)
            )
            row = {"query": "Say some words.", "response": text}
            file.write(json.dumps(row) + "\n")
    return path


HEAD = """\
| case | peak GiB | formula | off | tokens/s | seconds in all |
|---|---|---|---|---|---|"""


def row(result: dict) -> str:
    if "error" in result:
        return f"| {result['case']} | failed: {result['error']} | | | | {result['seconds']} |"
    off = result["said_gib"] / result["peak_gib"] - 1 if result["peak_gib"] else 0.0
    cells = [
        result["case"], result["peak_gib"], result["said_gib"], f"{off:+.0%}",
        f"{result['tokens_per_second']:,.0f}", result["seconds"],
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
