import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from burnish.cli import run
from burnish.commands.list import KINDS, kind_of
from burnish.core.errors import UsageError


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", kind]) == 0
    lines = capsys.readouterr().out.rstrip().split("\n")
    assert lines[-2] == ""
    assert int(lines[-1].split()[0]) == len(lines) - 3  # the header, the blank line and the count


def test_words_may_stand_without_their_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "models", "gemma", "2b"]) == 0
    plain = capsys.readouterr()
    assert run(["list", "--words", "models", "gemma", "2b"]) == 0
    assert capsys.readouterr().out == plain.out
    assert "gemma2-2b-instruct" in plain.out and plain.err == ""
    assert plain.out.rstrip().endswith("model types") and "llama" not in plain.out


def test_what_is_gone_is_shown_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "models", "chatglm3-6b-base"]) == 0
    out = capsys.readouterr().out
    assert "gone, nearest: glm4-9b-hf" in out and "does not hold the architecture" in out


def test_templates_say_what_proves_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "templates", "qwen2_5"]) == 0
    assert "qwen2.5" in capsys.readouterr().out
    assert run(["list", "templates"]) == 0
    assert "proven against the models' own" in capsys.readouterr().out.split("\n")[-2]


def test_tuners_say_what_they_train(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "tuners"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.split("\n")]
    by_name = {words[0]: " ".join(words) for words in lines if words[0]}
    assert "arXiv:2106.09685" in by_name["lora"] and by_name["lora"].endswith("yes")
    assert by_name["reft"].endswith("no")


def test_tuners_say_how_much_they_train_on_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "tuners", "--model_type", "demo", "--json", "true"]) == 0
    found = {record["name"]: record for record in json.loads(capsys.readouterr().out)}
    assert found["lora"]["trained"] == "61,440" and found["full"]["trained"] == "5,180,672"
    assert "does not divide the 6 layers" in found["llamapro"]["memory"]


def test_json_holds_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "datasets", "belle-math", "--json", "true"]) == 0
    (known,) = json.loads(capsys.readouterr().out)
    assert known["hf"] == "BelleGroup/school_math_0.25M" and known["tags"] == ["math", "zh"]


def test_your_own_types_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from burnish.catalog.models.spec import ModelSpec\n"
        'MODELS = (ModelSpec("mine-7b-of-the-list-test", hf="me/mine"),)\n'
    )
    assert run(["list", "models", "me/mine", "--custom_register_path", str(own)]) == 0
    assert "mine-7b-of-the-list-test" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "say what to list: models, datasets"),
        (["modles"], "did you mean models?"),
        (["xyz"], "there are models, datasets"),
        (["models", "qwen9-7b"], "near: qwen-7b"),
        (["models", "zzzzz"], "no model type has 'zzzzz'"),
        (["models", "qwen", "zzzzz"], "'qwen' and 'zzzzz'"),
        (["datasets", "alpacca-zh"], "near: alpaca-zh"),
        (["models", "--jsn", "true"], "did you mean --json"),
    ],
)
def test_what_is_not_there(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", *words]) == 2
    taken = capsys.readouterr()
    assert says in taken.err and taken.out == ""


def test_other_spellings_of_a_kind() -> None:
    assert [kind_of([word]) for word in ("model", "Data-Sets", "templates")] == [
        "models",
        "datasets",
        "templates",
    ]
    with pytest.raises(UsageError):
        kind_of(["corpora"])


def test_it_is_done_in_a_moment() -> None:
    """Nothing heavy is imported; the time bound is wide, since machines are busy."""
    code = (
        "import sys; from burnish.cli import run; run(['list', 'models', 'qwen']);"
        "print([m for m in ('torch', 'transformers', 'tokenizers', 'yaml') if m in sys.modules])"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().split("\n")[-1] == "[]"
    assert time.perf_counter() - start < 3
