# ruff: noqa: E501  (a row of the table stays on one line)
"""For each flag of tuners, optimisers, quantised bases and loading, the test that sees its
effect: with the flag ignored (its default in the place of what was given), the test fails.
"""

import ast
from pathlib import Path

import pytest

from burnish.commands.base import load
from burnish.config.config import flags_of

TESTS = Path(__file__).parents[1]
SEEN = {
    "sft_type": "tuners/test_every_tuner.py::test_only_what_is_trained_changes",
    "auto_find_batch_size": "train/test_fitting.py::test_the_steps_are_those_of_a_run_that_began_small",
    "freeze_parameters": "tuners/test_full.py::test_names_by_their_beginning",
    "freeze_vit": "tuners/test_full.py::test_the_vision_part_is_left_alone",
    "freeze_parameters_ratio": "tuners/test_full.py::test_a_share_from_the_first_weight_on",
    "additional_trainable_parameters": "tuners/test_full.py::test_additional_weights_are_trained_whatever_froze_them",
    "tuner_backend": "tuners/test_whole_runs.py::test_a_swift_folder_goes_on_with_peft_and_the_other_way",
    "dtype": "train/test_flags.py::test_the_base_is_loaded_as_the_flags_say",
    "quant_method": "nn/test_quantize.py::test_hqq_without_bits_means_eight",
    "quantization_bit": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "hqq_axis": "nn/test_quantize.py::test_hqq_takes_axis_and_settings_of_layers",
    "hqq_dynamic_config_path": "nn/test_quantize.py::test_hqq_takes_axis_and_settings_of_layers",
    "bnb_4bit_comp_dtype": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "bnb_4bit_quant_type": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "bnb_4bit_use_double_quant": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "bnb_4bit_quant_storage": "nn/test_quantize.py::test_each_bnb_flag_acts",
    "target_modules": "tuners/test_targets.py::test_gpt2_has_linear_layers_of_its_own_kind",
    "target_regex": "tuners/test_vera.py::test_a_regular_expression_chooses_layers",
    "lora_rank": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
    "lora_alpha": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
    "lora_dropout": "tuners/test_peft.py::test_five_steps_are_those_of_peft_alone",
    "init_lora_weights": "tuners/test_lora.py::test_init_false_makes_both_matrices_random",
    "lora_bias_trainable": "tuners/test_lora.py::test_biases_are_trained_when_asked",
    "modules_to_save": "tuners/test_lora.py::test_modules_to_save_are_trained_beside_it",
    "lora_dtype": "tuners/test_lora.py::test_a_half_precision_base_has_float32_adapters",
    "use_dora": "tuners/test_lora.py::test_dora_learns_lengths_and_directions_apart",
    "use_rslora": "tuners/test_lora.py::test_scale_and_rank_are_those_of_the_flags",
    "neftune_noise_alpha": "train/hooks/test_neftune.py::test_it_is_put_on_the_models_embedding",
    "optim": "optim/test_base.py::test_flags_reach_the_optimiser",
    "adam_beta1": "optim/test_base.py::test_flags_reach_the_optimiser",
    "adam_beta2": "optim/test_base.py::test_flags_reach_the_optimiser",
    "adam_epsilon": "optim/test_base.py::test_flags_reach_the_optimiser",
    "weight_decay": "optim/test_base.py::test_flags_reach_the_optimiser",
    "max_grad_norm": "train/test_fit.py::test_long_gradients_are_cut",
    "lr_scheduler_type": "train/test_flags.py::test_the_rate_takes_its_course",
    "warmup_ratio": "train/test_flags.py::test_the_rate_takes_its_course",
    "warmup_steps": "train/test_flags.py::test_the_rate_takes_its_course",
    "gpu_memory_fraction": "train/test_flags.py::test_a_process_takes_its_share_of_the_device",
    "device_map_config": "nn/test_device_map.py::test_a_model_goes_where_the_map_says",
    "device_max_memory": "nn/test_device_map.py::test_caps_spread_the_model",
    "rope_scaling": "nn/test_rope.py::test_a_run_that_stretched_is_asked_and_merged_so",
    "fourier_n_frequency": "tuners/test_fourierft.py::test_a_layer_adds_the_transform_of_its_spectrum",
    "fourier_scaling": "tuners/test_fourierft.py::test_a_layer_adds_the_transform_of_its_spectrum",
    "boft_block_size": "tuners/test_boft.py::test_size_and_number_of_blocks",
    "boft_block_num": "tuners/test_boft.py::test_size_and_number_of_blocks",
    "boft_dropout": "tuners/test_boft.py::test_a_block_that_is_switched_off_turns_nothing",
    "vera_rank": "tuners/test_vera.py::test_layers_of_unequal_shape_take_corners",
    "vera_projection_prng_key": "tuners/test_vera.py::test_true_and_false_say_whether_to_save_and_numbers_seed",
    "vera_dropout": "tuners/test_vera.py::test_start_and_dropout_are_those_of_the_flags",
    "vera_d_initial": "tuners/test_vera.py::test_start_and_dropout_are_those_of_the_flags",
    "lora_lr_ratio": "train/test_flags.py::test_the_optimiser_is_the_one_that_was_asked_for",
    "use_galore": "optim/test_galore.py::test_it_is_the_reference",
    "galore_target_modules": "optim/test_galore.py::test_targets",
    "galore_rank": "optim/test_galore.py::test_state_has_the_projected_shape",
    "galore_update_proj_gap": "optim/test_galore.py::test_the_gap_stays_while_gradients_turn",
    "galore_scale": "optim/test_galore.py::test_it_is_the_reference",
    "galore_proj_type": "optim/test_galore.py::test_it_is_the_reference",
    "galore_optim_per_parameter": "optim/test_galore.py::test_one_optimiser_each_gives_the_same",
    "galore_with_embedding": "optim/test_galore.py::test_targets",
    "galore_quantization": "optim/test_galore.py::test_the_gap_grows_while_gradients_stay_and_never_shrinks",
    "galore_proj_quant": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
    "galore_proj_bits": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
    "galore_proj_group_size": "optim/test_galore.py::test_a_quantised_projection_is_small_and_near",
    "galore_cos_threshold": "optim/test_galore.py::test_threshold_factor_and_queue_have_their_effect",
    "galore_gamma_proj": "optim/test_galore.py::test_threshold_factor_and_queue_have_their_effect",
    "galore_queue_size": "optim/test_galore.py::test_threshold_factor_and_queue_have_their_effect",
    "lisa_activated_layers": "train/hooks/test_lisa.py::test_exactly_so_many_layers_train",
    "lisa_step_interval": "train/hooks/test_lisa.py::test_exactly_so_many_layers_train",
    "llamapro_num_new_blocks": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
    "llamapro_num_groups": "tuners/test_llamapro.py::test_the_grown_model_says_what_the_base_says",
    "adalora_target_r": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_init_r": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_tinit": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_tfinal": "tuners/test_adalora.py::test_the_budget_falls_from_the_first_rank_to_the_target",
    "adalora_deltaT": "tuners/test_adalora.py::test_masks_change_every_delta_t_steps",
    "adalora_beta1": "tuners/test_adalora.py::test_importance_is_a_moving_average_of_sensitivity_and_uncertainty",
    "adalora_beta2": "tuners/test_adalora.py::test_importance_is_a_moving_average_of_sensitivity_and_uncertainty",
    "adalora_orth_reg_weight": "tuners/test_adalora.py::test_the_penalty_is_the_mean_distance_from_orthogonal",
    "ia3_feedforward_modules": "tuners/test_ia3.py::test_targets_that_were_named_keep_their_feedforward_layers",
    "reft_layers": "tuners/test_reft.py::test_chosen_layers_and_no_others",
    "reft_rank": "tuners/test_reft.py::test_the_flags_choose_the_formula",
    "reft_intervention_type": "tuners/test_reft.py::test_the_flags_choose_the_formula",
    "reft_args": "tuners/test_reft.py::test_the_flags_choose_the_formula",
    "checkpoint_dir": "tuners/test_several_runs.py::test_a_new_adapter_is_trained_upon_those_before",
    "resume_lora_training": "tuners/test_several_runs.py::test_it_resumes_bit_for_bit_though_the_folders_are_gone",
    "learning_rate": "optim/test_base.py::test_flags_reach_the_optimiser",
    "batch_size": "train/test_flags.py::test_a_step_holds_what_the_flags_say",
    "gradient_accumulation_steps": "train/test_flags.py::test_a_step_holds_what_the_flags_say",
    "gradient_checkpointing": "train/test_flags.py::test_the_base_is_loaded_as_the_flags_say",
    "use_flash_attn": "train/test_flags.py::test_the_base_is_loaded_as_the_flags_say",
    "full_determinism": "train/test_flags.py::test_full_determinism_holds_while_it_trains",
    "test_oom_error": "invariants/test_streaming.py::test_the_longest_come_first",
    "acc_strategy": "objectives/test_sft.py::test_the_flag_says_what_accuracy_counts",
    "resume_from_checkpoint": "train/test_run.py::test_a_run_at_its_end_says_so_and_names_its_checkpoint",
    "resume_only_model": "train/test_state.py::test_weights_alone_cannot_be_resumed_strictly",
    "num_layer_trainable": "tuners/test_freeze.py::test_what_is_trained",
    "name_module_trainable": "tuners/test_freeze.py::test_what_is_trained",
    "pre_seq_len": "tuners/test_p_tuning.py::test_counts_and_files_are_those_of_the_prefix",
    "prefix_projection": "tuners/test_p_tuning.py::test_counts_and_files_are_those_of_the_prefix",
    "adapter_length": "tuners/test_adapter.py::test_the_flags_choose_width_and_function",
    "adapter_act": "tuners/test_adapter.py::test_the_flags_choose_width_and_function",
    "use_liger": "train/test_flags.py::test_liger_is_asked_for_by_its_flag",
}
WITHOUT = {
    "neftune_backend": "train/hooks/test_neftune.py::test_both_backends_give_the_same_noise",
}
"""Accepted for older scripts, and the test that sees that they change nothing."""
GROUPS = (
    "Tuner", "Lora", "Full", "Adalora", "Adapter", "Boft", "Fourierft", "Freeze", "Ia3",
    "Llamapro", "PTuning", "Reft", "Vera", "Optim", "Galore", "Lisa", "Neftune", "Quant",
)  # fmt: skip
ELSEWHERE = {
    "finetuning_type": "sft_type", "lora_target": "target_modules",
    "name_module_trainable": "name_module_trainable", "num_layer_trainable": "num_layer_trainable",
    "pre_seq_len": "pre_seq_len", "prefix_projection": "prefix_projection",
    "quantization_type": "bnb_4bit_quant_type", "double_quantization": "bnb_4bit_use_double_quant",
    "checkpoint_dir": "checkpoint_dir", "resume_lora_training": "resume_lora_training",
    "freeze_layers": "freeze_parameters", "num_freeze_layers": "freeze_parameters",
    "quantization": "quantization_bit", "gradient_clipping_threshold": "max_grad_norm",
    "lr": "learning_rate", "use_fast_kernels": "use_flash_attn",
    "from_peft_checkpoint": "checkpoint_dir", "lora_config.r": "lora_rank",
    "lora_config.lora_alpha": "lora_alpha", "lora_config.target_modules": "target_modules",
    "lora_config.bias": "lora_bias_trainable", "lora_config.lora_dropout": "lora_dropout",
    "quantization_config.quant_type": "bnb_4bit_quant_type",
    "quantization_config.compute_dtype": "bnb_4bit_comp_dtype",
    "quantization_config.use_double_quant": "bnb_4bit_use_double_quant",
    "quantization_config.quant_storage": "bnb_4bit_quant_storage",
}  # fmt: skip
"""Flags of the four older command lines and the one that does the same here."""


@pytest.mark.parametrize("flag", [*SEEN, *WITHOUT])
def test_there_is_a_test_that_sees_it(flag: str) -> None:
    file, _, name = {**SEEN, **WITHOUT}[flag].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert flag in flags_of(load("sft"))


def test_no_flag_of_a_method_is_left_out() -> None:
    flags = flags_of(load("sft"))
    groups = {name: info.group.__name__.removesuffix("Group") for name, info in flags.items()}
    assert set(GROUPS) <= set(groups.values())
    methods = {
        n for n, info in flags.items() if groups[n] in GROUPS and info.meta.later is not True
    }
    assert methods <= SEEN.keys() | WITHOUT.keys(), methods - SEEN.keys()


def test_what_older_command_lines_ask_for_is_seen_here() -> None:
    assert set(ELSEWHERE.values()) <= SEEN.keys()
