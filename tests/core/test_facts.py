"""Facts come from the environment and from what is given."""

import pytest

from burnish.core.facts import Facts


def test_ranks_come_from_the_environment() -> None:
    facts = Facts(env={"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"})
    assert (facts.rank, facts.world_size, facts.local_rank, facts.is_main) == (3, 4, 1, False)
    assert Facts(env={}).world_size == 1 and Facts(env={}).is_main


def test_a_known_fact_is_taken_as_it_is() -> None:
    facts = Facts(num_devices=2, world_size=8)
    assert facts.device == "cuda" and facts.world_size == 8


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(TypeError, match="moon_phase"):
        Facts(moon_phase="full")
