import pytest

from burnish.data.cells import BadRow
from burnish.data.draft import How, answer_of, history

ROUND = [("user", "P"), ("assistant", "B")]


@pytest.mark.parametrize(
    "given",
    [
        [["P", "B"]],
        [("P", "B")],
        '[["P", "B"]]',
        "[('P', 'B')]",
        [{"role": "user", "content": "P"}, {"role": "assistant", "content": "B"}],
    ],
)
def test_history_in_every_shape(given: object) -> None:
    assert [(m.role, m.text) for m in history(given, None, How())] == ROUND
    assert history(None, None, How()) == history("", None, How()) == history([], None, How()) == []


def test_history_with_roles_of_its_own() -> None:
    found = history([["3", "B"]], [["tool", "assistant"]], How())
    assert [m.role for m in found] == ["tool", "assistant"]


def test_an_answer_may_be_missing_only_where_a_question_is_enough() -> None:
    assert answer_of({"response": ""}, "response", How("prompt")) == []
    with pytest.raises(BadRow, match="response is empty"):
        answer_of({"response": ""}, "response", How())
