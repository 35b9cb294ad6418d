"""Images, videos and sounds of a row: columns, tags in texts, inline paths and boxes, to parts."""

import base64
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from os.path import exists  # false, too, for a name that no file can have
from pathlib import Path
from typing import Any, Literal

from burnish.data.cells import BadRow, Row, kind_of, literal
from burnish.data.picture import size_of
from burnish.data.sample import Media, Message, Part

Kind = Literal["image", "audio", "video"]
KINDS: tuple[Kind, ...] = ("audio", "image", "video")
"""In the order in which media without a tag are put before the first question."""
COLUMNS: dict[Kind, tuple[str, ...]] = {
    "image": ("images", "image"),
    "audio": ("audios", "audio"),
    "video": ("videos", "video"),
}
NAMES = tuple(name for names in COLUMNS.values() for name in names)
TAGS = re.compile(r"<(image|audio|video)>")
INLINE = re.compile(r"<(img|audio|video)>([^<\n]+)</\1>")
BOXES = re.compile(r"<(ref-object|bbox)>")
LONGEST = 1000
"""Characters of a path; what is longer is a file's contents."""
STEPS = 999
"""The largest coordinate of norm_1000."""
PART_KINDS: dict[str, Kind] = {
    "image": "image",
    "image_url": "image",
    "input_image": "image",
    "audio": "audio",
    "audio_url": "audio",
    "input_audio": "audio",
    "video": "video",
    "video_url": "video",
}


def has_inline(text: str) -> bool:
    """Whether a file's path stands in the text, as in <img>cup.png</img>."""
    return "</" in text and INLINE.search(text) is not None


def has_tag(value: Any) -> bool:
    """Whether <image>, <audio> or <video> stands in a text in it."""
    if isinstance(value, str):
        return "<" in value and TAGS.search(value) is not None
    if isinstance(value, Mapping):
        return any(map(has_tag, value.values()))
    return isinstance(value, (list, tuple)) and any(map(has_tag, value))


def media_part(piece: Mapping[str, Any]) -> Part | None:
    """A content part that shows a file, or a tag where the file stands in a column of the row; None
    for other parts. Raises BadRow.
    """
    name = piece.get("type")
    kind = PART_KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    keys = (str(name), kind, "value", "url", "path")
    given = next((piece[key] for key in keys if piece.get(key)), None)
    if given is None:
        return Part(f"<{kind}>")
    return Part(media=Media(kind, _path(given, str(name))))


def located(messages: Sequence[Message], folder: Path) -> list[Message]:
    """The turns with the files that they show found on this disk. Raises BadRow for one that is
    not there; URLs are not asked.
    """
    return [
        replace(m, parts=tuple(_located(part, folder) for part in m.parts))
        if any(part.media for part in m.parts)
        else m
        for m in messages
    ]


def _located(part: Part, folder: Path) -> Part:
    if part.media is None or _is_elsewhere(part.media.path):
        return part
    path = _found(part.media.path, folder)
    if not exists(path):
        raise BadRow(f"a file that it shows is not there: {path}")
    return Part(media=replace(part.media, path=path))


def _is_elsewhere(path: str) -> bool:
    """Whether it is a URL, or holds the file itself."""
    return len(path) > LONGEST or "://" in path or path.startswith("data:")


def _path(given: Any, where: str) -> str:
    """A path, URL or data URL, as text or inside an object. Raises BadRow."""
    if isinstance(given, str) and given.strip():
        return given
    if isinstance(given, Mapping):
        inner = next((given[k] for k in ("url", "path") if given.get(k)), None)
        if isinstance(inner, str):
            return inner
        if isinstance(data := given.get("data"), str) and data:
            return data if _is_elsewhere(data) else f"data:;base64,{data}"
        if isinstance(given.get("bytes"), bytes):
            return f"data:;base64,{base64.b64encode(given['bytes']).decode()}"
    raise BadRow(f"{where} holds {kind_of(given)} in place of a path")


def listed(row: Row) -> dict[Kind, list[str]]:
    """The files that the columns of a row name, by kind; null entries are none. Raises BadRow."""
    found: dict[Kind, list[str]] = {}
    for kind, names in COLUMNS.items():
        for name in names:
            given = row.get(name)
            if isinstance(given, str) and given.lstrip()[:1] == "[":
                given = literal(given, name)
            if given in (None, "", []):
                continue
            entries = given if isinstance(given, (list, tuple)) else [given]
            paths = [_path(entry, name) for entry in entries if entry not in (None, "")]
            found.setdefault(kind, []).extend(paths)
    return found


def place(
    messages: Sequence[Message], row: Row, folder: Path, tag: tuple[Kind, str] | None = None
) -> list[Message]:
    """The turns with every file at its tag. Where there are more files than tags, the first files
    of a kind stand before the first question, as if their tags had been put there.

    `tag` is how the data writes one kind's tag, where it is not <image> and so on. Raises BadRow
    for more tags than files, both inline and listed files of a kind, or boxes that do not fit.
    """
    files = listed(row)
    if tag is not None:
        messages = [_map(m, lambda text: text.replace(tag[1], f"<{tag[0]}>")) for m in messages]
    messages = [_inline(message, files) for message in messages]
    messages = _boxed(messages, row, files, folder)
    tags = Counter(tag for m in messages for part in m.parts for tag in TAGS.findall(part.text))
    untagged = {kind: max(len(paths) - tags[kind], 0) for kind, paths in files.items()}
    left = {kind: iter(paths[untagged[kind] :]) for kind, paths in files.items()}
    placed = [_at_tags(message, left, files) for message in messages]
    missing = [
        Part(media=Media(kind, path))
        for kind in KINDS
        for path in files.get(kind, ())[: untagged.get(kind, 0)]
    ]
    first = next((i for i, m in enumerate(placed) if m.role == "user"), None)
    if not missing:
        return placed
    if first is None:
        raise BadRow("it has files to show and no question to show them in")
    asked = placed[first]
    placed[first] = replace(asked, parts=(*missing, *(p for p in asked.parts if p != Part(""))))
    return placed


def _map(message: Message, change: Any) -> Message:
    parts = tuple(p if p.media else Part(change(p.text)) for p in message.parts)
    return replace(message, parts=parts)


def _inline(message: Message, files: Mapping[Kind, list[str]]) -> Message:
    """Inline paths as parts of their own. Raises BadRow where a column lists the kind too."""
    if not any(has_inline(part.text) for part in message.parts):
        return message
    parts: list[Part] = []
    for part in message.parts:
        end = 0
        for match in INLINE.finditer(part.text):
            kind: Kind = "image" if match[1] == "img" else match[1]  # type: ignore[assignment]
            if files.get(kind):
                raise BadRow(f"{kind}s stand both in the text (<{match[1]}>) and in a column")
            parts += [Part(part.text[end : match.start()]), Part(media=Media(kind, match[2]))]
            end = match.end()
        parts.append(replace(part, text=part.text[end:]))
    return replace(message, parts=_full(parts))


def _full(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts that hold something."""
    return tuple(part for part in parts if part.media or part.text)


def _at_tags(
    message: Message,
    left: Mapping[Kind, Any],
    files: Mapping[Kind, list[str]],
) -> Message:
    """The turn with its tags replaced by the next files of their kinds. Raises BadRow."""
    if not any("<" in part.text for part in message.parts):
        return message
    parts: list[Part] = []
    for part in message.parts:
        end = 0
        for match in TAGS.finditer(part.text):
            kind: Kind = match[1]  # type: ignore[assignment]
            path = next(left.get(kind, iter(())), None)
            if path is None:
                there = len(files.get(kind, ()))
                raise BadRow(f"there are more <{kind}> tags than {kind}s: {there} given")
            parts += [Part(part.text[end : match.start()]), Part(media=Media(kind, path))]
            end = match.end()
        parts.append(replace(part, text=part.text[end:]))
    return replace(message, parts=_full(parts))


def _found(path: str, folder: Path) -> str:
    """A path relative to the working directory, or else to the data file's folder, or else to that
    folder under the name that it had where the rows were written (data/cup.png).
    """
    if _is_elsewhere(path) or Path(path).is_absolute() or exists(path):
        return path
    inner = Path(path).parts[1:]
    places = (folder / path, *([folder.joinpath(*inner)] if inner else ()))
    return next((str(place) for place in places if exists(place)), path)


def _boxed(
    messages: list[Message], row: Row, files: Mapping[Kind, list[str]], folder: Path
) -> list[Message]:
    """<ref-object> and <bbox> replaced by the captions and boxes of `objects`, in order."""
    if row.get("objects") is None or not any(BOXES.search(m.text) for m in messages):
        return messages
    given = literal(row["objects"], "objects") or []
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise BadRow("objects is not a list of objects with caption and bbox")
    captions = iter([each.get("caption") for each in given])
    boxes = iter([each for each in given if each.get("bbox") is not None])

    def write(match: re.Match[str]) -> str:
        if match[1] == "bbox":
            if (each := next(boxes, None)) is None:
                raise BadRow("there are more <bbox> tags than boxes in objects")
            return _box(each, files.get("image", []), folder)
        if not isinstance(caption := next(captions, None), str):
            raise BadRow("there are more <ref-object> tags than captions in objects")
        return caption

    return [_map(message, lambda text: BOXES.sub(write, text)) for message in messages]


def _box(given: Mapping[str, Any], images: Sequence[str], folder: Path) -> str:
    """The text of an object's box or boxes, in thousandths of its image. Raises BadRow."""
    boxes = given["bbox"]
    if isinstance(boxes, list) and boxes and not isinstance(boxes[0], list):
        boxes = [boxes]
    if not isinstance(boxes, list) or not boxes or not all(map(_is_box, boxes)):
        raise BadRow(f"a bbox is no [x1, y1, x2, y2]: {json.dumps(given['bbox'])[:60]}")
    kind = given.get("bbox_type", "real")
    if kind not in ("real", "norm_1000", "norm_1"):
        raise BadRow(f"bbox_type is {kind!r}, not real, norm_1000 or norm_1")
    width, height = 1.0, 1.0
    if kind == "real":
        width, height = _size(given.get("image", 0), images, folder)
    texts = []
    for box in boxes:
        if kind == "norm_1000":
            x1, y1, x2, y2 = map(int, box)
        else:
            x1, x2 = (int(x / width * STEPS) for x in (box[0], box[2]))
            y1, y2 = (int(y / height * STEPS) for y in (box[1], box[3]))
        texts.append(f"[({x1},{y1}),({x2},{y2})]")
    return ",".join(texts)


def _is_box(box: Any) -> bool:
    return (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in box)
        and all(map(math.isfinite, box))
    )


def _size(index: Any, images: Sequence[str], folder: Path) -> tuple[float, float]:
    if not isinstance(index, int) or not 0 <= index < len(images):
        raise BadRow(f"a box belongs to image {index!r}; the row has {len(images)}")
    path = Path(_found(images[index], folder))
    size = size_of(path)
    if size is None:
        raise BadRow(
            f"a box counts pixels of {images[index]}, whose size cannot be read: no local PNG, "
            "JPEG, GIF, WebP or BMP file"
        )
    return size
