"""Answering a data set: batches of similar length, results in the order of the rows."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.infer import InferGroup
from burnish.core.errors import BurnishError, DataError
from burnish.core.log import log
from burnish.data.draft import Purpose
from burnish.data.items import read_samples
from burnish.data.rejects import FILE, Rejects
from burnish.data.sample import Message, Sample
from burnish.infer.base import Reply, Request
from burnish.infer.chat import note, speak, system_in_use
from burnish.infer.results import Results, record
from burnish.infer.session import Session, make_plan

TOKENS = 16384
"""Most positions of a batch, prompts and answers together: a 7B model's cache fits 24 GB."""
ROWS = 32
WINDOW = 4 * ROWS
"""Rows that are sorted by length among themselves; their results wait for each other."""
VERBOSE_BELOW = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A row as it is asked and recorded."""

    sample: Sample
    request: Request | str
    """Or why it cannot be asked: a template may refuse a conversation."""
    system: str | None
    query: str
    history: tuple[tuple[str, str], ...]
    label: str | None

    @property
    def length(self) -> int:
        """Tokens of the prompt."""
        return len(self.request.prompt_ids or ()) if isinstance(self.request, Request) else 0


def answer_samples(
    session: Session, samples: Sequence[Sample], rejects: Rejects | None = None
) -> Path:
    """Answer every sample (or --show_dataset_sample of them); returns the file with the answers.
    The rows in `rejects` are listed beside it.

    Raises: DataError when there is nothing to answer.
    """
    options = session.config[InferGroup]
    samples = draw(samples, options.show_dataset_sample, session.config[DataGroup].dataset_seed)
    if not samples:
        raise DataError(
            "there is no row to answer: see --val_dataset, --dataset_test_ratio and "
            "--show_dataset_sample"
        )
    verbose = options.verbose if options.verbose is not None else len(samples) < VERBOSE_BELOW
    refused = 0
    with Results(session.folder) as results:
        answers = speak_all if verbose else answer_all
        for question, reply in answers(session, [ask(session, sample) for sample in samples]):
            refused += reply.finish_reason == "refused"
            results.write(line_of(question, reply))
    if refused:
        log.warning(
            "%d of %d rows have no answer; `note` in their results says why", refused, len(samples)
        )
    assert results.path is not None
    if rejects is not None:
        list_rejected(rejects, results.path.parent)
    print(results.path, flush=True)
    return results.path


def validation_samples(config: Config) -> tuple[Sequence[Sample], Rejects]:
    """The rows to answer, and those that cannot be: --val_dataset whole, else the very rows that
    training keeps aside of --dataset, which are drawn among the rows that can be trained on.
    """
    data = config[DataGroup]
    if data.val_dataset:
        config = config.replace("rule", "--val_dataset is given", dataset=[])
    is_split = not data.val_dataset and data.dataset_test_ratio < 1
    rejects = Rejects(data.max_bad_rows)
    purpose: Purpose = "train" if is_split else "prompt"
    samples = read_samples(config, rejects, purpose, lambda: make_plan(config).tokenizer.folder)
    if summary := rejects.summary():
        log.warning("%s", summary)
    return samples.validation, rejects


def list_rejected(rejects: Rejects, folder: Path) -> None:
    """Write the rows that were not asked into `folder`, over the list of an earlier session."""
    path = folder / FILE
    if rejects.rows or path.exists():
        rejects.write(path)
    if rejects.rows:
        log.warning("%d rows could not be read and were not asked: %s", len(rejects.rows), path)


def draw(samples: Sequence[Sample], count: int, seed: int) -> Sequence[Sample]:
    """`count` samples at random, in their order; all where `count` is negative or too large."""
    if count < 0 or count >= len(samples):
        return samples
    chosen = random.Random(seed).sample(range(len(samples)), count)
    return [samples[index] for index in sorted(chosen)]


def ask(session: Session, sample: Sample) -> Question:
    """The request that a sample is: all of it before its last answer, which becomes the label."""
    turns = list(sample.messages)
    label = spoken(turns.pop()) if turns and turns[-1].role == "assistant" else None
    given = turns.pop(0).text if turns and turns[0].role == "system" else sample.system
    query = turns[-1].text if turns else ""
    request: Request | str
    try:
        request = Request(prompt_ids=prompt_of(session, sample), sampling=session.sampling)
    except BurnishError as error:
        request = str(error)
    system = system_in_use(session, given)
    return Question(sample, request, system, query, pairs(turns[:-1]), label)


def spoken(answer: Message) -> str:
    """What an answer says, tools that it calls included."""
    calls = [{"name": call.name, "arguments": call.arguments} for call in answer.tool_calls]
    return "\n".join(
        filter(None, [answer.text, *(json.dumps(call, ensure_ascii=False) for call in calls)])
    )


def prompt_of(session: Session, sample: Sample) -> tuple[int, ...]:
    """The ids of a sample's question. Raises: TemplateError, DataError where it has none."""
    if sample.tokenised is not None:
        raise DataError("the row is tokenised already, without a question")
    if sample.text is not None:
        raise DataError("the row is plain text, without a question")
    return tuple(session.template.prompt_of(sample))


def pairs(turns: Sequence[Message]) -> tuple[tuple[str, str], ...]:
    """Earlier rounds as (question, answer)."""
    found: list[tuple[str, str]] = []
    question = ""
    for turn in turns:
        if turn.role == "assistant":
            found.append((question, turn.text))
            question = ""
        else:
            question = f"{question}\n{turn.text}" if question else turn.text
    return tuple(found)


def speak_all(session: Session, questions: Sequence[Question]) -> Iterator[tuple[Question, Reply]]:
    """One after the other, printed: system prompt, question, answer, and what was expected."""
    for question in questions:
        if question.system:
            print(f"[SYSTEM]{question.system}")
        print(f"[QUERY]{question.query}\n[RESPONSE]", end="", flush=True)
        if isinstance(question.request, str):
            print()
            reply = unasked(question.request)
        else:
            reply = speak(session, question.request, session.config[InferGroup].stream)
        print(f"[LABELS]{question.label}\n{'-' * 50}", flush=True)
        if reply.note:
            note(f"{question.sample.id}: {reply.note}")
        if reply.finish_reason == "interrupted":
            raise KeyboardInterrupt  # here it ends the whole run; half an answer is not recorded
        yield question, reply


def answer_all(session: Session, questions: Sequence[Question]) -> Iterator[tuple[Question, Reply]]:
    """In batches of similar length, with a progress line; replies in the order of the questions."""
    limit = session.sampling.max_new_tokens
    for start in range(0, len(questions), WINDOW):
        window = questions[start : start + WINDOW]
        replies: dict[int, Reply] = {}
        asked: dict[int, Request] = {}
        for index, question in enumerate(window):
            if isinstance(question.request, str):
                replies[index] = unasked(question.request)
            else:
                asked[index] = question.request
        for batch in batches({index: window[index].length for index in asked}, limit):
            found = session.engine.generate([asked[index] for index in batch])
            replies.update(zip(batch, found, strict=True))
            progress(start + len(replies), len(questions))
        yield from ((question, replies[index]) for index, question in enumerate(window))


def unasked(why: str) -> Reply:
    """The reply to a row that could not be asked."""
    return Reply("", (), "refused", 0, 0, why)


def batches(lengths: Mapping[int, int], new_tokens: int) -> Iterator[list[int]]:
    """Keys of `lengths`, longest first; a batch holds at most ROWS, and TOKENS if it is not one."""
    batch: list[int] = []
    for index in sorted(lengths, key=lambda index: -lengths[index]):
        longest = lengths[batch[0]] if batch else lengths[index]
        if batch and (len(batch) == ROWS or (len(batch) + 1) * (longest + new_tokens) > TOKENS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def progress(done: int, total: int) -> None:
    """A line that is overwritten in a terminal; in a log file a new one."""
    end = "\n" if done == total or not sys.stderr.isatty() else ""
    width = 30 * done // total
    print(f"\ranswered {done}/{total} |{'#' * width:<30}|", end=end, file=sys.stderr, flush=True)


def line_of(question: Question, reply: Reply) -> dict[str, object]:
    """A row of the result file."""
    return record(
        question.system,
        question.query,
        reply.text,
        question.history,
        label=question.label,
        note=reply.note,
    )
