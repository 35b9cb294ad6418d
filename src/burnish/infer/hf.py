"""The engine that needs no server: a transformers model in this process."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from transformers import GenerationConfig, PreTrainedModel, StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from burnish.core.errors import ModelError
from burnish.core.log import log
from burnish.infer.base import FinishReason, Reply, Request, Sampling
from burnish.infer.pieces import TextPieces
from burnish.nn.rope import reach

if TYPE_CHECKING:
    from burnish.data.template import Template
    from burnish.data.tokenizer import Tokenizer


OUT_OF_MEMORY = (
    "the device has too little memory to answer a prompt of {} tokens: free some of it, use a "
    "smaller --max_new_tokens, or cut long prompts with --max_length"
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ids that fit the model, and the settings they leave room for."""

    ids: list[int]
    sampling: Sampling
    note: str = ""


class HfEngine:
    """Answers with a loaded model; one generation at a time, so several threads may ask.

    A prompt longer than `max_length` is cut from the left (`truncation_strategy`
    "truncation_left") or answered with nothing and the reason ("delete"). `context_length` is the
    most positions prompt and answer may take together; None means what the model's config says.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Tokenizer,
        template: Template,
        *,
        stop_ids: frozenset[int] | None = None,
        max_length: int | None = None,
        truncation_strategy: str = "delete",
        context_length: int | None = None,
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.template = template
        self.max_length = max_length
        self.truncation_strategy = truncation_strategy
        self.context_length = context_length or model_context_length(model)
        self.stop_ids = frozenset(template.stop_ids) if stop_ids is None else stop_ids
        self._busy = threading.Lock()

    def generate(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply for each request, in order; those with equal settings share a batch."""
        replies: dict[int, Reply] = {}
        batches: dict[Sampling, list[tuple[int, Prompt]]] = defaultdict(list)
        for index, request in enumerate(requests):
            prompt = self._prompt(request)
            if isinstance(prompt, Reply):
                replies[index] = prompt
            else:
                batches[prompt.sampling].append((index, prompt))
        for sampling, batch in batches.items():
            answers = self._run([prompt.ids for _, prompt in batch], sampling)
            for (index, prompt), ids in zip(batch, answers, strict=True):
                replies[index] = self._reply(prompt, ids)
        return [replies[index] for index in range(len(requests))]

    def stream(self, request: Request) -> HfStream:
        """The answer piece by piece; with several beams in one, since beams change their minds."""
        prompt = self._prompt(request)
        if isinstance(prompt, Reply):
            return HfStream.ended(prompt)

        def run(streamer: BaseStreamer, stop: threading.Event) -> list[int]:
            beams = prompt.sampling.num_beams > 1
            return self._run([prompt.ids], prompt.sampling, None if beams else streamer, stop)[0]

        pieces = TextPieces(lambda ids: self.tokenizer.decode(list(ids), skip_special=True))
        return HfStream(run, pieces, self.stop_ids, lambda ids, cut: self._reply(prompt, ids, cut))

    def _prompt(self, request: Request) -> Prompt | Reply:
        """The request's ids, cut or refused where they are too long."""
        if request.prompt_ids is not None:
            ids = list(request.prompt_ids)
        else:
            ids = list(self.template.prompt_ids(request.messages, tools=request.tools or None))
        note = ""
        if self.max_length is not None and len(ids) > self.max_length:
            if self.truncation_strategy != "truncation_left":
                return refusal(len(ids), f"--max_length allows {self.max_length}")
            note = f"the prompt was cut from {len(ids)} to its last {self.max_length} tokens"
            ids = ids[-self.max_length :]
        room = self.context_length - len(ids)
        if room < 1:
            return refusal(len(ids), f"the model's context holds {self.context_length}")
        sampling = request.sampling
        return Prompt(
            ids, replace(sampling, max_new_tokens=min(sampling.max_new_tokens, room)), note
        )

    def _run(
        self,
        prompts: list[list[int]],
        sampling: Sampling,
        streamer: BaseStreamer | None = None,
        stop: threading.Event | None = None,
    ) -> list[list[int]]:
        """The new ids of each prompt, up to and with the first stop id."""
        try:
            return self._run_at_once(prompts, sampling, streamer, stop)
        except torch.OutOfMemoryError:
            if len(prompts) == 1:
                raise ModelError(OUT_OF_MEMORY.format(len(prompts[0]))) from None
        half = len(prompts) // 2
        log.info("too little memory for %d answers at once: trying %d", len(prompts), half)
        return [*self._run(prompts[:half], sampling), *self._run(prompts[half:], sampling)]

    def _run_at_once(
        self,
        prompts: list[list[int]],
        sampling: Sampling,
        streamer: BaseStreamer | None,
        stop: threading.Event | None,
    ) -> list[list[int]]:
        ids, mask = left_pad(prompts)
        device = self.model.get_input_embeddings().weight.device
        with self._busy:
            if sampling.seed is not None:
                torch.manual_seed(sampling.seed)
            output = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                position_ids=positions(mask).to(device),
                generation_config=generation_config(
                    self.model.generation_config, sampling, self.stop_ids
                ),
                streamer=streamer,
                stopping_criteria=StoppingCriteriaList([Stopped(stop)] if stop else []),
            )
        return [self._until_stop(row) for row in output[:, ids.shape[1] :].tolist()]

    def _until_stop(self, ids: list[int]) -> list[int]:
        for index, token in enumerate(ids):
            if token in self.stop_ids:
                return ids[: index + 1]
        return ids

    def _reply(self, prompt: Prompt, ids: list[int], interrupted: bool = False) -> Reply:
        stopped = bool(ids) and ids[-1] in self.stop_ids
        reason: FinishReason = "stop" if stopped else "interrupted" if interrupted else "length"
        text = self.tokenizer.decode(ids[:-1] if stopped else ids, skip_special=True)
        return Reply(text, tuple(ids), reason, len(prompt.ids), len(ids), prompt.note)


class HfStream:
    """An answer being made in a thread of its own; the caller's thread stays free for Ctrl-C."""

    def __init__(
        self,
        run: Callable[[BaseStreamer, threading.Event], list[int]],
        pieces: TextPieces,
        stop_ids: frozenset[int],
        finish: Callable[[list[int], bool], Reply],
    ) -> None:
        self.reply: Reply | None = None
        self._run = run
        self._pieces = pieces
        self._stop_ids = stop_ids
        self._finish = finish
        self._tokens: queue.Queue[int | list[int] | BaseException] = queue.Queue()
        self._stop = threading.Event()
        self._text = 0  # characters given so far
        self._thread: threading.Thread | None = None

    @classmethod
    def ended(cls, reply: Reply) -> HfStream:
        """A stream without pieces, for a prompt that is not answered."""
        stream = cls(lambda *_: [], TextPieces(lambda _: ""), frozenset(), lambda *_: reply)
        stream.reply = reply
        return stream

    def stop(self) -> None:
        """End the answer after the token being made."""
        self._stop.set()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.reply is not None:
            raise StopIteration
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        while True:
            event = self._tokens.get()
            if isinstance(event, BaseException):
                raise event
            if isinstance(event, list):
                return self._end(event)
            piece = "" if event in self._stop_ids else self._pieces.push(event)
            if piece:
                self._text += len(piece)
                return piece

    def __del__(self) -> None:
        self._stop.set()  # nobody listens any more

    def _end(self, ids: list[int]) -> str:
        """The text that was not given yet, then no more."""
        self.reply = self._finish(ids, self._stop.is_set())
        rest = self.reply.text[self._text :]
        if not rest:
            raise StopIteration
        return rest

    def _work(self) -> None:
        try:
            self._tokens.put(self._run(TokenQueue(self._tokens), self._stop))
        except BaseException as error:  # handed to the reader, whatever it is
            self._tokens.put(error)


class TokenQueue(BaseStreamer):  # type: ignore[misc]  # transformers has no types
    """Hands each new id on; the first thing that generate puts is the prompt."""

    def __init__(self, tokens: queue.Queue[int | list[int] | BaseException]) -> None:
        self._tokens = tokens
        self._is_prompt = True

    def put(self, value: Tensor) -> None:
        if self._is_prompt:
            self._is_prompt = False
            return
        for token in value.reshape(-1).tolist():
            self._tokens.put(token)

    def end(self) -> None:
        """Nothing: the ids that generate returns end the stream."""


class Stopped(StoppingCriteria):  # type: ignore[misc]
    """Ends every row once the event is set."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: object) -> Tensor:
        return torch.full((len(input_ids),), self._event.is_set(), device=input_ids.device)


def left_pad(prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask of shape (B, T), the prompts right-aligned.

    A row is filled with its own first id: a repetition penalty looks at masked ids too, and so it
    counts nothing that the prompt does not hold.
    """
    longest = max(map(len, prompts))
    ids = [[row[0]] * (longest - len(row)) + list(row) for row in prompts]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in prompts]
    return torch.tensor(ids), torch.tensor(mask)


def positions(mask: Tensor) -> Tensor:
    """Position of each token in its own prompt, (B, T); 0 on padding."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def generation_config(
    own: GenerationConfig, sampling: Sampling, stop_ids: frozenset[int]
) -> GenerationConfig:
    """What `generate` is told; what stays None here it takes from `own`, the model's settings."""
    config = GenerationConfig(
        max_new_tokens=sampling.max_new_tokens,
        num_beams=sampling.num_beams,
        repetition_penalty=sampling.repetition_penalty,
        eos_token_id=sorted(stop_ids) or None,
        pad_token_id=min(stop_ids, default=0),  # behind the end of a row; cut off again
        use_cache=True,
        do_sample=is_sampled(own, sampling),
    )
    if config.do_sample:
        config.temperature = sampling.temperature
        config.top_k, config.top_p = sampling.top_k, sampling.top_p
    else:  # neutral, or generate warns about settings of the model that greedy search does not use
        config.temperature, config.top_k, config.top_p = 1.0, 50, 1.0
    return config


def is_sampled(own: GenerationConfig, sampling: Sampling) -> bool:
    """Whether answers are drawn at random: temperature 0 says no, then the flag, then the model."""
    if sampling.temperature == 0:
        return False
    return bool(own.do_sample) if sampling.do_sample is None else sampling.do_sample


def model_context_length(model: PreTrainedModel) -> int:
    """The most positions the model was made for; where its config has no limit, a huge number."""
    return reach(model.config) or 1 << 30


def refusal(tokens: int, limit: str) -> Reply:
    """The empty answer to a prompt that is too long."""
    return Reply("", (), "refused", tokens, 0, f"the prompt has {tokens} tokens, {limit}")
