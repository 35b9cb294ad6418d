from burnish.catalog.targets import default_targets


def test_targets_of_known_and_unknown_architectures() -> None:
    assert default_targets("llama") == ("q_proj", "k_proj", "v_proj")
    assert default_targets("phi3") == ("qkv_proj",)
    assert default_targets("never_seen") is None
