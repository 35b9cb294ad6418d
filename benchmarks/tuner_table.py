"""Every tuner on one real model and real rows, on the CPU: what it trains, learns and takes.

    python benchmarks/tuner_table.py --model FOLDER --rows rows.json --out benchmarks/tuner_table.md

Each case is a run of `burnish sft` of its own: 200 rows, 30 steps, the loss on ten rows kept aside
before and after. Step time and memory are of one run on a machine that may do other work.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = {
    "lora": {},
    "lora, DoRA": {"use_dora": "true"},
    "lora, PiSSA": {"init_lora_weights": "pissa_niter_4"},
    "lora, nf4 base": {"quantization_bit": "4"},
    "adalora": {"sft_type": "adalora"},
    "ia3": {"sft_type": "ia3", "learning_rate": "1e-3"},
    "vera": {"sft_type": "vera", "learning_rate": "1e-3"},
    "boft": {"sft_type": "boft"},
    "fourierft": {"sft_type": "fourierft", "learning_rate": "1e-3", "fourier_scaling": "30"},
    "longlora": {"sft_type": "longlora"},
    "llamapro": {"sft_type": "llamapro", "llamapro_num_new_blocks": "5"},
    "adapter": {"sft_type": "adapter"},
    "reft": {"sft_type": "reft", "learning_rate": "1e-3"},
    "p_tuning": {"sft_type": "p_tuning", "learning_rate": "1e-3", "pre_seq_len": "16"},
    "freeze": {"sft_type": "freeze"},
    "full": {"sft_type": "full"},
    "full, GaLore": {"sft_type": "full", "use_galore": "true"},
    "full, LISA": {"sft_type": "full", "lisa_activated_layers": "2"},
}
HEAD = """| case | trained | loss before | loss after | seconds a step | peak GiB |
|---|---|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", required=True)
    parser.add_argument("--steps", default="30")
    parser.add_argument("--only", help="names of cases, with semicolons between")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    names = options.only.split(";") if options.only else list(CASES)
    rows = [HEAD]
    for name in names:
        rows.append(row_of(name, options))
        print(rows[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(rows) + "\n", encoding="utf-8")


def row_of(name: str, options: argparse.Namespace) -> str:
    """One run, as a row of the table; or its last words where it fails."""
    flags = {
        "model_id_or_path": options.model, "dataset": f"{options.rows}#200",
        "dataset_test_ratio": "0.05", "max_length": "128", "truncation_strategy": "truncation_left",
        "max_steps": options.steps, "batch_size": "1", "gradient_accumulation_steps": "1",
        "gradient_checkpointing": "false", "eval_steps": options.steps, "eval_on_start": "true",
        "save_strategy": "no", "save_only_model": "true", "logging_steps": "10",
        "report_to": "none",
        "add_output_dir_suffix": "false", "lr_scheduler_type": "constant_with_warmup",
    } | CASES[name]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "burnish", "sft", "--output_dir", folder]
        command += [word for flag, value in flags.items() for word in (f"--{flag}", value)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return f"| {name} | {done.stderr.strip().splitlines()[-1]} | | | | |"
        lines = [json.loads(line) for line in (Path(folder) / "logging.jsonl").open()]
    trained = re.search(r"([\d.]+)M trained", done.stderr)
    losses = [line["eval_loss"] for line in lines if "eval_loss" in line]
    logs = [line for line in lines if "train_speed(iter/s)" in line]
    seconds, memory = 1 / logs[-1]["train_speed(iter/s)"], max(e["memory(GiB)"] for e in logs)
    count = trained.group(1) if trained else "?"
    return f"| {name} | {count} M | {losses[0]:.3f} | {losses[-1]:.3f} | {seconds:.2f} | {memory} |"


if __name__ == "__main__":
    main()
