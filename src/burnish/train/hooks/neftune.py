"""NEFTune: noise on the embeddings while training (arXiv:2310.05914)."""

from typing import TYPE_CHECKING, Literal

from burnish.config.flag import flag, group
from burnish.train.hooks.base import Hook

if TYPE_CHECKING:
    from torch import Tensor, nn

    from burnish.config.config import Config
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
    alpha = run.config[NeftuneGroup].neftune_noise_alpha or 0.0
    run.scorer.inner.get_input_embeddings().register_forward_hook(noise(alpha))


def noise(alpha: float):  # type: ignore[no-untyped-def]
    """A forward hook that adds uniform noise of +-alpha / sqrt(T * H) to embeddings of shape (B, T,
    H).
    """

    def add(module: "nn.Module", inputs: object, output: "Tensor") -> "Tensor":
        if not module.training:
            return output
        bound = alpha / (output.shape[-2] * output.shape[-1]) ** 0.5
        return output + output.new_empty(output.shape).uniform_(-bound, bound)

    return add


HOOK = Hook(wanted=wanted, start=start, groups=(NeftuneGroup,))
