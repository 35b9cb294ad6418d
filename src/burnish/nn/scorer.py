"""The one module the loop calls: a forward pass from token ids to the log-probability of each
label.

Body and head run inside `forward`, so whatever wraps this module sees every parameter used where it
expects it. Logits of the whole batch are never held (`nn.kernels.logps`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from burnish.core.log import log
from burnish.nn import unsloth
from burnish.nn.kernels import attention, logps, verify

if TYPE_CHECKING:
    from burnish.data.collate import Batch


@dataclass(frozen=True, slots=True)
class Scores:
    """What objectives are made of; N label positions, in the order of `Batch.targets`."""

    logps: Tensor
    """(N,) float32: log-probability of each label."""
    hits: Tensor
    """(N,) bool: whether the label was the likeliest id."""


class Scorer(nn.Module):
    """Scores the labels of a batch under `model`, a causal language model of transformers.

    Body and head are called apart, unless `prove` finds that this does not give the model's own
    logits (an unknown scaling, a head of its own kind): then `whole` is true and the whole model is
    called.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        inner = (
            model.get_base_model()
            if hasattr(model, "peft_config") and hasattr(model, "get_base_model")
            else model
        )
        self._inner = [inner]  # in a list: registered once, as self.model
        self.own_masks = False  # of packed rows; set by `nn.packed` for the families that need it
        self.whole = not self.prove()

    @property
    def inner(self) -> nn.Module:
        return self._inner[0]

    def forward(self, batch: Batch, even: bool = False) -> Scores:
        """Scores of the batch's labels. `even`: all of them will get the same gradient."""
        targets = batch.labels.reshape(-1)[batch.targets]
        if self.whole:
            logits = self.body(batch)
            picked = logits.reshape(-1, logits.shape[-1])[batch.targets]
            return Scores(*logps.gather(picked, targets))
        hidden = self.body(batch)
        hidden = hidden.reshape(-1, hidden.shape[-1])  # (B, T, H) -> (B * T, H)
        if len(batch.targets) < len(hidden):
            wanted = batch.targets.to(hidden.device)  # the model may lie on several devices
            hidden = hidden.index_select(0, wanted)  # its backward needs no sorting
        if not len(targets):  # a filler keeps the graph: every rank has gradients to exchange
            return Scores(hidden.float().sum(1), torch.zeros_like(targets, dtype=torch.bool))
        place = next(self.inner.get_output_embeddings().parameters()).device
        found = self._score(hidden.to(place), targets.to(place), even)
        return Scores(*(part.to(targets.device) for part in found))

    @property
    def called(self) -> Any:
        """The module that is called: the model's body, or the whole of it."""
        return self.inner if self.whole else self.inner.base_model

    def body(self, batch: Batch, **more: object) -> Tensor:
        """What the called module gives at each position: hidden states, or logits. (B, T, H or V).

        No cache: it would let packed sequences see each other. No mask: right padding needs none.
        """
        if unsloth.is_driven(self.inner):
            given = unsloth.arguments(batch)
        else:
            given = attention.arguments(self.inner.config, batch, self.own_masks)
        found = self.called(input_ids=batch.input_ids, use_cache=False, **given, **more)
        return found.logits if self.whole else found.last_hidden_state

    def _score(self, hidden: Tensor, targets: Tensor, even: bool) -> tuple[Tensor, Tensor]:
        head = self.inner.get_output_embeddings()
        chunk = logps.chunk_size(self.inner.config.get_text_config().vocab_size)
        device = hidden.device
        if torch.is_autocast_enabled(device.type):
            hidden = hidden.to(torch.get_autocast_dtype(device.type))
        plain = scaling(self.inner) is None and logps.fits(head)
        trained = plain and head.weight.requires_grad
        if plain and verify.linear_head_works(str(device), hidden.dtype, trained, even):
            if trained:
                chunk *= 4  # every chunk adds to the gradient of the whole head
            return logps.LinearHead.apply(hidden, head.weight, targets, chunk, even)
        return logps.chunked(hidden, targets, self._logits, chunk)

    def _logits(self, hidden: Tensor) -> Tensor:
        """The model's own head, with the scaling or soft cap its family applies behind it."""
        logits = self.inner.get_output_embeddings()(hidden)
        rule = scaling(self.inner)
        return logits if rule is None else rule(logits)

    @torch.no_grad()
    def prove(self) -> bool:
        """Whether body, head and scaling give the logits of the model's own forward, tried on a few
        random ids.
        """
        inner = self.inner
        body = getattr(inner, "base_model", inner)  # transformers gives the model itself for none
        if body is inner or inner.get_output_embeddings() is None:
            return False
        was_training = self.model.training
        self.model.eval()
        device = next(inner.parameters()).device
        vocabulary = inner.config.get_text_config().vocab_size
        ids = torch.randint(vocabulary, (1, 8), generator=torch.Generator().manual_seed(0)).to(
            device
        )
        own = inner(input_ids=ids, use_cache=False).logits
        ours = self._logits(body(input_ids=ids, use_cache=False).last_hidden_state)
        self.model.train(was_training)
        same = torch.allclose(own.float(), ours.float(), rtol=1e-3, atol=1e-3)
        if not same:
            log.info(
                "%s scales its logits in its own way: scoring calls the whole model",
                type(inner).__name__,
            )
        return same


def scaling(model: nn.Module) -> object:
    """What a family does to its logits behind the head, or None: Gemma's soft cap, Cohere's factor,
    Granite's divisor.
    """
    config = model.config.get_text_config()
    cap = getattr(config, "final_logit_softcapping", None)
    factor = getattr(config, "logit_scale", None)
    divisor = getattr(config, "logits_scaling", None)
    if cap:
        return lambda logits: torch.tanh(logits / cap) * cap
    if factor:
        return lambda logits: logits * factor
    if divisor:
        return lambda logits: logits / divisor
    return None
