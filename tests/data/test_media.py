# ruff: noqa: E501  (a case of a table stays on one line)
import struct
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import samples, turns

from burnish.data.mapping import Mapping
from burnish.data.sample import Media, Message, Sample

A = {"role": "assistant", "content": "A"}


def shown(message: Message) -> list[str]:
    """The parts of a turn: text, and kind:path."""
    return [f"{p.media.kind}:{p.media.path}" if p.media else p.text for p in message.parts]


def first(folder: Path, row: dict[str, Any], mapping: Mapping | None = None) -> list[list[str]]:
    (sample,) = samples(folder, row, shows_media=True, mapping=mapping)
    assert isinstance(sample, Sample), sample
    return [shown(message) for message in sample.messages]


CASES: dict[str, tuple[dict[str, Any], list[list[str]]]] = {
    "a tag": ({"query": "See <image>?", "response": "A", "images": ["a.png"]}, [["See ", "image:a.png", "?"], ["A"]]),
    "a path alone": ({"query": "<image>Q", "response": "A", "image": "a.png"}, [["image:a.png", "Q"], ["A"]]),
    "no tag": ({"query": "Q", "response": "A", "images": ["a.png", "b.png"]}, [["image:a.png", "image:b.png", "Q"], ["A"]]),
    "fewer tags": ({"query": "Q<image>", "response": "A", "images": ["a.png", "b.png"]}, [["image:a.png", "Q", "image:b.png"], ["A"]]),
    "fewer tags, and later": ({"query": "Q<image>", "response": "A", "history": [["P", "B"], ["<image>", "C"]], "images": ["a.png", "b.png", "b.png"]}, [["image:a.png", "P"], ["B"], ["image:b.png"], ["C"], ["Q", "image:b.png"], ["A"]]),
    "every kind": ({"query": "Q", "response": "A", "images": ["a.png"], "videos": ["b.mp4"], "audios": ["c.wav"]}, [["audio:c.wav", "image:a.png", "video:b.mp4", "Q"], ["A"]]),
    "history first": ({"query": "<image>Q", "response": "A", "history": [["<image>P", "B"]], "images": ["a.png", "b.png"]}, [["image:a.png", "P"], ["B"], ["image:b.png", "Q"], ["A"]]),
    "null entries": ({"query": "<image>Q", "response": "A", "images": [None, "a.png"]}, [["image:a.png", "Q"], ["A"]]),
    "inline": ({"query": "<img>a.png</img>Q", "response": "A"}, [["image:a.png", "Q"], ["A"]]),
    "inline audio": ({"query": "<audio>a.wav</audio>Q <video>b.mp4</video>", "response": "A"}, [["audio:a.wav", "Q ", "video:b.mp4"], ["A"]]),
    "an empty question": ({"query": "", "response": "A", "images": ["a.png"]}, [["image:a.png"], ["A"]]),
    "no question": ({"response": "A", "images": ["a.png"]}, [["image:a.png"], ["A"]]),
    "a list as text": ({"query": "Q", "response": "A", "images": '["a.png"]'}, [["image:a.png", "Q"], ["A"]]),
    "bytes of a file": ({"query": "Q", "response": "A", "images": [{"path": "a.png"}]}, [["image:a.png", "Q"], ["A"]]),
    "parts": ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png"}}, {"type": "text", "text": "Q"}]}, A]}, [["image:a.png", "Q"], ["A"]]),
    "parts with a column": ({"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Q"}]}, A], "images": ["a.png"]}, [["image:a.png", "Q"], ["A"]]),
    "parts of other makers": ({"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, {"type": "video", "video": "v.mp4"}]}, A]}, [["audio:data:;base64,AAAA", "video:v.mp4"], ["A"]]),
    "no box to convert": ({"query": "<ref-object>?", "response": "<bbox>", "images": ["a.png"], "objects": '[{"caption": "cat", "bbox": [1, 2, 30, 40], "bbox_type": "norm_1000"}]'}, [["image:a.png", "cat?"], ["[(1,2),(30,40)]"]]),
    "boxes of one": ({"query": "Q", "response": "<bbox>", "images": ["a.png"], "objects": [{"bbox": [[0, 0, 0.5, 1], [0.25, 0, 1, 1]], "bbox_type": "norm_1"}]}, [["image:a.png", "Q"], ["[(0,0),(499,999)],[(249,0),(999,999)]"]]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_files_stand_where_the_row_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, wanted = CASES[name]
    monkeypatch.chdir(tmp_path)
    for file in ("a.png", "b.png", "a.wav", "c.wav", "b.mp4", "v.mp4"):
        Path(file).touch()
    assert first(tmp_path, row) == wanted


def test_boxes_in_pixels_become_thousandths_of_the_image(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 200, 100) + bytes(8)
    )
    row = {
        "query": "<image>Where is <ref-object>?",
        "response": "<bbox>",
        "images": ["a.png"],
        "objects": [
            {"caption": "cat", "bbox": [20, 50, 200, 100], "bbox_type": "real", "image": 0}
        ],
    }
    (question, answer) = first(tmp_path, row)
    assert question == [f"image:{tmp_path / 'a.png'}", "Where is cat?"]
    assert answer == ["[(99,499),(999,999)]"]


def test_a_registry_entry_may_name_the_tag_and_the_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").touch()
    settings = {"media_type": "image", "media_key": "picture", "media_tag": "[PIC]"}
    row = {
        "conversations": [{"from": "human", "value": "Q[PIC]"}, {"from": "gpt", "value": "A"}],
        "picture": "a.png",
    }
    assert first(tmp_path, row, Mapping(conversations=settings)) == [["Q", "image:a.png"], ["A"]]


def test_tags_are_text_where_a_row_has_no_files(tmp_path: Path) -> None:
    row = {"query": "What is <video> in HTML?", "response": "A tag, as <image> is none."}
    (sample,) = samples(tmp_path, row)
    assert isinstance(sample, Sample) and sample.messages[0].text == row["query"]
    assert sample.messages[0].parts[0].media is None


def test_media_are_never_dropped_for_a_text_model(tmp_path: Path) -> None:
    rows = [
        {"query": "Q", "response": "A", "images": ["a.png"]},
        {"query": "<img>a.png</img>Q", "response": "A"},
    ]
    for found in samples(tmp_path, *rows):
        assert found == "it shows an image, and the model reads text alone"


def test_a_file_in_an_answer_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    rows = [
        {"query": "Q", "response": "<image>A", "images": "a.png"},
        {"query": "Q", "response": "A", "history": [["P", "<img>a.png</img>"]]},
    ]
    for found in samples(tmp_path, *rows, shows_media=True):
        assert isinstance(found, str)
        assert found.startswith("an answer shows an image (a.png): files are read in questions")
    (asked,) = samples(tmp_path, rows[0], shows_media=True, purpose="prompt")
    assert isinstance(asked, Sample)  # its answer is compared with, and not read


def test_a_file_beside_the_data_is_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(b"x")
    row = {"query": "<audio>Q", "response": "A", "audios": ["clip.wav"]}
    (sample,) = samples(tmp_path, row, shows_media=True)
    assert isinstance(sample, Sample)
    assert sample.messages[0].parts[0].media == Media("audio", str(tmp_path / "clip.wav"))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"query": "Q", "response": "A", "images": ["gone.png"]},
        {"query": "<img>/no/such.png</img>Q", "response": "A"},
        {"messages": [{"role": "user", "content": [{"type": "image", "image": "b.png"}]}, A]},
        {
            "query": "Q",
            "response": "A",
            "images": ["https://x.test/a.png", "data:image/png;base64,AA"],
        },
    ]
    *lost, kept = samples(tmp_path, *rows, shows_media=True)
    assert lost == [
        f"a file that it shows is not there: {path}"
        for path in ("gone.png", "/no/such.png", "b.png")
    ]
    assert isinstance(kept, Sample)


def test_every_way_to_name_a_file_looks_beside_the_data(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    beside = tmp_path / "pictures" / "a.png"
    beside.touch()
    for path in ("pictures/a.png", "data/pictures/a.png"):  # where the rows were written: data/
        for row in (
            {"query": f"<img>{path}</img>", "response": "A"},
            {"query": "", "response": "A", "images": path},
            {"messages": [{"role": "user", "content": [{"type": "image", "image": path}]}, A]},
        ):
            assert first(tmp_path, row) == [[f"image:{beside}"], ["A"]]


def test_both_answers_of_a_pair_have_their_files_and_boxes(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    objects = [{"caption": "cat", "bbox": [1, 2, 3, 4], "bbox_type": "norm_1000"}]
    row = {
        "query": "<image>Q",
        "response": "<ref-object>",
        "rejected_response": "<bbox>",
        "images": ["a.png"],
        "objects": objects,
    }
    (sample,) = samples(tmp_path, row, shows_media=True, purpose="pair")
    assert isinstance(sample, Sample) and sample.rejected
    assert (sample.messages[1].text, sample.rejected.text) == ("cat", "[(1,2),(3,4)]")


def test_a_column_objects_of_something_else_is_let_be(tmp_path: Path) -> None:
    (sample,) = samples(tmp_path, {"query": "Q", "response": "A", "objects": ["chair"]})
    assert isinstance(sample, Sample)


@pytest.mark.parametrize("given", [[], None, ""])
def test_a_tag_beside_an_empty_column_is_refused(tmp_path: Path, given: Any) -> None:
    wanted = "there are more <image> tags than images: 0 given"
    row = {"query": "<image>Q", "response": "A", "images": given}
    assert samples(tmp_path, row) == [wanted]
    assert samples(tmp_path, {**row, "query": "Q", "response": "see <image>"}) == [wanted]
    lone = {"response": "text with <image>", "images": given}
    assert samples(tmp_path, lone) == ["its text has tags of files, and its columns name none"]
    (fine,) = samples(tmp_path, {"query": "a < b", "response": "A", "images": given})
    assert turns(fine) == [("user", "a < b"), ("assistant", "A")]


def test_a_tag_without_any_column_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = {
        "messages": [{"role": "user", "content": "<video>"}, {"role": "assistant", "content": "A"}]
    }
    first, second = samples(tmp_path, row, row)
    assert turns(first) == turns(second) == [("user", "<video>"), ("assistant", "A")]
    assert caplog.text.count("t.jsonl:1 holds <image>, <audio> or <video>") == 1
