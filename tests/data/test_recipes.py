# ruff: noqa: E501  (a case of a table stays on one line)
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import samples, table, turns

from burnish.core.errors import DataError
from burnish.data.convert import survey
from burnish.data.mapping import Mapping
from burnish.data.sample import Sample

CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "samsum_dataset": ({"dialogue": "A: hi", "summary": "A greets."}, "Summarize this dialog:\nA: hi\n---\nSummary:\n", "A greets."),
    "grammar_dataset": ({"input": "he go", "target": "He goes."}, "Correct this to standard English: he go\n---\nCorrected: ", "He goes."),
    "super_glue:boolq": ({"passage": "P", "question": "Q", "label": True}, "boolq\npassage: P\nquestion: Q\nanswer: ", "True"),
    "super_glue:cb": ({"premise": "P", "hypothesis": "H", "label": 1}, "cb\npremise: P\nhypothesis: H\nanswer: ", "contradiction"),
    "super_glue:copa": ({"premise": "P", "choice1": "a", "choice2": "b", "question": "cause", "label": 1}, "copa\npremise: P\nchoice1: a\nchoice2: b\nquestion: cause\nanswer: ", "choice2"),
    "super_glue:multirc": ({"paragraph": "P", "question": "Q", "answer": "x", "label": 0}, "multirc\nparagraph: P\nquestion: Q\nanswer: x\nanswer: ", "False"),
    "super_glue:record": ({"passage": "P", "query": "Q", "entities": ["x", "y"], "answers": ["y"]}, "record\npassage: P\nquery: Q\nentities: x, y\nanswer: ", "y"),
    "super_glue:rte": ({"premise": "P", "hypothesis": "H", "label": "not_entailment"}, "rte\npremise: P\nhypothesis: H\nanswer: ", "not_entailment"),
    "super_glue:wic": ({"word": "w", "sentence1": "a", "sentence2": "b", "label": 1}, "wic\nword: w\nsentence1: a\nsentence2: b\nanswer: ", "True"),
    "super_glue:wsc": ({"text": "t", "target": {"span1_text": "a", "span2_text": "b"}, "label": False}, "wsc\ntext: t\nspan1_text: a\nspan2_text: b\nanswer: ", "False"),
    "iwslt_14:de-en": ({"translation": {"en": "one", "de": "eins"}}, "Translate German to English:\neins\n---\nTranslation: ", "one"),
    "iwslt_14": ({"en": "one", "de": "eins"}, "Translate English to German:\none\n---\nTranslation: ", "eins"),
    "sst_2": ({"sentence": "S", "label": "1"}, "Classify the sentiment:\nS\n---\nSentiment: ", "positive"),
    "xnli:en": ({"premise": "P", "hypothesis": "H", "label": 1}, "premise: P\nhypothesis: H\n---\nRelation: ", "neutral"),
    "xnli:zh": ({"premise": {"en": "P", "zh": "甲"}, "hypothesis": {"language": ["en", "zh"], "translation": ["H", "乙"]}, "label": 2}, "premise: 甲\nhypothesis: 乙\n---\nRelation: ", "contradiction"),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_recipes_write_text_behind_text(code: str, tmp_path: Path) -> None:
    row, prompt, target = CASES[code]
    (sample,) = samples(tmp_path, row, mapping=Mapping(code=code))
    assert isinstance(sample, Sample) and not sample.messages
    assert (sample.prefix, sample.text) == (prompt, target)
    (asked,) = samples(tmp_path, row, mapping=Mapping(code=code), purpose="prompt")
    assert turns(asked) == [("user", prompt), ("assistant", target)]


def test_alpaca_shows_an_input_only_where_there_is_one(tmp_path: Path) -> None:
    rows = [{"instruction": "I", "input": more, "output": "O"} for more in ("x", "")]
    found = samples(tmp_path, *rows, mapping=Mapping(code="alpaca_dataset"))
    with_input, without = (sample.prefix for sample in found if isinstance(sample, Sample))
    task, ask = "Below is an instruction that describes a task", "Write a response that"
    assert with_input and with_input.startswith(
        f"{task}, paired with an input that provides further context. {ask} appropriately"
    )
    assert without and without.startswith(
        f"{task}. {ask} appropriately completes the request.\n\n#"
    )
    assert "### Instruction:\nI\n\n### Input:\nx\n\n### Response:" in with_input
    assert without and without.endswith("### Instruction:\nI\n\n### Response:")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("super_glue:axb", "a task: boolq, cb"),
        ("xnli:ja", "a language: ar, bg"),
        ("iwslt_14:en", "two languages"),
        ("sst_2:x", "takes no option"),
        ("samsum", "did you mean 'samsum_dataset'"),
    ],
)
def test_wrong_options_are_refused(code: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says):
        survey(table(tmp_path, {"sentence": "S"}, mapping=Mapping(code=code)))
