"""The declaration of a flag holds all that is known of it."""

import dataclasses
from typing import Literal

import pytest

from burnish.config.flag import AUTO, flag, group, infos_of, type_words


@group(applies=("kind", {"a"}))
class SampleGroup:
    """A sample."""

    kind: Literal["a", "b"] = flag("a", "Kind.", built=("a",))
    size: int | None = flag(None, "Size.", ge=1)
    names: list[str] = flag(["x"], "Names.")
    way: str = flag("up", "Way.", later=("down*",))
    rate: float = flag(AUTO, "Rate.", applies=("kind", {"b"}))
    pace: float = flag(0.5, "Pace.", lt=1, applies=(("kind", {"b"}), ("size", range(1, 9))))
    sort: str = flag("x", "Sort.", choices=("x", "y", "z"), refused=("z",))


INFOS = infos_of(SampleGroup)


def test_groups_are_frozen_and_keyword_only() -> None:
    made = SampleGroup(kind="b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.kind = "a"  # type: ignore[misc]
    with pytest.raises(TypeError):
        SampleGroup("b")  # type: ignore[misc]


def test_mutable_defaults_are_not_shared() -> None:
    assert SampleGroup().names == ["x"] and SampleGroup().names is not SampleGroup().names


def test_infos_read_the_annotation() -> None:
    assert INFOS["kind"].choices == ("a", "b") and type_words(INFOS["kind"]) == "a|b"
    assert INFOS["size"].optional and INFOS["size"].parts == (int,)
    assert INFOS["names"].is_list and type_words(INFOS["names"]) == "list of text"
    assert INFOS["kind"].applies == (("kind", {"a"}),)
    assert INFOS["rate"].applies == (("kind", {"b"}),)
    assert INFOS["pace"].applies == (("kind", {"b"}), ("size", range(1, 9)))
    assert type_words(INFOS["sort"]) == "x|y", "what is refused is not offered"
    assert INFOS["kind"].group_name == "sample"


def test_later_is_a_matter_of_values() -> None:
    assert INFOS["kind"].is_later("b") and not INFOS["kind"].is_later("a")
    assert INFOS["way"].is_later("down_2") and not INFOS["way"].is_later("left")
    assert not INFOS["rate"].is_later(AUTO)
