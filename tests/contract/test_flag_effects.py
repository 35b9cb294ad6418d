# ruff: noqa: E501  (a row of the table stays on one line)
"""For each flag of tuners, optimisers, quantised bases and loading, the test that sees its
effect.
"""

import ast
from pathlib import Path

import pytest

from burnish.commands.base import load
from burnish.config.config import flags_of

TESTS = Path(__file__).parents[1]
SEEN = {
    "sft_type": "tuners/test_every_tuner.py::test_every_tuner_is_walked",
    "auto_find_batch_size": "train/test_fitting.py::test_the_steps_are_those_of_a_run_that_began_small",
    "freeze_parameters": "tuners/test_full.py::test_names_by_their_beginning",
    "freeze_vit": "tuners/test_full.py::test_the_vision_part_is_left_alone",
    "freeze_parameters_ratio": "tuners/test_full.py::test_a_share_from_the_first_weight_on",
    "additional_trainable_parameters": "tuners/test_full.py::test_additional_weights_are_trained_whatever_froze_them",
    "tuner_backend": "tuners/test_whole_runs.py::test_a_swift_folder_goes_on_with_peft_and_the_other_way",
    "dtype": "tuners/test_freeze.py::test_trained_weights_are_float32_and_used_in_the_bases_format",
    "quant_method": "nn/test_quantize.py::test_hqq_takes_axis_and_settings_of_layers",
    "quantization_bit": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "hqq_axis": "nn/test_quantize.py::test_hqq_takes_axis_and_settings_of_layers",
    "hqq_dynamic_config_path": "nn/test_quantize.py::test_hqq_takes_axis_and_settings_of_layers",
    "bnb_4bit_comp_dtype": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "bnb_4bit_quant_type": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "bnb_4bit_use_double_quant": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "bnb_4bit_quant_storage": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "target_modules": "tuners/test_targets.py::test_words_stand_for_kinds_of_layers",
    "target_regex": "tuners/test_targets.py::test_an_expression_replaces_the_names",
    "lora_rank": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
    "lora_alpha": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
    "lora_dropout": "tuners/test_peft.py::test_five_steps_are_those_of_peft_alone",
    "init_lora_weights": "tuners/test_pissa.py::test_the_saved_lora_gives_the_model_on_the_base_as_it_was",
    "lora_bias_trainable": "tuners/test_lora.py::test_biases_are_trained_when_asked",
    "modules_to_save": "tuners/test_peft.py::test_plain_peft_opens_what_was_saved",
    "lora_dtype": "tuners/test_lora.py::test_saved_weights_come_back_bit_for_bit",
    "use_dora": "tuners/test_peft.py::test_five_steps_are_those_of_peft_alone",
    "use_rslora": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
    "neftune_noise_alpha": "train/hooks/test_neftune.py::test_it_is_put_on_the_models_embedding",
    "neftune_backend": "train/hooks/test_neftune.py::test_the_flag_asks_for_it",
    "optim": "optim/test_base.py::test_flags_reach_the_optimiser",
    "adam_beta1": "optim/test_base.py::test_flags_reach_the_optimiser",
    "adam_beta2": "optim/test_base.py::test_flags_reach_the_optimiser",
    "adam_epsilon": "optim/test_base.py::test_flags_reach_the_optimiser",
    "weight_decay": "optim/test_base.py::test_biases_and_norms_do_not_decay",
    "max_grad_norm": "train/test_fit.py::test_long_gradients_are_cut",
    "lr_scheduler_type": "optim/test_schedule.py::test_the_rates_are_those_of_transformers",
    "warmup_ratio": "optim/test_schedule.py::test_warm_up_in_steps_beats_its_share",
    "warmup_steps": "optim/test_schedule.py::test_warm_up_in_steps_beats_its_share",
    "gpu_memory_fraction": "train/test_run.py::test_a_share_of_memory_is_one_that_can_be",
    "device_map_config": "nn/test_device_map.py::test_a_model_goes_where_the_map_says",
    "device_max_memory": "nn/test_device_map.py::test_caps_spread_the_model",
    "rope_scaling": "nn/test_rope.py::test_a_run_that_stretched_is_asked_and_merged_so",
    "fourier_n_frequency": "tuners/test_fourierft.py::test_entries_start_standard_normal",
    "fourier_scaling": "tuners/test_fourierft.py::test_a_layer_adds_the_transform_of_its_spectrum",
    "boft_block_size": "tuners/test_boft.py::test_a_layer_computes_the_formula",
    "boft_block_num": "tuners/test_boft.py::test_a_layer_computes_the_formula",
    "boft_dropout": "tuners/test_boft.py::test_dropout_switches_blocks_off_in_training_alone",
    "vera_rank": "tuners/test_vera.py::test_one_seed_gives_one_pair_for_all_layers",
    "vera_projection_prng_key": "tuners/test_vera.py::test_true_and_false_say_whether_to_save_and_numbers_seed",
    "vera_dropout": "tuners/test_vera.py::test_start_and_dropout_are_those_of_the_flags",
    "vera_d_initial": "tuners/test_vera.py::test_start_and_dropout_are_those_of_the_flags",
    "lora_lr_ratio": "optim/test_base.py::test_lora_plus_speeds_up_b",
    "use_galore": "optim/test_galore.py::test_it_is_the_reference",
    "galore_target_modules": "optim/test_galore.py::test_targets",
    "galore_rank": "optim/test_galore.py::test_state_has_the_projected_shape",
    "galore_update_proj_gap": "optim/test_galore.py::test_the_gap_stays_while_gradients_turn",
    "galore_scale": "optim/test_galore.py::test_it_is_the_reference",
    "galore_proj_type": "optim/test_runs.py::test_another_projection_is_refused",
    "galore_optim_per_parameter": "optim/test_galore.py::test_one_optimiser_each_gives_the_same",
    "galore_with_embedding": "optim/test_galore.py::test_targets",
    "galore_quantization": "optim/test_galore.py::test_the_gap_grows_while_gradients_stay_and_never_shrinks",
    "galore_proj_quant": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
    "galore_proj_bits": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
    "galore_proj_group_size": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
    "galore_cos_threshold": "optim/test_galore.py::test_threshold_factor_and_queue_have_their_effect",
    "galore_gamma_proj": "optim/test_galore.py::test_the_gap_grows_while_gradients_stay_and_never_shrinks",
    "galore_queue_size": "optim/test_galore.py::test_the_gap_grows_while_gradients_stay_and_never_shrinks",
    "lisa_activated_layers": "train/hooks/test_lisa.py::test_exactly_so_many_layers_train",
    "lisa_step_interval": "train/hooks/test_lisa.py::test_exactly_so_many_layers_train",
    "llamapro_num_new_blocks": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
    "llamapro_num_groups": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
    "adalora_target_r": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_init_r": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_tinit": "tuners/test_whole_runs.py::test_wrong_numbers_are_named",
    "adalora_tfinal": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_deltaT": "tuners/test_adalora.py::test_masks_change_every_delta_t_steps",
    "adalora_beta1": "tuners/test_adalora.py::test_training_is_pefts_own",
    "adalora_beta2": "tuners/test_adalora.py::test_training_is_pefts_own",
    "adalora_orth_reg_weight": "tuners/test_adalora.py::test_the_penalty_is_the_mean_distance_from_orthogonal",
    "ia3_feedforward_modules": "tuners/test_ia3.py::test_targets_that_were_named_keep_their_feedforward_layers",
    "reft_layers": "tuners/test_reft.py::test_chosen_layers_and_no_others",
    "reft_rank": "tuners/test_reft.py::test_the_formula",
    "reft_intervention_type": "tuners/test_reft.py::test_the_formula",
    "reft_args": "tuners/test_reft.py::test_settings_of_the_formula",
    "checkpoint_dir": "tuners/test_several_runs.py::test_a_new_adapter_is_trained_upon_those_before",
    "resume_lora_training": "tuners/test_several_runs.py::test_it_resumes_bit_for_bit_though_the_folders_are_gone",
    "use_liger": "nn/kernels/test_swap.py::test_the_classes_of_the_family_stay_as_they_are",
}
GROUPS = (
    "Lora", "Full", "Adalora", "Boft", "Fourierft", "Ia3", "Llamapro", "Reft", "Vera", "Galore",
    "Lisa", "Neftune", "Quant",
)  # fmt: skip


@pytest.mark.parametrize("flag", SEEN)
def test_there_is_a_test_that_sees_it(flag: str) -> None:
    file, _, name = SEEN[flag].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert flag in flags_of(load("sft"))


def test_no_flag_of_a_method_is_left_out() -> None:
    flags = flags_of(load("sft"))
    own = {name for name, info in flags.items() if info.meta.origin == "documented"}
    methods = {n for n in own if flags[n].group.__name__.removesuffix("Group") in GROUPS}
    assert methods <= SEEN.keys(), methods - SEEN.keys()
