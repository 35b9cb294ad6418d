"""Flags to the report, on real files with a tokenizer of bytes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from burnish.commands.check import COMMAND
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data.audit import Audit
from burnish.data.examine import examine, spread
from burnish.data.template import Template

Examine = Callable[..., Audit]


@pytest.fixture
def report(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    for name, rows in {"a": 4, "b": 12}.items():
        lines = [{"query": f"{name}{k}", "response": "yes"} for k in range(1, rows + 1)]
        lines.append({"query": "x", "response": None})
        Path(f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def make(*dataset: str, template: Template = template, **flags: Any) -> Audit:
        config = resolve(COMMAND, {"model_type": "demo", "dataset": list(dataset), **flags})
        return examine(config, template, "demo")

    return make


def shown(audit: Audit) -> list[str]:
    return [str(one.sample) for one in audit.shown]


def test_samples_are_spread_over_every_data_set(report: Examine) -> None:
    audit = report("a.jsonl", "b.jsonl", samples=5)
    assert shown(audit) == ["a.jsonl:1", "b.jsonl:1", "a.jsonl:2", "b.jsonl:3", "a.jsonl:3"]
    assert [(s.name, s.samples, s.use) for s in audit.sets] == [
        ("a.jsonl", 4, "train"),
        ("b.jsonl", 12, "train"),
    ]
    assert (audit.samples, audit.sequences, audit.lost) == (16, 16, 2)
    assert audit.roles.samples == audit.roles.of == 16
    assert sum(c.tokens for c in audit.roles.counts.values()) == audit.total.tokens
    assert sum(c.trained for c in audit.roles.counts.values()) == audit.total.trained


def test_rows_are_found_by_number_in_every_data_set(report: Examine) -> None:
    assert shown(report("a.jsonl", "b.jsonl", rows=[12, 2])) == [
        "a.jsonl:2",
        "b.jsonl:12",
        "b.jsonl:2",
    ]
    with pytest.raises(DataError, match="--rows 5 99: no usable row"):
        report("a.jsonl", rows=[1, 5, 99])


def test_a_row_that_is_repeated_is_shown_once_and_counted_as_trained(report: Examine) -> None:
    audit = report("a.jsonl#10", rows=[2])
    assert shown(audit) == ["a.jsonl:2"]
    assert audit.samples == 10


def test_validation_has_figures_of_its_own(report: Examine) -> None:
    audit = report("a.jsonl", val_dataset=["b.jsonl"], samples=2)
    assert [(s.name, s.use) for s in audit.sets] == [
        ("a.jsonl", "train"),
        ("b.jsonl", "validation"),
    ]
    assert audit.samples == 4
    assert shown(audit) == ["a.jsonl:1", "b.jsonl:1"]
    only = report(val_dataset=["b.jsonl"], fix="out/f.jsonl")
    assert only.lengths is None and only.packing is None and only.samples == 0
    assert len(Path("out/f.jsonl").read_text().splitlines()) == 12


def test_pairs_labels_and_questions(report: Examine) -> None:
    rows = [
        {"query": "q1", "response": "yes", "rejected_response": "no", "label": True},
        {"query": "q2", "response": "si", "rejected_response": "nono", "label": False},
        {"query": "q3"},
    ]
    Path("c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    audit = report("c.jsonl", purpose="pair", samples=1)
    assert [one.title for one in audit.shown] == [
        "c.jsonl:1, better answer",
        "c.jsonl:1, worse answer",
    ]
    assert [(j.name, j.answers, j.counts.trained) for j in audit.judged] == [
        ("better", 2, len("yes" + "si") + 2),
        ("worse", 2, len("no" + "nono") + 2),
    ]
    assert (audit.samples, audit.sequences, audit.lost) == (2, 4, 1)
    assert audit.unrolled.samples == 0 and audit.packing is None
    audit = report("c.jsonl", purpose="label", samples=2)
    assert [one.title for one in audit.shown] == ["c.jsonl:1, good answer", "c.jsonl:2, bad answer"]
    assert [(j.name, j.answers) for j in audit.judged] == [("good", 1), ("bad", 1)]
    audit = report("c.jsonl", purpose="prompt", samples=1)
    assert (audit.samples, audit.total.trained, audit.lost, audit.judged) == (3, 0, 0, [])
    assert [one.title for one in audit.shown] == ["c.jsonl:1"]


def test_a_copy_does_not_leave_labels_out(report: Examine) -> None:
    rows = [{"query": "q", "response": "a", "label": label} for label in (True, False)]
    rows.append({"text": "plain", "label": False})
    Path("c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert report("c.jsonl").lost == 2
    with pytest.raises(DataError, match=r"2 rows whose label is false .*c\.jsonl:2.*purpose label"):
        report("c.jsonl", fix="out.jsonl")
    assert not Path("out.jsonl").exists()
    report("c.jsonl", fix="out.jsonl", purpose="label")
    kept = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["label"] for row in kept] == [True, False]


def test_files_are_looked_for_each_time(report: Examine, template: Template) -> None:
    sees = Template(
        template.tokenizer,
        template.jinja.replace(
            "message.content",
            "(message.content if message.content is string else"
            " message.content | map(attribute='text', default='<file>') | join)",
        ),
        name="own",
    )
    row = {"query": "<image>?", "response": "A cup.", "images": ["cup.png"]}
    Path("c.jsonl").write_text("".join(json.dumps({**row, "query": q}) + "\n" for q in ("", "?")))
    with pytest.raises(DataError, match=r"a file that it shows is not there: cup\.png"):
        report("c.jsonl", template=sees)
    Path("cup.png").touch()
    audit = report("c.jsonl", template=sees)
    assert audit.samples == 2 and list(audit.notes.values()) == [2]
    Path("cup.png").unlink()
    with pytest.raises(DataError, match=r"cup\.png"):
        report("c.jsonl", template=sees)
    with pytest.raises(DataError, match="reads text alone"):
        report("c.jsonl")


def test_nothing_usable_is_an_error(report: Examine) -> None:
    with pytest.raises(DataError, match="longer than --max_length"):
        report("a.jsonl", max_length=3)


def test_spread() -> None:
    assert spread([1, 2, 3], 5) == [1, 2, 3]
    assert spread(list(range(100)), 4) == [0, 25, 50, 75]
    assert spread([], 3) == []
