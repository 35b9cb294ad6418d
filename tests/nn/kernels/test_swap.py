"""Liger's layers: only for families that have them, in one model, the classes left alone."""

import sys
from types import ModuleType

import pytest
from tests.fixtures_train import assert_same_gradients, gradients, make_model, make_sequences

from burnish.core.errors import BurnishError, ModelError
from burnish.data.collate import collate
from burnish.nn.kernels import swap
from burnish.nn.scorer import Scorer


def test_other_families_are_told():
    with pytest.raises(ModelError, match="a glm model is none of llama"):
        swap.refuse_liger(make_model("glm").config)
    swap.refuse_liger(make_model("qwen2").config)


def test_a_missing_package_is_told(monkeypatch):
    monkeypatch.setattr("burnish.core.require.is_installed", lambda module: False)
    with pytest.raises(BurnishError, match=r"burnish\[liger\]"):
        swap.swap(make_model("llama"), use_liger=True)


def test_the_classes_of_the_family_stay_as_they_are(monkeypatch):
    """A stand-in that does to the family's module what Liger does."""
    model = make_model("qwen2")
    code = sys.modules[type(model).__module__]
    asked, norm = {}, code.Qwen2RMSNorm

    def apply(model, **given):
        asked.update(given, model=model)
        code.Qwen2RMSNorm = object

    stand_in = ModuleType("liger_kernel.transformers")
    stand_in.monkey_patch = ModuleType("monkey_patch")
    stand_in.monkey_patch.apply_liger_kernel_to_qwen2 = apply
    monkeypatch.setitem(sys.modules, "liger_kernel", ModuleType("liger_kernel"))
    monkeypatch.setitem(sys.modules, "liger_kernel.transformers", stand_in)
    monkeypatch.setattr(swap, "require", lambda *args, **more: None)
    assert swap.swap(model, use_liger=True) == ["Liger's norms and feed-forward layers"]
    assert code.Qwen2RMSNorm is norm and asked.pop("model") is model
    assert {name for name, on in asked.items() if on} == {"rms_norm", "swiglu"}
    assert {name for name, on in asked.items() if not on} == {
        "rope", "cross_entropy", "fused_linear_cross_entropy"
    }  # fmt: skip


@pytest.mark.gpu
@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_values_and_gradients_are_those_without(family):
    pytest.importorskip("liger_kernel")
    batch, found = collate(make_sequences([9, 5, 14])).to("cuda"), []
    for wanted in (False, True):
        model = make_model(family, hidden_size=64, intermediate_size=128).cuda()
        swap.swap(model, use_liger=wanted)
        names = {module._get_name() for module in model.modules()}
        assert any("Liger" in name for name in names) == wanted
        loss = -Scorer(model).train()(batch).logps.mean()
        loss.backward()
        found.append((loss.item(), gradients(model)))
    assert found[1][0] == pytest.approx(found[0][0], rel=1e-4)
    assert_same_gradients(found[1][1], found[0][1], 1e-3)
