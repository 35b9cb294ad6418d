from burnish.catalog.loss_scales import LOSS_SCALES
from burnish.data.weights import LossScale


def test_every_named_set_of_rules_loads() -> None:
    assert list(LOSS_SCALES) == ["DEFAULT", "alpha-umi", "agent-flan"]
    for name, rules in LOSS_SCALES.items():
        scale = LossScale.load(name)
        assert len(scale.literal) == len(rules["response"])
        assert len(scale.query) == len(rules.get("query", {}))
        assert ("Observation:", 2.0, 0.0) in scale.literal
