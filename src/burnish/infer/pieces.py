"""Token ids to pieces of text that are safe to print: joined they are the whole text."""

from collections.abc import Callable, Sequence

BROKEN = "\ufffd"
"""What a decoder writes for bytes that are no character, or not one yet."""


class TextPieces:
    """Takes ids one at a time and gives the text that each one completes.

    A token may hold a part of a character (one byte of an emoji), and a decoder may treat the
    first token of a text in its own way (drop its space). So each step decodes the last printed
    tokens together with the new ones and keeps the difference; what ends in a broken character
    waits for the next token.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._ids: list[int] = []
        self._context = 0  # where the printed tokens that give context begin
        self._printed = 0  # where the tokens begin that are not printed yet

    def push(self, token: int) -> str:
        """The text that `token` completes; "" while a character is unfinished."""
        self._ids.append(token)
        text = self._rest()
        if not text or text.endswith(BROKEN):
            return ""
        self._context, self._printed = self._printed, len(self._ids)
        return text

    def flush(self) -> str:
        """What still waits when the answer ends, broken or not."""
        text = self._rest()
        self._context = self._printed = len(self._ids)
        return text

    def _rest(self) -> str:
        before = self._decode(self._ids[self._context : self._printed])
        return self._decode(self._ids[self._context :])[len(before) :]
