"""A question and two answers of which one is better, in the shapes that different tools write."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from burnish.data.cells import BadRow, Row, kind_of, list_of, literal, needed, text_of
from burnish.data.draft import Draft, How, Purpose, history, turn_of
from burnish.data.roles import messages_of
from burnish.data.sample import Message

Found = TypeVar("Found")


def asked_in(row: Row, how: How) -> str:
    """Instruction and input as one question. Raises BadRow when both are empty."""
    instruction, more = text_of(row, "instruction"), text_of(row, "input")
    if instruction is None:
        raise BadRow("instruction is null")
    if not more:
        return instruction
    return f"{instruction}{how.separator}{more}" if instruction else more


def ranked_list(messages: list[Message], answers: list[Any], how: How) -> Draft:
    """Answers of which the first is the best; the second is the worse one of the pair."""
    if not answers and how.may_ask:
        return Draft(messages)
    if not answers:
        raise BadRow("output is an empty list")
    if len(answers) < 2 and how.purpose == "pair":
        raise BadRow("output holds one answer; a pair needs a better and a worse one")
    row = {f"answer {k} in output": answer for k, answer in enumerate(answers[:2], 1)}
    better, *worse = row
    draft = Draft([*messages, turn_of("assistant", needed(row, better))])
    if worse:
        answer = if_it_can(lambda: needed(row, worse[0]), how.purpose)
        draft.rejected = None if answer is None else turn_of("assistant", answer)
    return draft


def prompt_turns(given: Any, how: How) -> list[Message]:
    """A prompt that is text, a transcript of Human and Assistant, or a list of turns."""
    if isinstance(given, list):
        return messages_of(given, how.speakers)
    text = needed({"prompt": given}, "prompt")
    if text.lstrip().startswith("Human:") and text.rstrip().endswith("Assistant:"):
        return transcript(text)
    return [turn_of("user", text)]


def transcript(text: str, *, asks: bool = True) -> list[Message]:
    """The turns of "Human: ... Assistant: ..."; `asks`: an empty answer at the end is none.

    Raises BadRow for text that does not begin so.
    """
    messages: list[Message] = []
    for block in ("\n\n" + text.strip()).split("\n\nHuman:"):
        if not messages and not block.strip():
            continue
        if not messages and not text.lstrip().startswith("Human:"):
            raise BadRow("it is no conversation of 'Human: ... Assistant: ...'")
        question, *answers = block.split("\n\nAssistant:")
        if not answers and block.rstrip().endswith("Assistant:"):
            question, answers = block.rstrip().removesuffix("Assistant:"), [""]
        messages.append(turn_of("user", question.strip()))
        messages += [turn_of("assistant", answer.strip()) for answer in answers]
    last = messages[-1] if messages and asks else None
    return messages[:-1] if last and last.role == "assistant" and not last.text else messages


def messages_and_worse(row: Row, how: How) -> Draft:
    messages = messages_of(list_of(row, "messages"), how.speakers)
    if row.get("rejected_messages") is None:
        return Draft(messages)
    return _with_worse(messages, lambda: _turns(row, "rejected_messages", how), how)


def chosen_messages(row: Row, how: How) -> Draft:
    better = _turns(row, "chosen_messages", how)
    return _with_worse(better, lambda: _turns(row, "rejected_messages", how), how)


def preferred(row: Row, how: How) -> Draft:
    """OpenAI's pairs: an input with messages and tools, and two outputs as lists of turns."""
    given = row.get("input")
    if not isinstance(given, Mapping):
        raise BadRow(f"input is {kind_of(given)}, not an object with messages")
    asked = messages_of(list_of(given, "messages"), how.speakers)
    better = [*asked, *_turns(row, "preferred_output", how)]
    draft = _with_worse(better, lambda: [*asked, *_turns(row, "non_preferred_output", how)], how)
    draft.tools = given.get("tools")
    return draft


def ranked(row: Row, how: How) -> Draft:
    """A question, if it has a column of its own, and the answers `chosen` and `rejected`."""
    base = _base(row, how)
    better = _ending(row["chosen"], "chosen", base, how)
    return _with_worse(better, lambda: _ending(row.get("rejected"), "rejected", base, how), how)


def _base(row: Row, how: How) -> list[Message]:
    past = history(row.get("history"), None, how)
    if row.get("instruction") is not None:
        return [*past, turn_of("user", asked_in(row, how))]
    if row.get("query") is not None:
        return [*past, turn_of("user", needed(row, "query"))]
    if row.get("prompt") is not None:
        return [*past, *prompt_turns(row["prompt"], how)]
    for column in ("conversations", "messages"):
        if row.get(column) is not None:
            return messages_of(list_of(row, column), how.speakers)
    return past


def _ending(given: Any, column: str, base: list[Message], how: How) -> list[Message]:
    """The whole conversation that ends in one of the two answers."""
    if isinstance(given, str) and given[:1] == "[" and given[1:].lstrip()[:1] == "{":
        given = literal(given, column)
    if isinstance(given, Mapping):
        given = [given]
    if isinstance(given, list):
        turns = messages_of(given, how.speakers)
        asks = any(turn.role == "user" for turn in turns)
        return turns if asks or not base else [*base, *turns]
    text = needed({column: given}, column)
    if base:
        return [*base, turn_of("assistant", text)]
    if not text.lstrip().startswith("Human:"):
        raise BadRow(
            f"{column} has no question before it: it is no 'Human: ... Assistant: ...' and there "
            "is no column prompt, instruction, query, messages or conversations"
        )
    return transcript(text, asks=how.may_ask)


def _turns(row: Row, column: str, how: How) -> list[Message]:
    return messages_of(list_of(row, column), how.speakers)


def _with_worse(better: list[Message], worse: Callable[[], list[Message]], how: How) -> Draft:
    return Draft(better, rejected=if_it_can(lambda: worse_of(better, worse()), how.purpose))


def if_it_can(read: Callable[[], Found], purpose: Purpose) -> Found | None:
    """What `read` gives of the worse answer. Where no pair is asked for, it goes along for a copy
    of the rows, and None stands for one that cannot be read. Raises BadRow.
    """
    try:
        return read()
    except BadRow:
        if purpose == "pair":
            raise
        return None


def worse_of(better: list[Message], worse: list[Message]) -> Message:
    """The last answer of the worse conversation. Raises BadRow when they differ before."""
    if better == worse:
        raise BadRow("the better and the worse answer are the same")
    shared = next(
        (i for i, (a, b) in enumerate(zip(better, worse, strict=False)) if a != b),
        min(len(better), len(worse)),
    )
    ends = better[shared:], worse[shared:]
    if any(len(end) != 1 or end[0].role != "assistant" for end in ends):
        raise BadRow(
            f"the two conversations differ before their last answers: at turn {shared + 1} of "
            f"{len(better)} and {len(worse)}"
        )
    return ends[1][0]
