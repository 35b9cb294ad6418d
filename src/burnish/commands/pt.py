"""burnish pt: go on pretraining a model on plain text."""

from burnish.commands.sft import COMMAND as SFT

COMMAND = SFT.variant(
    "pt",
    "pretrain a model on plain text",
    sft_type="full",
    target_modules=["ALL"],
    eval_steps=500,
    example="burnish pt --model_type demo --dataset books/ --output_dir output",
)
