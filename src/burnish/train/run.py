"""From a Config to a finished run: builds every object, in order, and trains."""

from __future__ import annotations

import random
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import torch
from torch import nn

from burnish.config import store
from burnish.config.config import Config
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.distributed import DistributedGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.log import LogGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.optim import OptimGroup
from burnish.config.groups.template import TemplateGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import CheckpointError, ModelError
from burnish.core.files import read_json, versioned_run_dir
from burnish.core.fingerprint import base_difference, base_fingerprint
from burnish.core.log import log
from burnish.core.registry import HOOKS, OBJECTIVES, TUNERS, load_file
from burnish.data.loader import Deal, EvalLoader, TrainLoader
from burnish.data.prepare import Prepared, prepare
from burnish.data.sample import Encoded
from burnish.data.template import TEMPLATE_FILE, Template, read_saved
from burnish.data.tokenizer import Tokenizer
from burnish.nn.find import ModelFolder, find_model
from burnish.nn.kernels.swap import swap
from burnish.nn.load import DTYPES, LoadOptions, check_model, load_model
from burnish.nn.scorer import Scorer
from burnish.optim.base import find_optimizer, parameter_groups
from burnish.optim.schedule import schedule, warmup_steps
from burnish.train import checkpoint, evaluate, layout, logs, state
from burnish.train.about import About, Best, fingerprint
from burnish.train.fit import Clock, Run, fit
from burnish.train.hooks.base import Hook
from burnish.train.interrupt import Interrupted, StopRequest
from burnish.train.mesh import Mesh
from burnish.train.policy import LivePolicy
from burnish.train.report import Journal, Ledger, Meter, Result, memory_gib, save_result
from burnish.train.settings import determinism
from burnish.train.watch import Watch
from burnish.tuners.lora import LoraGroup

OWN_HOOKS = (
    logs.HOOK,
    evaluate.HOOK,
    checkpoint.HOOK,
)  # in this order: a checkpoint holds its own evaluation


def train(config: Config) -> Result:
    """Train as `config` says; returns where the results lie and how it went.

    Raises:
        BurnishError: bad input, found before any weight is read where that is possible; a loss that
            is not a number; an interrupt.
    """
    if own := config[ExtendGroup].custom_register_path:
        load_file(own)
    with determinism(config[LoopGroup].full_determinism):
        mesh = build_mesh(config)
        try:
            with StopRequest() as stop:
                return run_on(mesh, config, stop)
        finally:
            mesh.close()


def run_on(mesh: Mesh, config: Config, stop: StopRequest) -> Result:
    """Build the run on `mesh` and train it to its end."""
    started = time.monotonic()
    resume = resume_folder(config)
    folder = run_folder(config, mesh, resume)
    base, tokenizer, template, prepared = inputs(config, resume)
    if mesh.is_main:
        prepared.write(folder)
    log.info("%s\n\n%s\n", prepared.example, prepared.text)
    run = build(config, mesh, stop, folder, (base, tokenizer, template, prepared))
    if resume is not None:
        take_up(run, resume)
    log.info("model: %s", run.about.model_info)
    log.info("output: %s", folder)
    fit(run)
    run.journal.close()
    return finish(run, time.monotonic() - started)


def inputs(
    config: Config, resume: Path | None = None
) -> tuple[ModelFolder, Tokenizer, Template, Prepared]:
    """Model folder, tokenizer, proven template and tokenised data: everything that can be wrong
    before weights are read.
    """
    base = find_model(config)
    check_model(base.path, load_options(config))
    tokenizer = Tokenizer.load(base.path)
    options = config[TemplateGroup]
    template = Template.resolve(
        options.template_type,
        tokenizer,
        base.spec.template if base.spec else None,
        command=config.command,
        system=options.system,
        allow_mismatch=options.allow_template_mismatch,
        now=saved_time(resume),
    )
    return base, tokenizer, template, prepare(config, tokenizer, template)


def saved_time(resume: Path | None) -> datetime | None:
    """The time a resumed run's template was made at: some templates print today's date."""
    if resume is None or not (resume / TEMPLATE_FILE).is_file():
        return None
    saved = read_saved(resume / TEMPLATE_FILE).get("now")
    return datetime.fromisoformat(saved) if saved else None


def build(
    config: Config,
    mesh: Mesh,
    stop: StopRequest,
    folder: Path,
    given: tuple[ModelFolder, Tokenizer, Template, Prepared],
) -> Run:
    """Weights, tuner, kernels, optimiser and the rest, in the order in which they need each
    other.
    """
    base, tokenizer, template, prepared = given
    loop, optim = config[LoopGroup], config[OptimGroup]
    deal = Deal(loop.batch_size, loop.gradient_accumulation_steps, mesh.world, mesh.rank)
    data = TrainLoader(prepared.train, deal, loop.seed, tokenizer.pad_id)
    total = loop.max_steps if loop.max_steps >= 0 else loop.num_train_epochs * data.steps_per_epoch
    seed_everything(loop.seed)  # the same on every rank: adapters start equal
    model = load_weights(config, mesh, base, prepared)
    tuner = TUNERS.find(config[TunerGroup].sft_type)
    model = tuner.attach(model, config, total)
    for line in swap(model):
        log.info("kernels: %s", line)
    mesh.share(model)
    mesh.decide_autocast(model)
    if loop.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    with mesh.forward():  # weights of two dtypes meet only under autocast
        scorer = Scorer(model)
    ratio = config[LoraGroup].lora_lr_ratio if LoraGroup in config else None
    groups = parameter_groups(model, optim.learning_rate, optim.weight_decay, ratio)
    optimizer = find_optimizer(optim.optim)(groups, optim)
    warmup = warmup_steps(total, optim.warmup_steps, optim.warmup_ratio)
    seed_everything(loop.seed + mesh.rank)  # dropout differs by rank
    return Run(
        config=config,
        folder=folder,
        mesh=mesh,
        model=model,
        scorer=scorer,
        policy=LivePolicy(scorer),
        tuner=tuner,
        objective=OBJECTIVES.find("sft"),
        data=data,
        validation=validation(config, prepared.validation, mesh, tokenizer.pad_id),
        optimizer=optimizer,
        schedule=schedule(optimizer, optim.lr_scheduler_type, total, warmup),
        parameters=[p for g in groups for p in g["params"]],
        clock=Clock(total),
        meter=Meter(mesh.device),
        journal=Journal(folder, total, config[LogGroup], mesh.is_main),
        ledger=Ledger(folder, mesh.is_main),
        hooks=(*custom_hooks(config), *OWN_HOOKS),
        stop=stop,
        watch=Watch(waits=mesh.device.type == "cuda", scaled=mesh.scaler.is_enabled()),
        about=about(config, base, tokenizer, template, prepared, model, folder, deal),
        best=Best(),
    )


def build_mesh(config: Config) -> Mesh:
    """Ranks and device for these flags."""
    options, fraction = config[DistributedGroup], config[LoopGroup].gpu_memory_fraction
    dtype = DTYPES[config[ModelGroup].dtype]
    mesh = Mesh(dtype, options.ddp_backend, options.ddp_timeout)
    if fraction is not None and mesh.device.type == "cuda":
        torch.cuda.set_per_process_memory_fraction(max(0.01, min(fraction, 1.0)), mesh.device)
    return mesh


def load_weights(config: Config, mesh: Mesh, base: ModelFolder, prepared: Prepared) -> nn.Module:
    """The base model on this rank's device; full tuning in float16 keeps float32 weights beside its
    loss scale.
    """
    model = load_model(base.path, load_options(config, str(mesh.device)))
    refuse_unknown_ids(model, prepared, base.path)
    return model


def load_options(config: Config, device: str = "cpu") -> LoadOptions:
    """How the flags say weights are to be read."""
    options = config[ModelGroup]
    whole = config[TunerGroup].sft_type == "full"
    return LoadOptions(
        dtype=torch.float32 if whole and options.dtype == "fp16" else DTYPES[options.dtype],
        device=device,
        attention="eager" if options.use_flash_attn is False else "sdpa",
        allow_remote_code=options.allow_remote_code,
        allow_pickle=options.allow_pickle,
        from_scratch=options.from_scratch,
    )


def refuse_unknown_ids(model: nn.Module, prepared: Prepared, folder: Path) -> None:
    """An id beyond the embedding would end as a bare index error, on a GPU without any message at
    all.
    """
    size = model.get_input_embeddings().weight.shape[0]
    highest = max((max(s.input_ids) for s in [*prepared.train, *prepared.validation]), default=0)
    if highest >= size:
        raise ModelError(
            f"the tokenizer gives id {highest}, but the model in {folder} has {size} embeddings: "
            "tokenizer and weights are not of one model"
        )
    longest = max((len(s) for s in prepared.train), default=0)
    limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if limit and longest > limit:
        log.warning(
            "the longest sequence has %d tokens, the model was made for %d: see --max_length",
            longest,
            limit,
        )


def validation(
    config: Config, sequences: list[Encoded], mesh: Mesh, pad_id: int
) -> EvalLoader | None:
    """Batches of the validation sequences, if there are any."""
    if not sequences:
        return None
    deal = Deal(config[LoopGroup].eval_batch_size, 1, mesh.world, mesh.rank)
    return EvalLoader(sequences, deal, pad_id)


def custom_hooks(config: Config) -> tuple[Hook, ...]:
    """Hooks of the registry that these flags ask for."""
    found = (HOOKS.find(name) for name in HOOKS.names())
    return tuple(hook for hook in found if hook.wanted(config))


def about(
    config: Config,
    base: ModelFolder,
    tokenizer: Tokenizer,
    template: Template,
    prepared: Prepared,
    model: nn.Module,
    folder: Path,
    deal: Deal,
) -> About:
    """What checkpoints carry."""
    return About(
        tokenizer=tokenizer,
        template=template,
        base=base.path,
        model_type=base.name,
        is_adapter=TUNERS.find(config[TunerGroup].sft_type).saves == "adapter",
        arguments=folder / layout.ARGUMENTS,
        data=fingerprint(prepared.train, seed=config[LoopGroup].seed, total_batch_size=deal.total),
        dataset_info=asdict(prepared.report),
        model_info=model_info(model),
        base_fingerprint=base_fingerprint(base.path),
    )


def model_info(model: nn.Module) -> str:
    """Size and trained share, in words."""
    total = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    share = 100 * trained / total
    return f"{total / 1e6:.4f}M parameters, {trained / 1e6:.4f}M trained ({share:.4f} %)"


def resume_folder(config: Config) -> Path | None:
    """The whole checkpoint to go on from, if the flags ask for one.

    Raises:
        CheckpointError: there is none, or it is of another --sft_type.
    """
    asked = config[CheckpointGroup].resume_from_checkpoint
    found = checkpoint.to_resume(asked) if asked is not None else None
    if found is None:
        return None
    kind = config[TunerGroup].sft_type
    is_adapter = not (found / "config.json").is_file()
    if is_adapter != (TUNERS.find(kind).saves == "adapter"):
        what = "an adapter" if is_adapter else "a whole model"
        raise CheckpointError(
            f"{found} holds {what}, which --sft_type {kind} cannot go on from: leave --sft_type "
            "out to train as before, or start a new run"
            + ("" if is_adapter else f" with --model_id_or_path {found}")
        )
    return found


def take_up(run: Run, folder: Path) -> None:
    """Continue from a checkpoint: its weights, and unless --resume_only_model its state and
    history.
    """
    refuse_other_base(run, folder)
    run.tuner.restore(run.model, folder)
    if run.config[CheckpointGroup].resume_only_model:
        log.info("weights of %s; steps, optimiser and schedule start anew", folder)
        return
    state.restore(run, folder)
    history = checkpoint.read_history(folder)
    run.best.metric, run.best.step = history["best_metric"], history["best_global_step"]
    run.best.path = history["best_model_checkpoint"]
    run.journal.take_up(history["log_history"], run.clock.done)
    run.ledger.take_up(folder.parent, run.clock.done)
    log.info("resumed from %s: step %d of %d", folder, run.clock.done, run.clock.total)


def refuse_other_base(run: Run, folder: Path) -> None:
    """An adapter goes on only upon the weights that it began on."""
    recorded = folder / layout.BASE
    if not run.about.is_adapter or not recorded.is_file():
        return
    lines = base_difference(read_json(recorded), run.about.base_fingerprint)
    if lines:
        raise CheckpointError(
            f"{run.about.base} is not the model that {folder} was trained on: {'; '.join(lines)}. "
            "Give the model of the first run with --model_id_or_path"
        )


def finish(run: Run, seconds: float) -> Result:
    """The result, printed and written as the log's closing line.

    Raises:
        Interrupted: the run was told to stop; its checkpoint is saved.
    """
    last = run.folder / f"checkpoint-{run.clock.done}"
    result = Result(
        output_dir=str(run.folder),
        global_step=run.clock.done,
        last_model_checkpoint=str(last) if last.is_dir() else None,
        best_model_checkpoint=run.best.path,
        best_metric=run.best.metric,
        train_time_seconds=round(seconds, 2),
        memory_gib=round(memory_gib(run.mesh.device), 3),
        log_history=run.journal.history,
        model_info=run.about.model_info,
        dataset_info=run.about.dataset_info,
    )
    if run.clock.stopped and run.clock.done < run.clock.total:
        raise Interrupted(
            f"stopped at step {run.clock.done} of {run.clock.total}; go on with "
            f"--resume_from_checkpoint {result.last_model_checkpoint}",
            run.stop.number or 15,
        )
    if run.mesh.is_main:
        save_result(result, run.folder)
    log.info("last_model_checkpoint: %s", result.last_model_checkpoint)
    log.info("best_model_checkpoint: %s", result.best_model_checkpoint)
    return result


def run_folder(config: Config, mesh: Mesh, resume: Path | None = None) -> Path:
    """The folder of this run, the same on every rank, with the run's arguments in it.

    Raises:
        CheckpointError: it cannot be written to, or holds the checkpoints of another run.
    """
    made, wrong = "", ""
    if mesh.is_main:
        try:
            made = make_folder(config, resume)
        except CheckpointError as error:
            wrong = str(error)
    made, wrong = mesh.tell((made, wrong))  # every rank ends with the same words
    if wrong:
        raise CheckpointError(wrong)
    return Path(made)


def make_folder(config: Config, resume: Path | None) -> str:
    """Make the folder and write the arguments there; returns its absolute path."""
    options = config[CheckpointGroup]
    root = Path(options.output_dir)
    try:
        if options.add_output_dir_suffix:
            root = versioned_run_dir(root / run_name(config))
        root.mkdir(parents=True, exist_ok=True)
        continued = resume.resolve().parent if resume and not options.resume_only_model else None
        if continued != root.resolve():
            refuse_mixing(root)
        checkpoint.clean(root)
        store.save(config, root / layout.ARGUMENTS)
    except OSError as error:
        raise CheckpointError(
            f"--output_dir {options.output_dir} cannot be written to: {error.strerror}; give a "
            "folder of yours"
        ) from error
    return str(root.absolute())


def refuse_mixing(folder: Path) -> None:
    """Checkpoints of two runs in one folder could not be told apart when one of them is resumed."""
    found = checkpoint.checkpoints(folder)
    if found:
        raise CheckpointError(
            f"--output_dir {folder} holds {found[-1].name} of another run: go on with that run by "
            f"--resume_from_checkpoint {folder}, or give this one another folder"
        )


def run_name(config: Config) -> str:
    """What runs of this model are filed under."""
    options = config[ModelGroup]
    return options.model_type or Path(str(options.model_id_or_path)).name


def seed_everything(seed: int) -> None:
    """Seed torch on every device, and Python."""
    random.seed(seed)
    torch.manual_seed(seed)
