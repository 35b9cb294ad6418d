import csv
import re
from pathlib import Path

import pytest

from burnish.catalog.find import find_model, model_names, template_names
from burnish.catalog.models.spec import MLA_LITE, QKV, owners

# Where the catalogue says another template than the older tool's table, for it is the one whose
# texts and ids were compared with the model's own.
TEMPLATES = {
    "llama": (r"mistral-7b-instruct(-v2)?|mixtral-moe-7b-instruct", "mistral"),
    "llama3": (r"llama3_1-.*|llama-3\.1-nemotron-70B-instruct-hf", "llama3_1"),
    "chatml": (r"yi-.*", "yi"),
    "qwen": (r"qwen1half-.*", "qwen1_5"),
}
ONE_TEMPLATE = {"mistral-7b-instruct-v3": "mistral3", "minicpm3-4b": "minicpm3"}
# The table names one projection of code that is gone, or projections that the small models lack.
TARGETS = {
    "phi2-3b": QKV,
    "deepseek-v2-lite": MLA_LITE,
    "deepseek-v2-lite-chat": MLA_LITE,
    "deepseek-coder-v2-lite": MLA_LITE,
    "deepseek-coder-v2-lite-instruct": MLA_LITE,
}
HUB_IDS = {"qwen2-1_5b-instruct-int8": "Qwen/Qwen2-1.5B-Instruct-GPTQ-Int8"}
TAGS = {"got-ocr2": ("multi-modal", "vision")}  # it reads pictures, the table says audio
SIZES = {
    "qwen2-vl-": ("2B", "7B", "72B"),
    "qwen2_5-coder-": ("1.5B", "7B"),
    "qwen2_5-math-": ("1.5B", "7B", "72B"),
    "qwen2_5-": ("0.5B", "1.5B", "3B", "7B", "14B", "32B", "72B"),
}


def table(shared: Path) -> dict[str, dict[str, str]]:
    """The rows by type; twelve rows stand for one type a size (and a quantisation)."""
    rows: dict[str, dict[str, str]] = {}
    with (shared / "spec/models.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for filled in expanded(row):
                rows[filled["model_type"]] = filled
    return rows


def expanded(row: dict[str, str]) -> list[dict[str, str]]:
    if not row["model_type"].startswith("f'"):
        return [row]
    plain = {key: re.sub(r"^f'(.*)'$", r"\1", value) for key, value in row.items()}
    sizes = next(s for start, s in SIZES.items() if plain["model_type"].startswith(start))
    quants = ("GPTQ-Int4", "GPTQ-Int8") if "quant_type" in plain["model_type"] else ("",)
    return [
        {
            key: value.format(
                model_size=size,
                model_size_lower=size.lower().replace(".", "_"),
                quant_type=quant,
                quant_type_lower=quant.lower(),
            )
            for key, value in plain.items()
        }
        for size in sizes
        for quant in quants
    ]


def template_of(name: str, given: str) -> str:
    pattern, ours = TEMPLATES.get(given, ("", given))
    return ONE_TEMPLATE.get(name) or (ours if re.fullmatch(pattern, name) else given)


def test_every_model_names_a_template_that_is_there() -> None:
    named = {find_model(name).template for name in model_names()} - {None}
    assert named <= set(template_names())


def test_every_model_lies_somewhere() -> None:
    for name in model_names():
        spec = find_model(name)
        assert spec.folder or spec.hf or spec.ms, name


def test_hub_ids_are_not_given_twice() -> None:
    for hub in ("hf", "ms"):
        ids = [i.lower() for name in model_names() if (i := getattr(find_model(name), hub))]
        assert len(ids) == len(set(ids))


def test_what_is_broken_has_a_type_that_works() -> None:
    specs = [find_model(name) for name in model_names()]
    broken = [spec for spec in specs if spec.broken]
    assert len(broken) == 178
    for spec in broken:
        assert spec.instead and find_model(spec.instead).broken is None, spec.name
    assert not [spec.name for spec in specs if spec.instead and not spec.broken]


def test_owners_may_differ_between_the_hubs() -> None:
    here = owners("Qwen", "qwen", tags=("moe",))("a", "A", requires=("x",))
    assert (here.hf, here.ms, here.template) == ("Qwen/A", "qwen/A", "default-generation")
    assert (here.tags, here.requires) == (("moe",), ("x",))
    assert owners("Qwen")("a", "A").ms == "Qwen/A"
    assert owners("Qwen", None)("a", "A").ms is None
    assert owners(None, "qwen")("a", "A").hf is None
    assert owners("Qwen")("a", "A", ms="x/y").ms == "x/y"


@pytest.mark.shared
def test_all_types_of_the_table_are_there(shared: Path) -> None:
    """Every row: its ids, template, targets and tags agree, or a table above says why not."""
    rows = table(shared)
    assert len(rows) == 509  # 461 rows, twelve of which stand for sixty types
    assert not set(rows) - set(model_names())
    for name, row in rows.items():
        spec = find_model(name)
        assert (spec.hf or "") == HUB_IDS.get(name, row["hf_id"])
        assert (spec.ms or "") == row["ms_id"]
        assert spec.template == template_of(name, row["template"])
        assert spec.tags == TAGS.get(name, tuple(row["tags"].split()))
        given = tuple(row["lora_targets"].split())
        if "multi-modal" in spec.tags and len(given) == 1:
            given = QKV  # the table has a name of the older tool's own for the language model
        assert spec.targets == TARGETS.get(name, given), name


@pytest.mark.shared
def test_requirements_are_those_of_the_table(shared: Path) -> None:
    """Without bounds on transformers, torch and accelerate; GPTQ and AWQ are read by burnish."""
    for name, row in table(shared).items():
        wanted = {re.split(r"[<>=]", word)[0] for word in row["requires"].replace(",", " ").split()}
        wanted -= {"", "transformers", "torch", "accelerate", "qwen_vl_utils", "whisper"}
        wanted -= {"auto_gptq", "autoawq"}
        assert set(find_model(name).requires) == wanted, name


@pytest.mark.shared
def test_number_formats_are_those_of_the_table(shared: Path) -> None:
    """bfloat16 needs no word."""
    short = {"float16": "fp16", "float32": "fp32", "bfloat16": None, "": None}
    for name, row in table(shared).items():
        assert find_model(name).dtype == short[row["dtype"]], name


@pytest.mark.shared
def test_later_types_are_those_that_transformers_loads(shared: Path) -> None:
    """Each has the ids of its row and an architecture of transformers; the others were added by
    hand.
    """
    from transformers.models.auto import modeling_auto

    held = {
        *modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values(),
        *modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.values(),
    }
    held |= {
        "Ernie4_5_ForCausalLM",  # known by its model_type, as the next two are
        "InternLM3ForCausalLM",
        "IQuestCoderForCausalLM",
    }
    with (shared / "spec/models_newer.csv").open(encoding="utf-8") as file:
        rows = {(row["hf_id"], row["ms_id"]): row for row in csv.DictReader(file)}
    later = [find_model(name) for name in set(model_names()) - set(table(shared)) - {"demo"}]
    of_the_table = [spec for spec in later if (spec.hf, spec.ms) in rows]
    assert len(of_the_table) == 402
    assert {rows[spec.hf, spec.ms]["architectures"] for spec in of_the_table} <= held
    added = {spec.name for spec in later if spec not in of_the_table}
    families = r"smollm|qwen3-next|glm4-9b.*-hf|florence.*-hf|deepseek-vl.*-hf|janus.*-hf|emu3.*-hf"
    assert {name for name in added if not re.match(families, name)} == {"ernie4_5-0_3b-base-pt"}
