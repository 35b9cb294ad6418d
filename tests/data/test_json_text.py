import json

import pytest

from burnish.data.json_text import DEEP, LONG_NUMBER, Twice, check_keys, count_keys, what_is_wrong


def test_keys_are_counted_at_every_depth() -> None:
    assert count_keys([{"a": {"b": [{"c": 1}]}}, 3, "x"]) == 3


def test_a_key_that_stands_twice() -> None:
    check_keys('[{"a": 1}, {"a": 2}]')
    with pytest.raises(Twice, match="the key 'a' stands twice in one object"):
        check_keys('[{"a": 1, "b": 2, "a": 2}]')


@pytest.mark.parametrize(
    ("text", "says"), [("1" * 5000, LONG_NUMBER), ("[" * 100_000, DEEP), ("{", "line 1 column 2")]
)
def test_what_is_wrong_in_words(text: str, says: str) -> None:
    with pytest.raises((ValueError, RecursionError)) as error:
        json.loads(text)
    assert says in what_is_wrong(error.value)  # type: ignore[arg-type]
