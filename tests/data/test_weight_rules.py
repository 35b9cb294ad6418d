from pathlib import Path

import pytest

from burnish.core.errors import DataError
from burnish.data.weight_rules import read_rules

BAD = {
    "": "the file is empty",
    "{": "not JSON: .* at line 1, column 2",
    '{"a": [1, 2],}': "not JSON: .* at line 1",
    "[" * 100_000: "nested too deep|not JSON",
    "[1, 2]": "holds a list, not an object",
    '"text"': "holds the text 'text', not an object",
    "null": "holds null, not an object",
    "{}": "holds no rule",
    '{"response": {}, "query": {}}': "holds no rule",
    '{"a": [1, 2], "a": [2, 3]}': "the key 'a' is there twice",
    '{"response": {"a": [1, 2]}, "Action:": [2, 2]}': "'Action:' stands beside the rules",
    '{"response": [1, 2], "query": {"a": 1}}': "'response' is a list, not an object",
    '{"response": {"a": [1, 2]}, "query": 3}': "'query' is a number, not an object",
    '{"": [1, 2]}': "a response rule has an empty key",
    '{"query": {"": 2}}': "a query rule has an empty key",
    '{"a": 2}': "response rule 'a' has a number, not a list",
    '{"a": "2"}': "response rule 'a' has the text '2', not a list",
    '{"a": []}': "response rule 'a' has 0 weights.*two for a key, one for a regex",
    '{"Next:": [2, 2, 2]}': "response rule 'Next:' has 3 weights",
    '{"query": {"a": [1, 2]}}': "query rule 'a' has 2 weights.*one number",
    '{"a": ["1", 2]}': "response rule 'a' has the text '1' as a weight",
    '{"query": {"a": {"b": 1}}}': "query rule 'a' has an object as a weight",
    '{"a": [true, 2]}': "response rule 'a' has true as a weight",
    '{"a": [1, null]}': "response rule 'a' has null as a weight",
    '{"a": [1, -2]}': "response rule 'a' has the weight -2.*0 or more",
    '{"a": [1, NaN]}': "response rule 'a' has the weight nan.*finite",
    '{"a": [1, 1e999]}': "response rule 'a' has the weight inf.*finite",
    '{"a(": [2]}': r"response rule 'a\(' is no regular expression: missing \).*two weights",
}


@pytest.mark.parametrize(("text", "message"), BAD.items(), ids=[m[:30] for m in BAD.values()])
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read_rules(str(path))
    assert str(caught.value).startswith(f"--loss_scale_config_path {path}: ")
    assert str(caught.value).endswith(".")


def test_each_way_has_a_reason_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    messages = set()
    for text in BAD:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError) as caught:
            read_rules(str(path))
        messages.add(str(caught.value))
    assert len(messages) == len(BAD) - 1  # two of them hold no rule


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"neither a file nor a name.* Did you mean agent-flan"):
        read_rules("agent_flan")
    with pytest.raises(DataError, match="Give DEFAULT, alpha-umi, agent-flan or a JSON file"):
        read_rules("")
    with pytest.raises(DataError, match="is a folder"):
        read_rules(str(tmp_path))
    path = tmp_path / "rules.json"
    path.write_bytes('{"é": [1, 2]}'.encode("latin-1"))
    with pytest.raises(DataError, match="byte 2 is not UTF-8"):
        read_rules(str(path))


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"response": [1, 2], "é": [0.5]}', encoding="utf-8-sig")
    assert read_rules(str(path)) == ((), (("response", 1.0, 2.0),), (("é", 0.5),))
