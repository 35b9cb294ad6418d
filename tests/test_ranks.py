"""How the starter of ranks tells of a rank that ended without a word."""

import pytest

from burnish.ranks import ended


@pytest.mark.parametrize(
    ("code", "result", "says"),
    [
        (1, 1, ""),
        (2, 2, ""),
        (130, 130, ""),
        (143, 143, ""),
        (-9, 137, "was killed by SIGKILL: by a person, or by the system when its memory ran out"),
        (-11, 139, "was killed by SIGSEGV"),
        (7, 7, "ended with exit code 7"),
    ],
)
def test_a_rank_that_ended(
    code: int, result: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(3, 4711, code) == result
    expected = f"error: rank 3 (process 4711) {says}\n" if says else ""
    assert capsys.readouterr().err == expected
