#!/usr/bin/env bash
# LoRA on a real model and real data: examples/smollm2/run.sh ALPACA.json [OUTPUT_FOLDER]
# Prints the loss on 50 held-out rows before and after, asks the tuned model, and merges the adapter.
set -euo pipefail
data=${1:?usage: run.sh ALPACA.json [OUTPUT_FOLDER]}
here=$(cd "$(dirname "$0")" && pwd)
out=${2:-$here/output}
python=${PYTHON:-$here/../../.venv/bin/python}
burnish="$python -m burnish"

"$python" "$here/../../scripts/fetch_smollm2.py" "$out/model"
"$python" "$here/split.py" "$data" "$out/model" "$out" 256

rm -rf "$out/run" # a second run would otherwise be refused: two runs do not share a folder
$burnish sft \
    --model_id_or_path "$out/model" \
    --dataset "$out/train.json" \
    --val_dataset "$out/heldout.json" \
    --sft_type lora --lora_rank 8 --target_modules ALL \
    --learning_rate 2e-4 --max_length 256 \
    --batch_size 2 --gradient_accumulation_steps 4 --max_steps "${STEPS:-25}" \
    --gradient_checkpointing false \
    --eval_on_start true --eval_steps "${STEPS:-25}" --logging_steps 5 \
    --output_dir "$out/run" --add_output_dir_suffix false

checkpoint=$(ls -d "$out"/run/checkpoint-* | grep -v merged | sort -V | tail -n 1)
echo "loss on the held-out rows, before and after:"
grep -o '"eval_loss": [0-9.]*' "$out/run/logging.jsonl" | sed -n '1p;$p'

printf 'Give three tips for staying healthy.\nexit\n' |
    $burnish infer --ckpt_dir "$checkpoint" --max_new_tokens 64

$burnish merge-lora --ckpt_dir "$checkpoint"
