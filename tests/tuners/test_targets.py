"""Words of --target_modules and --modules_to_save against the modules of real families."""

import pytest
from tests.fixtures_train import make_config, make_model

from burnish.core.errors import UsageError
from burnish.core.registry import TUNERS
from burnish.tuners.targets import modules_to_save, target_modules

LINEARS = ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]


@pytest.fixture(scope="module", params=["llama", "qwen2", "gemma2"])
def model(request):
    return make_model(request.param)


@pytest.fixture(scope="module")
def llama():
    return make_model("llama")


def test_words_stand_for_kinds_of_layers(model):
    assert target_modules(model, ["ALL"], None) == LINEARS, "the head is left out"
    assert target_modules(model, ["DEFAULT"], None) == ["k_proj", "q_proj", "v_proj"]
    assert target_modules(model, ["AUTO"], None) == ["k_proj", "q_proj", "v_proj"]
    assert target_modules(model, ["EMBEDDING"], None) == ["embed_tokens"]


def test_gpt2_has_linear_layers_of_its_own_kind():
    from transformers import GPT2Config, GPT2LMHeadModel

    gpt2 = GPT2LMHeadModel(
        GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    )
    assert target_modules(gpt2, ["DEFAULT"], None) == ["c_attn"]
    assert target_modules(gpt2, ["ALL"], None) == ["c_attn", "c_fc", "c_proj"]
    tuned = TUNERS.find("lora").attach(gpt2, make_config(target_modules=["ALL"]), 1)
    assert sum(p.requires_grad for p in tuned.parameters()) == 2 * 4 * 2


def test_words_and_names_add_up_without_repeats(model):
    found = target_modules(model, ["DEFAULT", "q_proj", "up_proj", "EMBEDDING"], None)
    assert found == ["embed_tokens", "k_proj", "q_proj", "up_proj", "v_proj"]


def test_a_name_may_be_a_path(llama):
    assert target_modules(llama, ["layers.1.mlp.up_proj"], None) == ["layers.1.mlp.up_proj"]


def test_a_wrong_name_is_answered_with_the_nearest(llama):
    with pytest.raises(UsageError) as caught:
        target_modules(llama, ["q_prj"], None)
    (problem,) = caught.value.problems
    assert (problem.flag, problem.got) == ("target_modules", "q_prj")
    assert "q_proj" in problem.fix


def test_a_name_like_nothing_is_answered_with_what_there_is(llama):
    with pytest.raises(UsageError, match="gate_proj"):
        target_modules(llama, ["xyzzy123"], None)


@pytest.mark.parametrize("name", ["mlp", "norm", "self_attn", "0"])
def test_a_block_is_no_layer(llama, name):
    with pytest.raises(UsageError, match="not a linear or embedding layer"):
        target_modules(llama, [name], None)


def test_a_block_is_answered_with_its_layers(llama):
    with pytest.raises(UsageError, match="down_proj, gate_proj, up_proj"):
        target_modules(llama, ["mlp"], None)


def test_an_expression_replaces_the_names(llama):
    regex = r".*layers\.1\.self_attn\.[qk]_proj"
    assert target_modules(llama, ["ALL"], regex) == regex


def test_an_expression_that_matches_blocks_gives_their_layers(llama):
    """peft would stop at the block."""
    found = target_modules(llama, [], r".*layers\.0\.mlp.*")
    assert found == [f"model.layers.0.mlp.{n}" for n in ("gate_proj", "up_proj", "down_proj")]


@pytest.mark.parametrize("regex", ["q_proj", "nothing.*", ".*norm"])
def test_an_expression_must_match_a_whole_path_of_a_layer(llama, regex):
    with pytest.raises(UsageError, match="--target_regex"):
        target_modules(llama, ["ALL"], regex)


def test_a_broken_expression_is_named(llama):
    with pytest.raises(UsageError, match="not a regular expression"):
        target_modules(llama, ["ALL"], "(q_proj")


def test_modules_to_save(llama):
    assert modules_to_save(llama, []) == []
    assert modules_to_save(llama, ["EMBEDDING"]) == ["embed_tokens"]
    norms = ["input_layernorm", "norm", "post_attention_layernorm"]
    assert modules_to_save(llama, ["LN"]) == norms
    assert modules_to_save(llama, ["lm_head", "LN"]) == sorted([*norms, "lm_head"])
    with pytest.raises(UsageError, match="did you mean lm_head"):
        modules_to_save(llama, ["lm_hed"])
