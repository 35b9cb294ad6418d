"""Answering a data set: the right rows, in order, with what was asked and what was expected."""

import json
import shutil

import pytest
from tests.fixtures_model import infer_config, tiny_checkpoint, tiny_model_folder

from burnish.core.errors import DataError
from burnish.data.items import read_samples
from burnish.data.rejects import Rejects
from burnish.data.sample import Message, Part, Sample, SampleId, ToolCall
from burnish.infer.batch import (
    ROWS,
    TOKENS,
    answer_samples,
    batches,
    draw,
    pairs,
    spoken,
    validation_samples,
)
from burnish.infer.session import open_session


def sample(number, *turns, **more):
    messages = tuple(Message.of(role, text) for role, text in turns)
    return Sample(SampleId("rows.jsonl", number), messages, **more)


def question(number, text, answer="right"):
    return sample(number, ("user", text), ("assistant", answer))


SAMPLES = [
    question(1, "a long question " * 9),
    sample(2, ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), system="S"),
    question(3, "short"),
    sample(4, ("user", "no answer to compare with")),
    question(5, "x" * 600),
    sample(6, ("system", "in the turns"), ("user", "q"), ("assistant", "r")),
    Sample(SampleId("rows.jsonl", 7), (), text="plain text"),
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    base = tiny_model_folder(tmp_path_factory.mktemp("base"))
    return tiny_checkpoint(base, tmp_path_factory.mktemp("run") / "checkpoint-1")


def answer(checkpoint, samples, **flags):
    flags = {"max_new_tokens": 6, "do_sample": False, "eval_human": True, **flags}
    session = open_session(infer_config(ckpt_dir=checkpoint, **flags))
    path = answer_samples(session, samples)
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("verbose", [True, False])
def test_rows_in_their_order_with_everything_that_was_asked(checkpoint, verbose, capsys):
    rows = answer(checkpoint, SAMPLES, verbose=verbose)
    assert [row["label"] for row in rows] == ["right", "d", "right", None, "right", "r", None]
    assert [row["system"] for row in rows] == [None, "S", None, None, None, "in the turns", None]
    assert rows[1]["query"] == "c" and rows[1]["history"] == [["a", "b"]]
    assert list(rows[0]) == ["system", "query", "response", "label", "history"]
    assert rows[4]["response"] == "" and "context holds 512" in rows[4]["note"]
    assert rows[6]["response"] == "" and "plain text" in rows[6]["note"]
    out = capsys.readouterr().out
    assert out.splitlines()[-1].endswith(".jsonl"), "the path of the results comes last"
    assert ("[QUERY]short" in out) == verbose
    if verbose:
        assert f"[SYSTEM]S\n[QUERY]c\n[RESPONSE]{rows[1]['response']}\n[LABELS]d\n" in out


def test_batched_answers_are_those_of_one_by_one(checkpoint):
    assert answer(checkpoint, SAMPLES, verbose=True) == answer(checkpoint, SAMPLES, verbose=False)


def test_some_rows_at_random(checkpoint):
    samples = [question(n, f"row {n}") for n in range(30)]
    rows = answer(checkpoint, samples, show_dataset_sample=5)
    assert len(rows) == 5
    numbers = [int(row["query"].split()[1]) for row in rows]
    assert numbers == sorted(numbers) != list(range(5))
    assert [row["query"] for row in answer(checkpoint, samples, show_dataset_sample=5)] == [
        row["query"] for row in rows
    ]
    assert draw(samples, -1, 0) == draw(samples, 99, 0) == samples


def test_nothing_to_answer(checkpoint):
    with pytest.raises(DataError, match="--dataset_test_ratio"):
        answer(checkpoint, [])


def test_a_killed_run_keeps_what_it_answered(checkpoint, monkeypatch):
    session = open_session(infer_config(ckpt_dir=checkpoint, max_new_tokens=4, verbose=True))
    spoken = session.engine.stream
    calls = []

    def stream(request):
        calls.append(request)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return spoken(request)

    monkeypatch.setattr(session.engine, "stream", stream)
    before = set((session.folder / "infer_result").glob("*"))
    with pytest.raises(KeyboardInterrupt):
        answer_samples(session, [question(n, "x") for n in range(5)])
    (path,) = set((session.folder / "infer_result").glob("*")) - before
    assert len(path.read_text().splitlines()) == 2


def test_rows_kept_aside_are_those_of_training(tmp_path):
    """Rows without an answer take no part in the draw: training cannot use them."""
    rows = tmp_path / "rows.jsonl"
    answered = [{"query": f"q{n}", "response": f"r{n}"} for n in range(20)]
    mixed = [row for pair in zip(answered, [{"query": "?"}] * 20, strict=True) for row in pair]
    rows.write_text("\n".join(json.dumps(row) for row in mixed))
    base = {"model_id_or_path": str(tiny_model_folder(tmp_path / "base"))}
    config = infer_config(**base, dataset=[str(rows)], dataset_test_ratio=0.2)
    trained = read_samples(config, Rejects())
    kept, _ = validation_samples(config)
    assert [s.id.row for s in kept] == [s.id.row for s in trained.validation] and len(kept) == 4
    whole = infer_config(**base, dataset=[str(rows)], dataset_test_ratio=1)
    assert len(validation_samples(whole)[0]) == 40, "nothing is trained: every row is asked"


def test_a_data_set_beside_the_one_to_answer_is_not_read(tmp_path):
    (tmp_path / "ask.jsonl").write_text('{"query": "a"}')
    flags = {"val_dataset": [str(tmp_path / "ask.jsonl")], "dataset": ["absent.jsonl"]}
    samples, rejects = validation_samples(infer_config(model_id_or_path="x", **flags))
    assert [sample.id.row for sample in samples] == [1] and not rejects.rows


def rows_of(config):
    return [sample.id.row for sample in validation_samples(config)[0]]


ROUNDS = (("user", "x"), ("assistant", "y"), ("user", "z"))
MIXED = [
    {"query": "only a question"},
    {"messages": [{"role": "user", "content": "in messages"}]},
    {"query": "with an answer", "response": "yes"},
    {"query": 5},
    "not JSON",
    {"messages": [{"role": r, "content": c} for r, c in ROUNDS]},
    {"query": "no answer", "response": None},
    {"instruction": "do", "input": "this"},
    {"query": ""},
]


@pytest.mark.parametrize("verbose", [True, False])
def test_rows_without_an_answer(checkpoint, verbose, tmp_path, caplog):
    """Each row that can be read has one line, in order; the others are listed beside them."""
    rows = tmp_path / "rows.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in MIXED]
    rows.write_text("\n".join(lines))
    folder = shutil.copytree(checkpoint, tmp_path / "checkpoint-1")
    flags = {"ckpt_dir": folder, "max_new_tokens": 4, "do_sample": False, "verbose": verbose}
    config = infer_config(**flags, val_dataset=[str(rows)])
    path = answer_samples(open_session(config), *validation_samples(config))
    answers = [json.loads(line) for line in path.read_text().splitlines()]
    asked = ["only a question", "in messages", "with an answer", "z", "no answer", "do\nthis"]
    assert [row["query"] for row in answers] == asked
    assert [row["label"] for row in answers] == [None, None, "yes", None, None, None]
    assert answers[3]["history"] == [["x", "y"]]
    rejected = [json.loads(line) for line in (path.parent / "rejected.jsonl").open()]
    assert [row["row"] for row in rejected] == [4, 5, 9]
    assert "3 rows could not be read" in caplog.text and "rejected.jsonl" in caplog.text


def test_questions_in_a_text_file(checkpoint, tmp_path):
    rows = tmp_path / "questions.txt"
    rows.write_text("what is one?\n\nand two # three\n")
    flags = {"ckpt_dir": checkpoint, "max_new_tokens": 3, "do_sample": False}
    config = infer_config(**flags, val_dataset=[str(rows)])
    path = answer_samples(open_session(config), *validation_samples(config))
    answers = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["query"] for row in answers] == ["what is one?", "and two # three"]
    assert [row["label"] for row in answers] == [None, None]
    assert not (path.parent / "rejected.jsonl").exists(), "nothing was rejected"


def test_a_label_names_the_tools_it_calls():
    call = ToolCall("weather", {"city": "Oslo"})
    answer = Message("assistant", (Part("Let me see."),), tool_calls=(call,))
    said = 'Let me see.\n{"name": "weather", "arguments": {"city": "Oslo"}}'
    assert spoken(answer) == said


def test_which_rows(tmp_path):
    """A validation set is used whole; of a data set only what training keeps aside."""
    rows = tmp_path / "rows.jsonl"
    lines = [json.dumps({"query": f"q{n}", "response": f"r{n}"}) for n in range(20)]
    rows.write_text("\n".join(lines))
    base = {"model_id_or_path": str(tiny_model_folder(tmp_path / "base"))}
    whole, rejects = validation_samples(infer_config(**base, val_dataset=[str(rows)]))
    assert len(whole) == 20 and not rejects.rows
    flags = base | {"dataset": [str(rows)], "dataset_test_ratio": 0.2}
    part = rows_of(infer_config(**flags))
    assert len(part) == 4
    assert part == rows_of(infer_config(**flags, seed=42))
    assert part != rows_of(infer_config(**flags, dataset_seed=1))


def test_batches_hold_what_fits():
    lengths = dict(enumerate([10, 5000, 20, 4000, 3000, 30]))
    made = list(batches(lengths, 1000))
    assert sorted(index for batch in made for index in batch) == list(lengths)
    assert made[0][0] == 1, "longest first: too little memory shows at once"
    for batch in made:
        size = len(batch) * (max(lengths[i] for i in batch) + 1000)
        assert len(batch) == 1 or size <= TOKENS
    assert [len(b) for b in batches(dict.fromkeys(range(70), 1), 1)] == [ROWS, ROWS, 70 - 2 * ROWS]
    assert list(batches({3: 10**6, 4: 5}, 10)) == [[3], [4]]


def test_earlier_rounds():
    turns = [Message.of(r, t) for r, t in [("user", "a"), ("user", "b"), ("assistant", "c")]]
    assert pairs(turns) == (("a\nb", "c"),)
