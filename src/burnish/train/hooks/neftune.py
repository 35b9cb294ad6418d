"""NEFTune: noise on the embeddings while training (arXiv:2310.05914)."""

from typing import TYPE_CHECKING, Literal

from burnish.config.flag import flag, group
from burnish.train.hooks.base import Hook

if TYPE_CHECKING:
    from torch import Tensor, nn

    from burnish.config.config import Config
    from burnish.data.collate import Batch
    from burnish.train.fit import Run


@group()
class NeftuneGroup:
    """NEFTune: noise on the embeddings while training (arXiv:2310.05914)."""

    neftune_noise_alpha: float | None = flag(
        None, "Strength of the noise; 5, 10 and 15 are usual.", ge=0, aliases=("neftune_alpha",)
    )
    neftune_backend: Literal["transformers", "swift"] = flag(
        "transformers", "Accepted for older scripts; both give the same noise."
    )


def wanted(config: "Config") -> bool:
    return bool(config[NeftuneGroup].neftune_noise_alpha)


def start(run: "Run") -> None:
    """Put the noise behind the embedding layer, in training mode only."""
    noise = Noise(run.config[NeftuneGroup].neftune_noise_alpha or 0.0)
    run.scorer.register_forward_pre_hook(noise.look)
    run.scorer.inner.get_input_embeddings().register_forward_hook(noise.add)


class Noise:
    """Uniform noise of +-alpha / sqrt(length * H) on embeddings of shape (B, T, H).

    The length is that of a row, T. Where a row holds several sequences, it is each one's own: the
    noise of a sample must not depend on what it shares a row with.
    """

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self.lengths: Tensor | None = None

    def look(self, module: "nn.Module", inputs: "tuple[Batch, ...]") -> None:
        """A hook before the scorer: how long the sequence at each position is, (B, T, 1)."""
        batch = inputs[0]
        self.lengths = None
        if batch.bounds is not None:
            sizes = batch.bounds.diff()
            shape = batch.input_ids.shape
            each = sizes.repeat_interleave(sizes, output_size=shape.numel())
            self.lengths = each.view(*shape, 1)

    def add(self, module: "nn.Module", inputs: object, output: "Tensor") -> "Tensor":
        """A hook behind the embedding layer."""
        if not module.training:
            return output
        unit = output.new_empty(output.shape).uniform_(-1, 1)
        if self.lengths is None:
            return output + unit * (self.alpha / (output.shape[-2] * output.shape[-1]) ** 0.5)
        bound = self.alpha / (self.lengths * output.shape[-1]) ** 0.5
        return output + unit * bound.to(output.dtype)


HOOK = Hook(wanted=wanted, start=start, groups=(NeftuneGroup,))
