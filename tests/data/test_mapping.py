import pickle

from burnish.data.mapping import Mapping


def test_the_text_of_a_mapping_does_not_depend_on_the_order() -> None:
    one = Mapping({"a": "query", "b": "response"}, code="nli")
    other = Mapping({"b": "response", "a": "query"}, code="nli")
    assert one.text() == other.text() != Mapping().text()
    assert pickle.loads(pickle.dumps(one)) == one
