"""What --checkpoint_dir means: which folders are merged, which goes on, and what it keeps."""

import json
import math

import pytest
from tests.fixtures_train import make_config, make_model

from burnish.core.errors import CheckpointError, UsageError
from burnish.tuners.ia3 import TUNER as IA3
from burnish.tuners.lora import TUNER
from burnish.tuners.p_tuning import TUNER as P_TUNING
from burnish.tuners.several import Chain, chain_of, refuse_chain, settled


def saved(folder, tuner=TUNER, **flags):
    """An adapter as it stands in a checkpoint, without what is beside it."""
    folder.mkdir()
    tuner.save(tuner.attach(make_model(), make_config(**flags), 1), folder)
    return str(folder)


def test_the_last_goes_on_and_the_others_are_merged(tmp_path):
    a, b = saved(tmp_path / "a"), saved(tmp_path / "b")
    chain = chain_of(make_config(checkpoint_dir=f"{a},{b}"))
    assert [one.record["path"] for one in chain.earlier] == [a] and str(chain.last) == b
    chain = chain_of(make_config(checkpoint_dir=[a, b], resume_lora_training=False))
    assert [one.record["path"] for one in chain.earlier] == [a, b] and chain.last is None
    assert chain_of(make_config(checkpoint_dir=[a])) == Chain(last=tmp_path / "a")
    assert chain_of(make_config()) == Chain()


def test_the_run_takes_over_what_the_adapter_is(tmp_path):
    a = saved(tmp_path / "a", lora_rank=4, lora_alpha=6, use_rslora=True, target_modules=["ALL"],
              modules_to_save=["LN"])  # fmt: skip
    config = settled(make_config(checkpoint_dir=[a], lora_dropout=0.2), None).flat()
    taken = {name: config[name] for name in ("lora_rank", "lora_alpha", "use_rslora")}
    assert taken == {"lora_rank": 4, "lora_alpha": 6, "use_rslora": True}
    assert "gate_proj" in config["target_modules"] and config["lora_dropout"] == 0.2
    assert config["modules_to_save"] == ["input_layernorm", "norm", "post_attention_layernorm"]
    same = make_config(checkpoint_dir=[a], lora_rank=4)
    assert settled(same, None).value("lora_alpha") == 6
    with pytest.raises(UsageError) as caught:
        settled(make_config(checkpoint_dir=[a], lora_rank=5, lora_alpha=1), None)
    assert [problem.flag for problem in caught.value.problems] == ["lora_rank", "lora_alpha"]
    anew = settled(make_config(checkpoint_dir=[a], lora_rank=5, resume_lora_training=False), None)
    assert anew.value("lora_rank") == 5


def test_settings_that_no_flag_can_say_stay_the_adapters(tmp_path, caplog):
    a = saved(tmp_path / "a")
    file = tmp_path / "a" / "adapter_config.json"
    content = json.loads(file.read_text()) | {
        "lora_alpha": 4 * math.sqrt(2),
        "bias": "lora_only",
        "target_modules": r".*\.q_proj",
    }
    file.write_text(json.dumps(content))
    with caplog.at_level("WARNING", logger="burnish"):
        config = settled(make_config(checkpoint_dir=[a], lora_alpha=7), None)
    assert caplog.messages == [f"--lora_alpha has no effect: {a} keeps its own"]
    assert config.value("target_regex") == r".*\.q_proj"
    assert config.value("lora_bias_trainable") == "none"


def test_methods_that_start_from_weights_take_over_their_settings(tmp_path):
    a = saved(tmp_path / "a", P_TUNING, sft_type="p_tuning", pre_seq_len=3)
    flags = {"checkpoint_dir": [a], "sft_type": "p_tuning"}
    assert settled(make_config(**flags), None).value("pre_seq_len") == 3
    assert chain_of(make_config(**flags)) == Chain(start=tmp_path / "a")
    with pytest.raises(UsageError, match="pre_seq_len"):
        settled(make_config(**flags, pre_seq_len=4), None)
    with pytest.raises(CheckpointError, match="of the kind p_tuning"):
        chain_of(make_config(checkpoint_dir=[a], sft_type="freeze"))


def test_only_lora_has_others_upon_it(tmp_path):
    a, b = saved(tmp_path / "a"), saved(tmp_path / "b", IA3, sft_type="ia3")
    for names in ([a, b], [b]):
        with pytest.raises(CheckpointError, match="of the kind IA3"):
            chain_of(make_config(checkpoint_dir=names, resume_lora_training=False))


def test_carried_adapters_do_not_go_into_quantised_weights(tmp_path):
    a, b = saved(tmp_path / "a"), saved(tmp_path / "b")
    chain = chain_of(make_config(checkpoint_dir=[a, b]))
    quantised = make_config(checkpoint_dir=[a], quantization_bit=4)
    with pytest.raises(CheckpointError, match="quantised"):
        refuse_chain(quantised, chain, tmp_path)
    refuse_chain(quantised, chain_of(quantised), tmp_path)
