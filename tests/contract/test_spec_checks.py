# ruff: noqa: E501  (a row of a table stays on one line)
"""For each thing that must hold of tuners, optimisers and quantised bases, the test that would fail
if it did not.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WALK = "tuners/test_every_tuner.py"
STARTS = f"{WALK}::test_it_starts_as_the_spec_says_and_trains_what_it_claims"
UNTOUCHED = f"{WALK}::test_only_what_is_trained_changes"
FRESH = f"{WALK}::test_a_fresh_process_gives_the_same_logits"
MERGED = f"{WALK}::test_merged_is_unmerged"
WITH_CACHE = f"{WALK}::test_answers_with_and_without_cache_are_equal"
RUN = "train/test_flags.py"
SEEN: dict[str, dict[str, str]] = {
    "every adapter": {
        "nothing but the adapter is trained": STARTS,
        "fresh, it is the base (or is known not to be)": STARTS,
        "saved and loaded, it gives the same logits": FRESH,
        "the base keeps its bits": UNTOUCHED,
        "checkpoints hold nothing of the base": f"{WALK}::test_a_checkpoint_holds_nothing_of_the_base",
        "EMBEDDING and LN become real modules": "tuners/test_targets.py::test_modules_to_save",
        "modules that are saved come back": "tuners/test_lora.py::test_saved_weights_come_back_bit_for_bit",
        "on packed weights, trained ones have all their bits": "nn/test_quantize.py::test_packed_weights_are_never_trained",
        "only lora is chained": "tuners/test_several.py::test_only_lora_has_others_upon_it",
    },
    "full": {
        "gradients where predicted, and nowhere else": "tuners/test_full.py::test_gradients_are_those_of_the_weights_that_train",
        "all frozen but one beginning": "tuners/test_full.py::test_additional_weights_are_trained_whatever_froze_them",
        "a quantised base is refused": "nn/test_quantize.py::test_wrong_combinations_are_told",
        "float16 is trained in float32": "tuners/test_full.py::test_float16_is_trained_on_float32_weights",
    },
    "freeze": {
        "names": "tuners/test_freeze.py::test_what_is_trained",
        "layers are counted in the model": "tuners/test_freeze.py::test_what_is_trained",
        "no layers is an error": "tuners/test_freeze.py::test_what_cannot_be",
        "trained in float32": "tuners/test_freeze.py::test_trained_weights_are_float32_and_used_in_the_bases_format",
        "its file holds them alone": "tuners/test_freeze.py::test_a_checkpoint_holds_these_weights_alone",
    },
    "p_tuning v2": {
        "count": "tuners/test_p_tuning.py::test_counts_and_files_are_those_of_the_prefix",
        "two linear layers and tanh": "tuners/test_p_tuning.py::test_the_projection",
        "attention sees so many positions more": "tuners/test_p_tuning.py::test_every_layer_attends_to_its_own_learned_keys_and_values",
        "text keeps positions and labels": "tuners/test_p_tuning.py::test_text_keeps_its_places_and_labels",
        "it changes the model from the start": STARTS,
        "its file holds the prefix alone": "tuners/test_p_tuning.py::test_counts_and_files_are_those_of_the_prefix",
    },
    "lora": {
        "formula": "tuners/test_peft.py::test_five_steps_are_those_of_peft_alone",
        "dropout is on the adapter's input": "nn/layers/test_lora.py::test_dropout_falls_on_the_adapters_input_in_training_only",
        "count": STARTS,
        "scale": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
        "merged is unmerged": MERGED,
        "ALL without the head, DEFAULT by the list of models": "tuners/test_targets.py::test_words_stand_for_kinds_of_layers",
        "an expression wins over names": "tuners/test_targets.py::test_an_expression_replaces_the_names",
    },
    "resume_lora_training": {
        "true: the last goes on upon the others": "tuners/test_upon.py::test_going_on_trains_the_last_upon_the_others",
        "false: the start is where they end, B is 0": "tuners/test_upon.py::test_a_new_one_starts_where_they_end",
    },
    "init pissa / pissa_niter_n": {
        "the start is the base": STARTS,
        "base weights move": "tuners/test_pissa.py::test_it_starts_from_the_largest_singular_directions",
        "converted, it is the trained model on the first base": "tuners/test_pissa.py::test_the_saved_lora_gives_the_model_on_the_base_as_it_was",
        "n counts rounds": "tuners/test_pissa.py::test_more_rounds_find_the_directions_better",
    },
    "init gaussian / false": {
        "gaussian: deviation 1/r, B is 0": "tuners/test_lora.py::test_gaussian_has_the_deviation_of_one_over_the_rank",
        "false changes the model": STARTS,
    },
    "dora": {
        "formula": "tuners/test_lora.py::test_dora_learns_lengths_and_directions_apart",
        "the start is the base": STARTS,
        "lengths are trained": "tuners/test_lora.py::test_dora_learns_lengths_and_directions_apart",
        "merged is unmerged": MERGED,
    },
    "lora+": {
        "rates of the groups": "optim/test_base.py::test_lora_plus_tells_embeddings_matrices_and_vectors_apart",
        "no ratio, one rate": "optim/test_base.py::test_lora_plus_speeds_up_b",
    },
    "longlora": {
        "answers are plain lora's": "tuners/test_longlora.py::test_answers_are_those_of_plain_lora",
        "training is not": "tuners/test_longlora.py::test_answers_are_those_of_plain_lora",
        "groups, half of the heads shifted": "tuners/test_longlora.py::test_heads_attend_in_groups_half_of_them_shifted",
        "a length that 4 does not divide": "tuners/test_longlora.py::test_what_cannot_be",
        "another family": "tuners/test_longlora.py::test_what_cannot_be",
        "rows are padded to max_length": "tuners/test_longlora.py::test_rows_are_padded_to_the_length_and_cut_again",
        "norms and embeddings are trained": "tuners/test_longlora.py::test_answers_are_those_of_plain_lora",
    },
    "adalora": {
        "formula, budget and masks are peft's": "tuners/test_adalora.py::test_training_is_pefts_own",
        "importance": "tuners/test_adalora.py::test_importance_is_a_moving_average_of_sensitivity_and_uncertainty",
        "penalty": "tuners/test_adalora.py::test_the_penalty_is_the_mean_distance_from_orthogonal",
        "every deltaT steps": "tuners/test_adalora.py::test_masks_change_every_delta_t_steps",
        "the start is the base": STARTS,
        "the first budget until tinit": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
        "the last budget before tfinal": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
        "there is time between": "tuners/test_adalora.py::test_there_must_be_time_for_ranks_to_fall",
        "embeddings are refused": "tuners/test_adalora.py::test_embeddings_are_refused",
        "lora_dtype has no effect": "tuners/test_adalora.py::test_the_adapters_number_format_does_not_hold_here",
    },
    "ia3": {
        "scales of outputs and inputs": "tuners/test_ia3.py::test_outputs_and_feedforward_inputs_are_scaled",
        "the start is the base to the bit": STARTS,
        "count": STARTS,
        "feed-forward layers are targets": "tuners/test_ia3.py::test_feedforward_layers_are_among_the_targets",
    },
    "llamapro": {
        "fresh, logits are the base's to the bit": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
        "places of the copies": "tuners/test_llamapro.py::test_where_they_go",
        "biases are zero as well": "tuners/test_llamapro.py::test_biases_of_the_last_weights_are_zero_too",
        "number of layers": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
        "config": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
        "originals are frozen": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
        "numbers that do not divide": "tuners/test_llamapro.py::test_uneven_layers_are_refused",
        "layers are numbered anew, the cache works": "tuners/test_llamapro.py::test_it_loads_as_an_adapter_and_as_a_whole_model",
    },
    "adapter": {
        "formula": "tuners/test_adapter.py::test_the_formula",
        "behind every mlp, the start is the base": "tuners/test_adapter.py::test_it_starts_as_the_base_and_sits_behind_every_mlp",
        "width and activation": "tuners/test_adapter.py::test_the_flags_choose_width_and_function",
        "nothing else is trained": STARTS,
    },
    "vera": {
        "formula": "tuners/test_vera.py::test_a_layer_computes_the_formula",
        "the start is the base": STARTS,
        "count": STARTS,
        "a key gives its matrices again, unsaved": "tuners/test_vera.py::test_one_seed_gives_one_pair_for_all_layers",
        "layers of unlike shapes": "tuners/test_vera.py::test_layers_of_unequal_shape_take_corners",
    },
    "boft": {
        "formula": "tuners/test_boft.py::test_a_layer_computes_the_formula",
        "the start is the base": STARTS,
        "rotations stay rotations": "tuners/test_boft.py::test_a_layer_computes_the_formula",
        "blocks fill the inputs": "tuners/test_boft.py::test_blocks_must_fill_a_layer",
        "both or neither of size and number": "config/test_resolve.py::test_what_cannot_be_is_refused_by_name",
        "dropout multiplies": "tuners/test_boft.py::test_a_block_that_is_switched_off_turns_nothing",
    },
    "fourierft": {
        "count": STARTS,
        "it changes the model from the start": STARTS,
        "coefficients of 0 change nothing": "tuners/test_fourierft.py::test_no_entries_change_nothing",
        "formula": "tuners/test_fourierft.py::test_a_layer_adds_the_transform_of_its_spectrum",
        "one seed, one set of places": "tuners/test_fourierft.py::test_places_do_not_depend_on_the_random_state",
        "more coefficients than entries": "tuners/test_fourierft.py::test_no_more_entries_than_a_layer_has",
    },
    "reft": {
        "six formulas": "tuners/test_reft.py::test_the_formula",
        "it changes the model from the start": STARTS,
        "layers": "tuners/test_reft.py::test_chosen_layers_and_no_others",
        "it cannot be merged": MERGED,
        "recomputing is refused or off": "tuners/test_reft.py::test_recomputing_is_refused_where_it_was_asked_for_and_else_off",
        "rows of R stay orthonormal": "tuners/test_reft.py::test_the_rotation_stays_one",
        "the base is frozen": UNTOUCHED,
    },
    "neftune": {
        "answers have none": "train/hooks/test_neftune.py::test_it_is_put_on_the_models_embedding",
        "size": "train/hooks/test_neftune.py::test_the_noise_is_as_large_as_the_paper_says",
        "none and 0": "train/hooks/test_neftune.py::test_the_flag_asks_for_it",
    },
    "lisa": {
        "so many layers from the first step, drawn anew": "train/hooks/test_lisa.py::test_exactly_so_many_layers_train",
        "embeddings, last norm and head always": "train/hooks/test_lisa.py::test_exactly_so_many_layers_train",
        "the optimiser takes layers that rest": "train/hooks/test_lisa.py::test_layers_that_rest_stay_and_hold_no_moments",
        "not with adapters": "train/hooks/test_lisa.py::test_only_with_full_tuning",
    },
    "galore": {
        "formula": "optim/test_galore.py::test_it_is_the_reference",
        "shape of the state": "optim/test_galore.py::test_state_has_the_projected_shape",
        "orthonormal": "optim/test_galore.py::test_a_projection_is_orthonormal_and_renewed_at_multiples_of_the_gap",
        "renewed at multiples of the gap": "optim/test_galore.py::test_a_projection_is_orthonormal_and_renewed_at_multiples_of_the_gap",
        "the whole rank loses nothing": "optim/test_galore.py::test_the_whole_rank_loses_nothing",
        "sides": "optim/test_galore.py::test_state_has_the_projected_shape",
    },
    "q-galore": {
        "the gap grows and never shrinks": "optim/test_galore.py::test_the_gap_grows_while_gradients_stay_and_never_shrinks",
        "threshold, factor and queue": "optim/test_galore.py::test_threshold_factor_and_queue_have_their_effect",
        "projections in few bits": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
        "weights in int8": "train/hooks/test_int8_weights.py::test_a_run_trains_saves_and_goes_on",
    },
    "liger": {
        "values and gradients are those without": "nn/kernels/test_swap.py::test_values_and_gradients_are_those_without",
        "a family that has none": "nn/kernels/test_swap.py::test_other_families_are_told",
        "weights of the loss are switched off": "config/test_resolve.py::test_liger_takes_no_loss_weights",
    },
    "loss": {
        "labels that are left out, mean over trained tokens": "objectives/test_sft.py::test_the_loss_is_the_formula",
        "over the whole accumulated batch": "train/test_fit.py::test_accumulation_changes_nothing",
        "accuracy of tokens and of sentences": "objectives/test_sft.py::test_accuracy_counts_tokens_or_sequences",
        "the best checkpoint has the smallest": "train/test_about.py::test_the_best_is_the_lowest_loss_of_an_evaluated_checkpoint",
    },
    "schedule": {
        "biases and norms do not decay": "optim/test_base.py::test_biases_and_norms_do_not_decay",
        "cosine behind a warm-up": "optim/test_schedule.py::test_cosine_falls_to_zero",
        "steps beat the share": f"{RUN}::test_the_rate_takes_its_course",
    },
    "resume": {
        "N and N steps are 2N": f"{WALK}::test_going_on_gives_the_uninterrupted_run",
        "same losses, order and rate": "train/test_state.py::test_resuming_gives_the_uninterrupted_run",
        "weights only: step and rate begin anew": "train/test_state.py::test_weights_alone_cannot_be_resumed_strictly",
    },
    "loop": {
        "recomputing changes no loss": "train/test_fit.py::test_it_is_a_plain_loop",
        "full_determinism: the same bits": f"{RUN}::test_full_determinism_holds_while_it_trains",
        "test_oom_error: the longest row first": "invariants/test_streaming.py::test_the_longest_come_first",
        "factor of the positions": "nn/test_rope.py::test_the_factor_is_the_length_over_the_models_own_rounded_up",
    },
    "bnb 4/8": {
        "nf4, fp4, constants, arithmetic": "nn/test_quantize.py::test_each_bnb_flag_acts",
        "lora trains, the base does not": "nn/test_quantize.py::test_lora_trains_and_nothing_else_changes",
        "full is refused": "nn/test_quantize.py::test_wrong_combinations_are_told",
        "merging says how far it is": "train/test_quantised_runs.py::test_merging_takes_the_full_precision_base_and_tells_how_far_it_is",
        "answers on the way in": "infer/test_session.py::test_a_model_is_quantised_on_the_way_in",
        "what was trained answers": "train/test_quantised_runs.py::test_a_run_goes_on_bit_for_bit_and_answers",
    },
    "hqq": {
        "bits, axis, settings of layers": "nn/test_quantize.py::test_hqq_takes_axis_and_settings_of_layers",
        "no bits are 8": "nn/test_quantize.py::test_hqq_without_bits_means_eight",
    },
    "unsloth": {
        "names as with peft": "gpu/test_unsloth_cuda.py::test_it_computes_what_the_peft_backend_does",
        "not with longlora": "config/test_backend.py::test_other_methods_are_refused",
    },
    "eetq": {"refused, with what does the same": "nn/test_quantize.py::test_wrong_combinations_are_told"},
    "weights quantised before": {
        "not quantised twice": "nn/test_quantize.py::test_weights_quantised_before_need_their_package",
        "not merged": "train/test_quantised_runs.py::test_an_adapter_on_a_base_quantised_before_is_not_merged",
        "GPTQ and AWQ folders are the models they stand for": "nn/test_prequantised.py::test_a_folder_is_the_model_of_the_weights_that_it_stands_for",
        "trained there and gone on with": "train/test_prequantised_runs.py::test_every_tuner_that_can_sit_there_trains_and_resumes_bit_for_bit",
        "tuners that cannot sit there": "train/test_prequantised_runs.py::test_a_tuner_that_cannot_is_refused_by_name_before_weights_are_read",
        "neither quantised nor merged": "train/test_prequantised_runs.py::test_other_wrong_combinations_are_refused_by_name",
    },
}  # fmt: skip
LATER: dict[str, dict[str, str]] = {
    "dora": {"not served beside other adapters": "serving"},
    "eetq": {"number format": "eetq itself is refused"},
    "loss": {
        "ROUGE and BLEU, the best by them": "evaluation by generating",
        "accuracy of train_bash": "the older command lines",
    },
    "llama_recipes": {
        "gamma by epoch": "the older command lines",
        "division by the accumulation": "the older command lines",
        "the last part of an accumulation": "the older command lines",
        "evaluation by epoch": "the older command lines",
        "perplexity": "the older command lines",
    },
    "awq": {"4 bits, calibrated, near": "export", "name of the folder": "export"},
    "gptq": {"2, 3, 4 and 8 bits": "export", "name of the folder": "export"},
    "round trip": {
        "written, it answers": "export", "a folder that is there": "export",
        "not merged yet": "export", "blocks of calibration": "export",
    },
}  # fmt: skip
"""What belongs to parts that are built later, and which."""
TABLES = ("4", "6")
NAMES = {"freeze (glm, train_bash)": "freeze", "adapter (Houlsby)": "adapter"}


@pytest.mark.parametrize(("subject", "check"), [(s, c) for s in SEEN for c in SEEN[s]])
def test_there_is_a_test_that_sees_it(subject: str, check: str) -> None:
    file, _, name = SEEN[subject][check].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def checks_of(text: str, section: str) -> Counter[str]:
    """{method: how many checks its row of a section's table has}."""
    found = re.search(rf"^## {section}\. .*?\n(.*?)(?=^## )", text, re.M | re.S)
    assert found
    rows = [line.split("|")[1:-1] for line in found[1].splitlines() if line.startswith("|")]
    plain = ((NAMES.get(r[0].strip(), r[0].strip()), r[-1].split(";")) for r in rows[2:])
    return Counter({name: len([c for c in checks if c.strip()]) for name, checks in plain})


@pytest.mark.shared
def test_no_check_of_the_tables_is_left_out(shared: Path) -> None:
    text = (shared / "spec" / "commands.md").read_text(encoding="utf-8").replace("‖", "")
    ours = Counter({name: len(checks) for name, checks in SEEN.items()})
    ours.update({name: len(checks) for name, checks in LATER.items()})
    for section in TABLES:
        wanted = checks_of(text, section)
        assert len(wanted) > 4
        assert not {name: n for name, n in wanted.items() if ours[name] < n}
