"""TRL's own preparation of SFT data, for data_speed.py: run by the Python of a venv with trl.

A real SFTTrainer prepares the rows, with assistant_only_loss; its model has random weights and one
tiny layer. Packing, shuffling and truncation are off, which spares TRL two passes.
"""

import argparse
import json
import time
from importlib.metadata import version

from datasets import load_dataset
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM
from trl import SFTConfig, SFTTrainer

parser = argparse.ArgumentParser()
for name in ("rows", "tokenizer", "sample", "out", "work"):
    parser.add_argument(f"--{name}")
parser.add_argument("--procs", type=int)
given = parser.parse_args()
seconds = {}


class Timed(SFTTrainer):
    """Notes how long the data takes, and goes no further than the data."""

    def _prepare_dataset(self, *args, **options):
        start = time.perf_counter()
        ready = super()._prepare_dataset(*args, **options)
        seconds["prepare"] = time.perf_counter() - start
        return ready


tokenizer = AutoTokenizer.from_pretrained(given.tokenizer)
size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
heads = {"num_attention_heads": 1, "num_key_value_heads": 1}
model = Qwen2ForCausalLM(Qwen2Config(vocab_size=len(tokenizer), **size, **heads))

begin = time.perf_counter()
rows = load_dataset("json", data_files=given.rows, split="train")
seconds["read"] = time.perf_counter() - begin
config = SFTConfig(
    output_dir=given.work,
    assistant_only_loss=True,
    max_length=None,
    dataset_num_proc=None if given.procs == 1 else given.procs,
    report_to="none",
    use_cpu=True,
    bf16=False,
)
trainer = Timed(model=model, args=config, train_dataset=rows, processing_class=tokenizer)
ready = trainer.train_dataset
assert len(ready) == len(rows)
with open(given.sample) as file:
    wanted = json.load(file)
samples = {k: [ready[k]["input_ids"], ready[k]["labels"]] for k in wanted}
with open(given.out, "w") as file:
    about = {"version": version("trl"), "rows": len(ready), "seconds": seconds, "samples": samples}
    json.dump(about, file)
