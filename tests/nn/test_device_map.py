"""Maps and caps of devices: read, shifted by rank, refused by name."""

import json

import pytest
import torch
from tests.fixtures_train import make_config, make_model

from burnish.config.machine import check_machine
from burnish.core.errors import UsageError
from burnish.core.facts import Facts
from burnish.nn.device_map import placement, read_map
from burnish.nn.load import load_model
from burnish.train.weights import load_options

ALONE = Facts(world_size=1, local_rank=0, num_devices=2)
SECOND = Facts(world_size=2, local_rank=1, num_devices=2)


def test_a_map_is_read_as_text_file_or_dict(tmp_path):
    given = {"model": 0, "lm_head": "cuda:1"}
    path = tmp_path / "map.json"
    path.write_text(json.dumps(given))
    for form in (given, json.dumps(given), str(path)):
        assert read_map(form, ALONE) == {"model": 0, "lm_head": 1}
    assert read_map({"": "cpu"}, ALONE) == {"": "cpu"}


def test_numbers_are_shifted_by_the_rank():
    assert read_map({"": 0}, SECOND) == {"": 1}
    with pytest.raises(UsageError, match="names GPU 2; this process sees 2"):
        read_map({"": 1}, SECOND)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "cannot be read"),
        ("no_such.json", "cannot be read"),
        ("{}", "is no map"),
        ({"": "disk"}, "is no device"),
        ({"": True}, "is no device"),
        ({"": 7}, "names GPU 7"),
    ],
)
def test_what_is_no_map_is_told(given, said):
    with pytest.raises(UsageError, match=said):
        read_map(given, ALONE)


def test_caps_spread_the_model():
    config = make_config().replace(device_max_memory=["10GB", "900MiB"])
    assert placement(config, ALONE) == {
        "device_map": "auto", "max_memory": {0: "10GB", 1: "900MiB"}
    }  # fmt: skip
    assert placement(make_config(), ALONE) == {}
    with pytest.raises(UsageError, match="is not a size"):
        placement(config.replace(device_max_memory=["ten"]), ALONE)


def test_caps_are_one_for_each_gpu_and_one_process():
    config = make_config().replace("python", device_max_memory=["10GB"])

    def said(facts):
        return [p.wrong for p in check_machine(config, facts) if p.flag == "device_max_memory"]

    assert not said(Facts(world_size=1, num_devices=1, device="cuda"))
    assert (
        "names 1 GPUs; this process sees 2"
        in said(Facts(world_size=1, num_devices=2, device="cuda"))[0]
    )
    assert "single process" in said(Facts(world_size=2, num_devices=1, device="cuda"))[0]


def test_a_model_goes_where_the_map_says(tmp_path):
    make_model("llama").save_pretrained(tmp_path)
    parts = {"model": "cpu", "lm_head": "cpu"}
    options = load_options(make_config(device_map_config=parts), "meta")
    model = load_model(tmp_path, options)
    assert {p.device for p in model.parameters()} == {torch.device("cpu")}


def test_a_part_that_the_model_lacks_is_refused(tmp_path):
    make_model("llama").save_pretrained(tmp_path)
    options = load_options(make_config(device_map_config={"modell": "cpu", "lm_head": "cpu"}))
    with pytest.raises(UsageError, match=r"(?s)device_map_config modell.*did you mean model\?"):
        load_model(tmp_path, options)
