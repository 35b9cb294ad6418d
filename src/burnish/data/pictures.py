"""Conversions of rows that show a picture or a recording."""

from typing import Any

from burnish.data.cells import BadRow, Row, list_of, literal, needed, text_of
from burnish.data.conversions import Code, Made, any_of, columns


def ask(question: str, response: str, **names: str) -> Code:
    """A conversion that puts one question of ours to every row."""
    rename = columns(response=response, **names)
    return lambda row: {**rename(row), "query": question}


def _shown(row: Row, *names: str) -> Any:
    """The file that the first of these columns names. Raises BadRow where none does."""
    if (found := any_of(row, *names)) in (None, "", []):
        raise BadRow(f"it shows nothing: {' and '.join(names)} are empty or missing")
    return found


def m3it(row: Row) -> Made:
    """An instruction, perhaps with inputs, its outputs, and pictures as base64 text."""
    pictures = list_of({"image_base64_str": _shown(row, "image_base64_str")}, "image_base64_str")
    asked = (text_of(row, name) for name in ("instruction", "inputs"))
    return {
        "query": "\n".join(text for text in asked if text),
        "response": row.get("outputs"),
        "images": [f"data:;base64,{needed({'image': each}, 'image')}" for each in pictures],
    }


def list_pairs(row: Row) -> Made:
    """A list of rounds under `conversation`, and an image."""
    rounds = list_of(row, "conversation")
    pairs = [
        {
            "human": any_of(r, "user", "human", "question"),
            "assistant": any_of(r, "assistant", "gpt", "answer"),
        }
        for r in rounds
    ]
    return {"conversation": pairs, "images": _shown(row, "image")}


def pixelprose(row: Row) -> Made:
    """An image's address and its description."""
    caption = needed(row, "vlm_caption").strip().removeprefix("This image displays:").strip()
    return {"query": "Describe the image.", "response": caption, "images": _shown(row, "url")}


def sa1b(row: Row) -> Made:
    """An image's address and its Chinese description, perhaps inside an object written as text."""
    caption = any_of(row, "global_caption", "cap")
    if isinstance(caption, str) and caption.lstrip()[:1] == "{":
        caption = literal(caption, "cap").get("global_caption")
    return {
        "query": "请描述这张图片。",
        "response": caption,
        "images": _shown(row, "opensource_url", "url"),
    }


def aishell(row: Row) -> Made:
    """A recording and its words."""
    words = needed(row, "Text:LABEL").replace(" ", "")
    return {
        "query": "Write down what is said.",
        "response": words,
        "audios": _shown(row, "Audio:FILE"),
    }


def caption(row: Row) -> Made:
    """A picture and its caption, or the first of several."""
    said = any_of(row, "caption", "answer:Value")
    said = said[0] if isinstance(said, list) and said else said
    picture = _shown(row, "image:FILE", "image", "image_path")
    return {"query": "Describe the image in a sentence.", "response": said, "images": picture}


def rlaif_v(row: Row) -> Made:
    """A picture, a question and two answers."""
    made = columns(
        query="question", response="chosen", rejected_response="rejected", images="image"
    )
    return made(row)
