"""ms-swift's own preparation of SFT data, for data_speed.py: run by the Python of a venv with it.

`load_dataset` reads and normalises the rows as `swift sft` does, EncodePreprocessor tokenises and
masks them with the template qwen2_5 and no limit of length.
"""

import argparse
import json
import time
from importlib.metadata import version

from swift import EncodePreprocessor, get_processor, get_template, load_dataset

parser = argparse.ArgumentParser()
for name in ("rows", "tokenizer", "sample", "out", "work"):
    parser.add_argument(f"--{name}")
parser.add_argument("--procs", type=int)
given = parser.parse_args()

if __name__ == "__main__":
    seconds = {}
    processor = get_processor(given.tokenizer, model_type="qwen2")
    template = get_template(processor, template_type="qwen2_5", max_length=None)
    template.set_mode("train")
    template.max_length = None

    begin = time.perf_counter()
    rows, _ = load_dataset(given.rows, num_proc=given.procs, shuffle=False)
    seconds["read"] = time.perf_counter() - begin
    begin = time.perf_counter()
    encode = EncodePreprocessor(template=template)
    ready = encode(rows, num_proc=given.procs, strict=False, batch_size=1000)
    seconds["prepare"] = time.perf_counter() - begin

    assert len(ready) == len(rows)
    with open(given.sample) as file:
        wanted = json.load(file)
    samples = {k: [ready[k]["input_ids"], ready[k]["labels"]] for k in wanted}
    about = {"version": version("ms-swift"), "rows": len(ready), "seconds": seconds}
    with open(given.out, "w") as file:
        json.dump({**about, "samples": samples}, file)
