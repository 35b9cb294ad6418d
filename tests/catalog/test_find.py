import subprocess
import sys

import pytest

from burnish.catalog.find import (
    find_model,
    find_template,
    model_names,
    model_of_hub_id,
    template_names,
)
from burnish.core.errors import UsageError


def test_names_are_found_and_slips_answered() -> None:
    assert find_model("qwen2_5-7b-instruct").hf == "Qwen/Qwen2.5-7B-Instruct"
    assert find_template("chatml").stop == ("<|im_end|>",)
    with pytest.raises(UsageError, match="did you mean 'qwen2_5-7b-instruct'"):
        find_model("qwen2.5-7b-instruct")
    with pytest.raises(UsageError, match="did you mean 'llama3'"):
        find_template("lama3")


def test_a_hub_id_leads_to_its_type() -> None:
    found = model_of_hub_id("qwen/qwen2.5-7b-instruct")
    assert found is not None and found.name == "qwen2_5-7b-instruct"
    assert model_of_hub_id("someone/else") is None


def test_names_are_sorted_and_there() -> None:
    assert "demo" in model_names() and model_names() == sorted(model_names())
    assert "default" in template_names()


def test_the_catalog_imports_nothing_heavy() -> None:
    code = (
        "import sys; from burnish.catalog.find import model_names, template_names; "
        "model_names(), template_names(); "
        "print([m for m in ('torch', 'transformers', 'tokenizers', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
