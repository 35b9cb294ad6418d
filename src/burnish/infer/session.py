"""A session: a model that is loaded and ready to answer, with the template it was trained with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from burnish.config.config import Config
from burnish.config.derive import dtype_for
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.generation import GenerationGroup
from burnish.config.groups.infer import InferGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.several import paths
from burnish.config.groups.template import TemplateGroup
from burnish.core import manifest
from burnish.core.adapter import adapter_folder
from burnish.core.earlier import Earlier, earlier_of, line_up, refuse_other_base, tell_of_doubts
from burnish.core.errors import BurnishError, CheckpointError, ModelError, TemplateError
from burnish.core.facts import Facts
from burnish.core.files import read_json, write_json
from burnish.core.log import log
from burnish.core.registry import TUNERS, load_file
from burnish.data.template import Template, compare, read_saved, template_for
from burnish.data.tokenizer import Tokenizer
from burnish.infer.base import Engine, Sampling
from burnish.infer.checkpoint import (
    TEMPLATE,
    Checkpoint,
    check_base,
    merged_model,
    open_checkpoint,
    refuse_raw_checkpoint,
)
from burnish.infer.hf import HfEngine, generation_config, is_sampled, model_context_length
from burnish.infer.vllm import VllmGroup
from burnish.nn.device_map import placement
from burnish.nn.find import ModelFolder, find_model
from burnish.nn.load import DTYPES, LoadOptions, PreTrainedModel, load_model
from burnish.nn.load import generation_config as read_generation_config
from burnish.nn.quantize import asked, stated
from burnish.nn.rope import stretched

WRITTEN = (
    "max_new_tokens", "do_sample", "temperature", "top_k", "top_p",
    "repetition_penalty", "num_beams",
)  # fmt: skip
"""What --overwrite_generation_config writes; stop tokens stay those of training."""

GIVEN = ("command line", "file", "python")
"""Sources of a value that a person set for this very run."""


@dataclass(frozen=True)
class Session:
    """Everything that answering needs."""

    config: Config
    folder: Path
    """Of the checkpoint, else of the model; results are written below it."""
    model: PreTrainedModel
    tokenizer: Tokenizer
    template: Template
    engine: Engine
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be loaded; settled, and every fault found, before a weight is read."""

    base: ModelFolder
    """The model whose weights are read first; the checkpoint itself where that is a whole model."""
    checkpoint: Checkpoint | None
    tokenizer: Tokenizer
    template: Template
    stop_ids: frozenset[int]
    """Every token that ends an answer."""
    earlier: tuple[Earlier, ...] = ()
    """Adapters that go into the base's weights before that of the checkpoint is put on them."""

    @property
    def folder(self) -> Path:
        """What the session is of: the checkpoint, else the model."""
        return self.checkpoint.folder if self.checkpoint else self.base.path


def open_session(config: Config) -> Session:
    """The model that --ckpt_dir, --model_type or --model_id_or_path mean, ready to answer.

    Raises: CheckpointError, ModelError, TemplateError: whatever does not fit together.
    """
    if registered := config[ExtendGroup].custom_register_path:
        load_file(registered)
    torch.manual_seed(config[LoopGroup].seed)
    plan = make_plan(config)
    dtype = DTYPES[dtype_of(config, plan)]
    model = load_planned(plan, planned_options(config, plan, dtype, Facts().device))
    sampling = sampling_of(config)
    report_settings(config, model, sampling)
    engine = HfEngine(
        model,
        plan.tokenizer,
        plan.template,
        stop_ids=plan.stop_ids,
        max_length=config[TemplateGroup].max_length,
        truncation_strategy=config[TemplateGroup].truncation_strategy,
        context_length=context_length(config, model),
    )
    if config[InferGroup].overwrite_generation_config:
        write_generation_config(plan, model, sampling)
    return Session(config, plan.folder, model, plan.tokenizer, plan.template, engine, sampling)


def make_plan(config: Config) -> Plan:
    """What the flags mean, checked: checkpoint whole, the right base, the trained template."""
    given = config[InferGroup].ckpt_dir or merged_model(config[ModelGroup].model_id_or_path)
    if given is None:
        refuse_raw_checkpoint(config[ModelGroup].model_id_or_path, config.command)
        base = find_model(config)
        tokenizer = Tokenizer.load(base.path)
        template = template_of_model(config, base, tokenizer)
        return Plan(base, None, tokenizer, template, frozenset(template.stop_ids))
    checkpoint = open_checkpoint(given, config.command)
    if not checkpoint.is_adapter:
        base = ModelFolder(checkpoint.folder, checkpoint.folder.resolve().name)
    else:
        base = base_of(config, checkpoint)
        check_base(checkpoint, base.path, config[TemplateGroup].allow_template_mismatch)
    before = adapters_before(config, checkpoint, base)
    if not checkpoint.has_template:
        tokenizer = Tokenizer.load(base.path)
        template = template_of_model(config, base, tokenizer)
        return Plan(base, checkpoint, tokenizer, template, frozenset(template.stop_ids), before)
    tokenizer = Tokenizer.load(checkpoint.folder)
    template = template_of_checkpoint(config, checkpoint, base, tokenizer)
    stop_ids = {*template.stop_ids, *read_saved(checkpoint.folder / TEMPLATE).get("stop_ids", ())}
    return Plan(base, checkpoint, tokenizer, template, frozenset(stop_ids), before)


def adapters_before(
    config: Config, checkpoint: Checkpoint, base: ModelFolder
) -> tuple[Earlier, ...]:
    """Those that the checkpoint was trained upon, or that --checkpoint_dir names before it.

    Raises: CheckpointError when one is missing, damaged, or does not go with the others.
    """
    if not checkpoint.is_adapter:
        return ()
    found = earlier_of(checkpoint.folder)
    if named := config[CheckpointGroup].checkpoint_dir:
        found = line_up([*paths(named), checkpoint.folder])[:-1]
        tell_of_doubts([*(one.folder for one in found), checkpoint.folder])
    if found and asked(config):
        raise CheckpointError(
            f"{checkpoint.folder} was trained upon others, which cannot become part of weights "
            f"that are quantised: burnish merge-lora --ckpt_dir {checkpoint.folder} makes a model "
            "of all, which can be"
        )
    if not config[TemplateGroup].allow_template_mismatch:
        refuse_other_base([one.folder for one in found], base.path)
    return found


def load_planned(plan: Plan, options: LoadOptions) -> PreTrainedModel:
    """The plan's weights, the adapter on its base."""
    model = load_model(plan.base.path, options)
    for one in plan.earlier:
        log.info("upon the adapter of %s", one.record["path"])
        model = TUNERS.find("lora").merged(model, one.folder)  # and no other kind has any
    if plan.checkpoint and plan.checkpoint.is_adapter:
        settings = read_generation_config(plan.checkpoint.folder)
        model.generation_config = settings or model.generation_config
        tuner = TUNERS.find(plan.checkpoint.sft_type)
        model = tuner.load(model, adapter_folder(plan.checkpoint.folder))
    return model.eval()


def dtype_of(config: Config, plan: Plan) -> str:
    """The number format of the weights: --dtype, or the model's own, known once it is there."""
    chosen = config[ModelGroup].dtype
    if config.sources["dtype"] != "rule" or chosen == "fp32":  # a CPU's
        return chosen
    suits = plan.base.spec.dtype if plan.base.spec else None
    own = dtype_for(Facts(), plan.base.path, suits)
    if own != chosen:
        log.info("--dtype is %s, which the model's config.json names", own)
    return own


def load_options(config: Config, dtype: torch.dtype, device: str) -> LoadOptions:
    """How the flags say weights are to be read."""
    options = config[ModelGroup]
    return LoadOptions(
        dtype=dtype,
        device=device,
        attention={None: None, True: "sdpa", False: "eager"}[options.use_flash_attn],
        allow_remote_code=options.allow_remote_code,
        allow_pickle=options.allow_pickle,
    )


def planned_options(config: Config, plan: Plan, dtype: torch.dtype, device: str) -> LoadOptions:
    """How the plan's weights are read: quantised as in training, positions stretched as there;
    of those a whole model's config.json tells.
    """
    options = load_options(config, dtype, device)
    placed = placement(config, Facts())
    options = replace(options, quant=asked(config), stated=stated(config), placement=placed)
    checkpoint = plan.checkpoint
    if checkpoint is not None and not checkpoint.is_adapter:
        return options
    trained = checkpoint.arguments.get("max_length") if checkpoint else None
    return replace(options, rope=stretched(config, trained))


def base_of(config: Config, checkpoint: Checkpoint) -> ModelFolder:
    """An adapter's base: given for this run, else where training found it, else by its name."""
    sources = config.sources
    if any(sources.get(name) in GIVEN for name in ("model_id_or_path", "model_type")):
        return find_model(config)
    recorded = (checkpoint.recorded_base() or {}).get("path")
    if recorded and Path(recorded).is_dir():
        return ModelFolder(Path(recorded), config[ModelGroup].model_type or Path(recorded).name)
    try:
        return find_model(config)
    except BurnishError as error:
        raise ModelError(
            f"the base model of {checkpoint.folder} was at {recorded or 'an unknown place'} and is "
            f"not there now: give its folder with --model_id_or_path ({error})"
        ) from error


def template_of_model(config: Config, base: ModelFolder, tokenizer: Tokenizer) -> Template:
    """The template of a model that was not tuned here."""
    return template_for(config, tokenizer, base.spec.template if base.spec else None)


def template_of_checkpoint(
    config: Config, checkpoint: Checkpoint, base: ModelFolder, tokenizer: Tokenizer
) -> Template:
    """The template that the checkpoint was trained with, or the one asked for in its place.

    Raises: TemplateError when the checkpoint's tokenizer, its base's, or the template asked for is
    another than that of training, unless --allow_template_mismatch.
    """
    options = config[TemplateGroup]
    saved = read_saved(checkpoint.folder / TEMPLATE)
    template = Template.from_saved(checkpoint.folder, tokenizer)
    refuse = Refusal(options.allow_template_mismatch)
    # an adapter's folder has no config.json, which may name a stop token: it is read from `saved`
    present = template.describe() | {"stop_ids": saved.get("stop_ids")}
    refuse(compare(saved, present), f"the tokenizer in {checkpoint.folder} was changed")
    if checkpoint.is_adapter:
        before = Template.from_saved(checkpoint.folder, Tokenizer.load(base.path))
        differs = compare(saved, before.describe())
        refuse(differs, f"the tokenizer of the base {base.path} is not that of {checkpoint.folder}")
    asked = options.template_type
    if asked not in ("AUTO", saved["name"]) and config.sources.get("template_type") in GIVEN:
        other = template_for(config, tokenizer, None)
        other.system = saved["system"]
        refuse(compare(saved, other.describe()), f"--template_type {asked}")
        template = other
    if config.sources.get("system") in GIVEN:
        template.system = options.system
    if config.sources.get("tools_prompt") in GIVEN:
        template.tools_prompt = options.tools_prompt
    return template


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stops at a difference, or only warns where that was asked for."""

    allowed: bool

    def __call__(self, difference: str, what: str) -> None:
        if difference and not self.allowed:
            raise TemplateError(
                f"{what}; {difference}\nThe model would be asked in a way it was not taught; "
                "to do so all the same, say --allow_template_mismatch true"
            )
        if difference:
            log.warning("%s; %s", what, difference)


def sampling_of(config: Config) -> Sampling:
    """The generation flags."""
    options = config[GenerationGroup]
    return Sampling(
        max_new_tokens=options.max_new_tokens,
        do_sample=options.do_sample,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        repetition_penalty=options.repetition_penalty,
        num_beams=options.num_beams,
    )


def report_settings(config: Config, model: PreTrainedModel, sampling: Sampling) -> None:
    """Say which sampling flags do nothing because answers are greedy."""
    if is_sampled(model.generation_config, sampling) or sampling.temperature == 0:
        return
    dead = [
        f"--{name} {getattr(sampling, name)}"
        for name in ("temperature", "top_k", "top_p")
        if getattr(sampling, name) is not None and config.sources.get(name) in GIVEN
    ]
    if dead:
        why = (
            "--do_sample is false" if sampling.do_sample is False else "the model's settings say so"
        )
        log.warning(
            "%s: no effect, since answers are greedy (%s); --do_sample true draws them at random",
            ", ".join(dead),
            why,
        )


def context_length(config: Config, model: PreTrainedModel) -> int:
    """The most positions prompt and answer may take: the model's limit, or --max_model_len."""
    own = model_context_length(model)
    wanted = config[VllmGroup].max_model_len if VllmGroup in config else None
    if wanted is None:
        return own
    if wanted > own:
        raise ModelError(f"--max_model_len {wanted} is more than the {own} positions of the model")
    return wanted


def write_generation_config(plan: Plan, model: PreTrainedModel, sampling: Sampling) -> None:
    """--overwrite_generation_config: the settings in use become those of the checkpoint."""
    if plan.checkpoint is None:
        raise ModelError("--overwrite_generation_config writes to a checkpoint: give --ckpt_dir")
    own = {k: v for k, v in model.generation_config.to_dict().items() if v is not None}
    used = generation_config(model.generation_config, sampling, plan.stop_ids).to_dict()
    kept = {key: used[key] for key in WRITTEN if used.get(key) is not None}
    path = plan.folder / "generation_config.json"
    write_json(path, own | kept)
    index = plan.folder / manifest.NAME
    if index.is_file():  # the checkpoint stays whole: its manifest speaks of the new file
        listed = read_json(index)
        entry = {"bytes": path.stat().st_size, "sha256": manifest.digest(path)}
        listed["files"][path.name] = entry
        write_json(index, listed)
    log.info("wrote %s", path)
