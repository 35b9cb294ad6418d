"""Packed training on one GPU: is it exact, does it leak, and how fast is it?

    python benchmarks/packed_check.py [--quick]

On small models of the Llama, Qwen2 and Mistral shapes in bfloat16, sequences packed into flat rows
are compared with the same sequences alone: the errors of logits, of losses and of every gradient
against float64 must be at most 1.5 times those of plain eager attention in bfloat16, and changing
one sequence must leave its neighbours' logits as they are, bit for bit. Then the layouts of a batch
are timed on real-looking lengths. Prints one JSON line for each finding; exits with 1 when one
fails. On a machine without a GPU the same steps run on tiny shapes with the kernel's eager twin, to
try the script itself. About half a minute of device time.
"""

import argparse
import json
import sys
import time
from itertools import chain

import torch
import transformers
from torch import nn
from torch.nn.functional import cross_entropy

from burnish.core.errors import BurnishError
from burnish.data.collate import Batch, batch_of, collate_packed
from burnish.data.pack import fill, pack
from burnish.data.sample import IGNORE, Encoded, SampleId
from burnish.nn import packed
from burnish.nn.kernels import attention, verify
from burnish.nn.scorer import Scorer

GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda", 0) if GPU else torch.device("cpu")
LIMIT = 1.5
SMALL = {
    "vocab_size": 4096 if GPU else 97,
    "hidden_size": 1024 if GPU else 64,
    "intermediate_size": 2816 if GPU else 96,
    "num_hidden_layers": 4 if GPU else 2,
    "num_attention_heads": 8 if GPU else 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
    "initializer_range": 0.05,
}
FAMILIES = {"Llama": {}, "Qwen2": {}, "Mistral": {"sliding_window": 100 if GPU else 11}}
LENGTHS = [300, 17, 129, 64, 511, 1, 90, 256, 33, 700] if GPU else [30, 1, 17, 9, 26]
ROW = 1024 if GPU else 48
SPEED = {
    "hidden_size": 1536 if GPU else 64,
    "intermediate_size": 8960 if GPU else 96,
    "num_hidden_layers": 8 if GPU else 2,
    "num_attention_heads": 12 if GPU else 4,
    "vocab_size": 32000 if GPU else 97,
}
FAILED: list[str] = []


def main() -> int:
    """Exit status: 0 when all holds, 1 when something does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="leave out the speed")
    arguments = parser.parse_args()
    say("where", torch=torch.__version__, transformers=transformers.__version__, gpu=name_of_gpu())
    say("kernel", shares_key_heads=attention.takes_groups())
    kernels()
    for family in FAMILIES:
        exactness(family)
        isolation(family)
    if not arguments.quick:
        for layout in LAYOUTS:
            speed(layout)
    say("result", failed=FAILED)
    return 1 if FAILED else 0


def kernels() -> None:
    """The kernel beside its eager twin, for the shapes that models have."""
    if not GPU:
        return
    for dtype in (torch.bfloat16, torch.float16):
        for heads, key_heads, width in ((8, 8, 64), (28, 4, 128), (12, 2, 128), (16, 8, 256)):
            for window in (None, 4096, 20):
                shape = attention.Shape(dtype, heads, key_heads, width, window)
                check("kernel agrees", verify.attention_works(str(DEVICE), shape), shape=str(shape))
    try:
        say("fewer key heads, not repeated", errors=unrepeated())
    except (RuntimeError, ValueError, TypeError) as problem:
        say("fewer key heads, not repeated", refused=str(problem).split("\n")[0])


def unrepeated() -> list[float]:
    """Errors of output and gradients when the kernel itself shares key heads without being told:
    whether a torch without `enable_gqa` would do. Not used by the product; good to know.
    """
    ends = torch.tensor([0, 100, 350], dtype=torch.int32, device=DEVICE)
    heads = [torch.randn(350, h, 128, device=DEVICE, dtype=torch.bfloat16) for h in (12, 2, 2)]
    found = []
    for way in ("kernel", "twin"):
        q, k, v = (x.clone().requires_grad_() for x in heads)
        if way == "kernel":
            out = attention.varlen_attn(q, k, v, ends, ends, 250, 250, window_size=(-1, 0))
        else:
            out = attention.eager(q, k, v, ends, 250, 128**-0.5, None)
        out.float().square().sum().backward()
        found.append([out.detach(), q.grad, k.grad, v.grad])
    return [round(error(one, two), 5) for one, two in zip(*found, strict=True)]


def exactness(family: str) -> None:
    """Errors against float64: of packed rows by the kernel, of padded ones by eager attention."""
    sequences = draw(LENGTHS, SMALL["vocab_size"])
    true = reference(build(family, torch.float64, "eager"), sequences)
    eager = measure(Scorer(build(family, torch.bfloat16, "eager")), [[s] for s in sequences], False)
    scorer = by_bounds(family)
    if scorer is None:
        return
    lengths = [len(s) for s in sequences]
    rows = [[sequences[i] for i in row] for row in pack(lengths, ROW)]
    fast = measure(scorer, rows, True)
    for what in ("logits", "losses"):
        ours, theirs = (error(found[what], true[what]) for found in (fast, eager))
        check(f"{family} {what}", ours <= LIMIT * theirs, error=ours, eager=theirs)
    worst, name = 0.0, ""
    for key, gradient in true["gradients"].items():
        ours, theirs = (error(found["gradients"][key], gradient) for found in (fast, eager))
        worst, name = max((worst, name), (ours / max(theirs, 1e-12), key))
    check(f"{family} gradients", worst <= LIMIT, worst_ratio=worst, of=name)


def isolation(family: str) -> None:
    """Whether the neighbours of a sequence that changes keep their logits, bit for bit."""
    scorer = by_bounds(family)
    if scorer is None:
        return
    before, first, behind = draw(LENGTHS[:3], SMALL["vocab_size"])
    other = draw(LENGTHS[:3], SMALL["vocab_size"], seed=7)[1]
    start, end = len(before), len(before) + len(first)
    with torch.no_grad():
        one, two = (
            logits_of(scorer, batch_of([[before, s, behind]], flat=True).to(DEVICE))
            for s in (first, other)
        )
        mixed = collate_packed([[before, first], [behind]]).to(DEVICE)
        logits_of(scorer, mixed)  # several rows, padding between them
    kept = torch.equal(one[:start], two[:start]) and torch.equal(one[end:], two[end:])
    check(f"{family} neighbours are bit-equal", kept)
    check(f"{family} the changed one differs", not torch.equal(one[start:end], two[start:end]))


def by_bounds(family: str) -> Scorer | None:
    """A model in bfloat16 that attends by bounds, settled as a run does it."""
    scorer = Scorer(build(family, torch.bfloat16, "sdpa"))
    if GPU:
        flat = packed.settle(scorer, packing=ROW)
        reason = None if flat else packed.take_bounds(scorer)
    else:
        reason = packed.take_bounds(scorer)
    uses = scorer.inner.config._attn_implementation == attention.NAME
    check(f"{family} attends by bounds", uses, reason=reason)
    return scorer if uses else None


def reference(model: nn.Module, sequences: list[Encoded]) -> dict:
    """Logits, mean losses and gradients of each sequence alone, by the model's own forward."""
    logits, losses = [], []
    for sequence in sequences:
        ids = torch.tensor([sequence.input_ids], device=DEVICE)
        labels = torch.tensor(sequence.labels, device=DEVICE)
        found = model(input_ids=ids, use_cache=False).logits[0]
        each = cross_entropy(found, labels, reduction="sum", ignore_index=IGNORE)
        each.backward()
        logits.append(found.detach())
        losses.append(each.detach() / max(1, sequence.trained_tokens))
    return {"logits": torch.cat(logits), "losses": torch.stack(losses), "gradients": slopes(model)}


def measure(scorer: Scorer, rows: list[list[Encoded]], flat: bool) -> dict:
    """The same through the product's scorer, of one batch."""
    batch = batch_of(rows, flat=flat).to(DEVICE)
    scores = -scorer(batch).logps
    scores.sum().backward()
    sums = torch.zeros(len(batch.ids), device=DEVICE).index_add(0, batch.rows, scores.detach())
    with torch.no_grad():
        found = logits_of(scorer, batch)
    logits, losses, start = {}, {}, 0
    for number, sequence in enumerate(chain.from_iterable(rows)):
        start = start if flat else number * batch.input_ids.shape[1]
        logits[sequence.sample] = found[start : start + len(sequence)]
        losses[sequence.sample] = sums[number] / max(1, sequence.trained_tokens)
        start += len(sequence)
    return {
        "logits": torch.cat([logits[id] for id in sorted(logits)]),
        "losses": torch.stack([losses[id] for id in sorted(losses)]),
        "gradients": slopes(scorer.inner),
    }


def logits_of(scorer: Scorer, batch: Batch) -> torch.Tensor:
    """(B * T, V)."""
    return scorer.inner.get_output_embeddings()(scorer.body(batch)).flatten(0, 1)


def slopes(model: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of every gradient."""
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def error(found: torch.Tensor, true: torch.Tensor) -> float:
    """Root mean square of the difference, as a part of the true values' own."""
    return ((found.double() - true.double()).norm() / true.double().norm()).item()


def build(family: str, dtype: torch.dtype, implementation: str, **changes: int) -> nn.Module:
    """The same random weights in every dtype: drawn in float32, rounded to bfloat16 once."""
    torch.manual_seed(0)
    config = getattr(transformers, f"{family}Config")(**{**SMALL, **FAMILIES[family], **changes})
    model = transformers.AutoModelForCausalLM.from_config(
        config, attn_implementation=implementation
    )
    return model.bfloat16().to(dtype).to(DEVICE)


def draw(lengths: list[int], vocabulary: int, seed: int = 0) -> list[Encoded]:
    """Random sequences; a third of each carries no loss."""
    make = torch.Generator().manual_seed(seed)
    made = []
    for row, length in enumerate(lengths):
        ids = torch.randint(2, vocabulary, (length,), generator=make).tolist()
        labels = [IGNORE] * (length // 3) + ids[1:][length // 3 :]
        made.append(
            Encoded(SampleId("drawn", row), ids, labels + [IGNORE] * (length - len(labels)))
        )
    return made


LAYOUTS = ("padded", "flat", "packed, flat", "packed, dense masks", "one long row, dense mask")


def speed(layout: str) -> None:
    """Useful tokens a second, forward and backward of all weights, and the memory it takes."""
    scorer = Scorer(build("Qwen2", torch.bfloat16, "sdpa", **SPEED).train())
    wants_bounds = layout in ("flat", "packed, flat")
    if wants_bounds and packed.take_bounds(scorer) is not None:
        say("speed", layout=layout, skipped="no attention by bounds")
        return
    batches = [batch.to(DEVICE) for batch in batches_of(layout)]
    wait()
    if GPU:
        torch.cuda.reset_peak_memory_stats()
    for batch in batches[:3]:  # warm
        step(scorer, batch)
    wait()
    start = time.perf_counter()
    for batch in batches:
        step(scorer, batch)
    wait()
    seconds = time.perf_counter() - start
    tokens = sum(batch.tokens for batch in batches)
    places = sum(batch.input_ids.numel() for batch in batches)
    say(
        "speed",
        layout=layout,
        tokens_per_second=round(tokens / seconds),
        filled=round(tokens / places, 4),
        milliseconds_a_batch=round(1000 * seconds / len(batches), 2),
        gib=round(torch.cuda.max_memory_allocated() / 2**30, 2) if GPU else None,
    )
    del scorer, batches
    if GPU:
        torch.cuda.empty_cache()


def batches_of(layout: str) -> list[Batch]:
    """About as many tokens in each layout: 4 x 2048 places a batch, or as many sequences."""
    count, row = (600, 2048) if GPU else (40, 128)
    make = torch.Generator().manual_seed(1)
    wide = torch.empty(count).log_normal_(4.9, 0.75, generator=make).long()  # a mean of about 180
    lengths = wide.clamp(2, row // 3).tolist()
    sequences = draw(lengths, SPEED["vocab_size"])
    bins = pack(lengths, row)
    if layout == LAYOUTS[0]:
        filled = fill(lengths, len(bins), row)
        say("lengths", mean=sum(lengths) / count, rows=len(bins), filled=filled)
    each = len(sequences) * 4 // len(bins)  # sequences with the tokens of four rows
    alone = [[[s] for s in sequences[i : i + each]] for i in range(0, count, each)]
    rows = [[sequences[i] for i in chosen] for chosen in bins]
    fours = [rows[i : i + 4] for i in range(0, len(rows) // 4 * 4, 4)]
    if layout in ("padded", "flat"):
        return [batch_of(part, flat=layout == "flat") for part in alone]
    if layout == "packed, dense masks":
        return [batch_of(part) for part in fours]
    return [batch_of(part, flat=True) for part in fours]


def step(scorer: Scorer, batch: Batch) -> None:
    """Forward and backward."""
    (-scorer(batch, even=True).logps.sum() / len(batch.targets)).backward()
    scorer.zero_grad(set_to_none=True)


def wait() -> None:
    """Until the device has done what it was told."""
    if GPU:
        torch.cuda.synchronize()


def name_of_gpu() -> str | None:
    """What the device calls itself."""
    return torch.cuda.get_device_name(0) if GPU else None


def check(what: str, holds: bool, **figures: object) -> None:
    """Print a finding and remember it when it does not hold."""
    if not holds:
        FAILED.append(what)
    say("ok" if holds else "FAILED", what=what, **figures)


def say(kind: str, **figures: object) -> None:
    """One JSON line."""
    print(json.dumps({"kind": kind, **figures}), flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BurnishError as problem:
        sys.exit(str(problem))
