"""Talking to a model in the terminal: prompt, commands, answers that appear as they are made."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from burnish.config.groups.infer import InferGroup
from burnish.core.errors import BurnishError, TemplateError
from burnish.data.sample import Message
from burnish.infer.base import Reply, Request, Stream
from burnish.infer.results import Results, record
from burnish.infer.session import Session

HELP = """\
exit or quit ends the chat · clear forgets what was said · reset-system asks for a system prompt
multi-line takes inputs of several lines that end with # · single-line goes back
a command acts on its own line, among several lines as the first one · Ctrl-C stops an answer"""
ENDS = ("exit", "quit")
COMMANDS = (*ENDS, "clear", "reset-system", "multi-line", "single-line")
RULE = "-" * 50
END_OF_LINES = "#"


@dataclass
class Chat:
    """One conversation, and the mode its input is read in."""

    session: Session
    system: str | None = None
    """As typed after reset-system; None: the template's or the run's own."""
    history: list[tuple[str, str]] = field(default_factory=list)
    is_multi_line: bool = False
    asks_system: bool = False

    @property
    def prompt(self) -> str:
        """What stands before an input: <<<, with M for several lines and S for a system prompt."""
        marks = "M" * self.is_multi_line + "S" * self.asks_system
        return f"<<<[{marks}] " if marks else "<<< "

    def obey(self, text: str) -> bool:
        """Do what a command says; whether `text` was one."""
        match text.strip().lower():
            case "clear":
                self.history.clear()
            case "reset-system":
                self.asks_system = True
            case "multi-line":
                self.is_multi_line = True
            case "single-line":
                self.is_multi_line = False
            case _:
                return False
        return True

    def set_system(self, text: str) -> None:
        """Start over with another system prompt; an empty one means the template's own."""
        self.system = text if text.strip() else None
        self.history.clear()
        self.asks_system = False

    def request(self, query: str) -> Request:
        """The conversation so far, and the new question."""
        messages = [] if self.system is None else [Message.of("system", self.system)]
        for question, answer in self.history:
            messages += [Message.of("user", question), Message.of("assistant", answer)]
        messages.append(Message.of("user", query))
        return Request(messages=tuple(messages), sampling=self.session.sampling)

    def heard(self, query: str, reply: Reply) -> None:
        """Remember a round, but for refused questions; a template of plain text has no rounds."""
        if reply.finish_reason != "refused" and not self.session.template.is_generation:
            self.history.append((query, reply.text))


def chat(session: Session) -> Path | None:
    """Read, answer, print, until exit or the end of the input; returns the file of answers."""
    state = Chat(session)
    note(HELP)
    enable_editing()
    with Results(session.folder) as results:
        while (text := read(state)) is not None:
            if text.strip().lower() in ENDS:
                break
            if state.asks_system:
                state.set_system(text)
            elif text.strip() and not state.obey(text):
                answer(state, text, results)
        return results.path


def answer(state: Chat, query: str, results: Results) -> None:
    """One round: print the answer, then 50 dashes, and keep both."""
    session = state.session
    try:
        reply = speak(session, state.request(query), session.config[InferGroup].stream)
    except TemplateError as error:  # it refuses this conversation; another one may do
        return note(str(error))
    print(RULE, flush=True)
    if reply.note:
        note(reply.note)
    elif reply.finish_reason == "length":
        note(f"(cut off after {reply.completion_tokens} tokens: --max_new_tokens or the context)")
    elif reply.finish_reason == "interrupted":
        note("(stopped)")
    system = system_in_use(session, state.system)
    results.write(record(system, query, reply.text, state.history, note=reply.note))
    state.heard(query, reply)


def speak(session: Session, request: Request, stream: bool) -> Reply:
    """Print the answer, as it is made or at its end; Ctrl-C ends this answer and nothing else."""
    pieces = session.engine.stream(request)
    try:
        show(pieces, stream)
    except KeyboardInterrupt:
        pieces.stop()
        show(pieces, stream)  # the token being made still comes
    assert pieces.reply is not None
    print("" if stream else pieces.reply.text, flush=True)
    return pieces.reply


def show(pieces: Stream, stream: bool) -> None:
    """Take all pieces, printing them if they are to be seen as they come."""
    for piece in pieces:
        if stream:
            print(piece, end="", flush=True)


def read(state: Chat) -> str | None:
    """The next input; None at the end of the input. Ctrl-C here ends the chat."""
    lines: list[str] = []
    while True:
        try:
            line = input(state.prompt if not lines else "")
        except EOFError:
            print(flush=True)
            return "\n".join(lines) if lines else None
        except UnicodeDecodeError as error:
            raise BurnishError(f"the input is not UTF-8: {error}") from error
        line = line.encode("utf-8", "replace").decode(
            "utf-8"
        )  # half a character, from some terminals
        if not state.is_multi_line or (not any(lines) and is_command(state, line)):
            return line
        if line.endswith(END_OF_LINES):
            return "\n".join([*lines, line.removesuffix(END_OF_LINES)])
        lines.append(line)


def is_command(state: Chat, line: str) -> bool:
    """Whether a line is a command; while a system prompt is asked for, only the end of the chat."""
    return line.strip().lower() in (ENDS if state.asks_system else COMMANDS)


def system_in_use(session: Session, given: str | None) -> str | None:
    """The system prompt that the model is shown: given here, of the run, or of the template."""
    for system in (given, session.template.system):
        if system is not None:
            return system or None
    return session.template.default_system or None


def enable_editing() -> None:
    """Arrow keys and a history of inputs, where the terminal and Python have them."""
    if sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import_module("readline")


def note(text: str) -> None:
    """A line for the person, beside the answers."""
    print(text, file=sys.stderr, flush=True)
