"""Liger's layers: only for families that have them, in one model, the classes left alone."""

import sys
from types import ModuleType

import pytest
from tests.fixtures_train import make_model

from burnish.core.errors import BurnishError, ModelError
from burnish.nn.kernels import swap


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
