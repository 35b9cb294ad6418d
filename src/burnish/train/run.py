"""From a Config to a finished run: builds every object, in order, and trains."""

from __future__ import annotations

import random
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.distributed import DistributedGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.log import LogGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.optim import OptimGroup
from burnish.config.groups.template import TemplateGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core import earlier
from burnish.core.fingerprint import base_fingerprint
from burnish.core.log import log
from burnish.core.registry import HOOKS, OBJECTIVES, TUNERS, load_file
from burnish.data.loader import Deal
from burnish.data.prepare import Prepared, prepare
from burnish.data.rejects import FILE as REJECTED
from burnish.data.template import Template, template_for
from burnish.data.tokenizer import Tokenizer
from burnish.nn import unsloth
from burnish.nn.find import ModelFolder, find_model
from burnish.nn.kernels.swap import refuse_liger, swap
from burnish.nn.load import DTYPES, check_model, model_class
from burnish.nn.packed import refuse_early, settle
from burnish.nn.scorer import Scorer
from burnish.optim.base import build_optimizer
from burnish.optim.schedule import schedule, warmup_steps
from burnish.train import checkpoint, evaluate, layout, logs
from burnish.train.about import About, Best
from burnish.train.batches import kind, loader, refuse_unlike_data, validation
from burnish.train.fit import Clock, Run, fit
from burnish.train.hooks.base import Hook
from burnish.train.interrupt import Interrupted, StopRequest
from burnish.train.mesh import Mesh
from burnish.train.place import resume_folder, run_folder, write_arguments
from burnish.train.policy import LivePolicy
from burnish.train.report import Journal, Ledger, Meter, Result, memory_gib, save_result
from burnish.train.resume import saved_time, take_up
from burnish.train.settings import determinism
from burnish.train.watch import Watch
from burnish.train.weights import load_options, load_weights, model_info, refuse_packed_weights
from burnish.tuners.base import fitted
from burnish.tuners.several import chain_of, refuse_chain, settled
from burnish.tuners.upon import upon

Inputs = tuple[ModelFolder, Tokenizer, Template, Prepared]
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
    started = time.monotonic()
    resume = resume_folder(config)
    config = settled(config, resume)
    config = fitted(config, TUNERS.find(config[TunerGroup].sft_type))
    given = inputs(config, resume)  # before the ranks meet: one of a host makes, the others wait
    with determinism(config[LoopGroup].full_determinism):
        mesh = build_mesh(config)
        try:
            return run_on(mesh, config, given, resume, started)
        finally:
            mesh.close()


def run_on(
    mesh: Mesh, config: Config, given: Inputs, resume: Path | None, started: float
) -> Result:
    """Build the run on `mesh` and train it to its end."""
    prepared = given[-1]
    refuse_unlike_data(mesh, prepared)
    folder = run_folder(config, mesh, resume)
    log.info("%s\n\n%s\n", prepared.example, prepared.text)
    run = build(config, mesh, StopRequest(), folder, given, resume)
    if resume is not None:
        take_up(run, resume)
    if mesh.is_main:  # not before: a resume that is refused leaves the run's files as they are
        if resume is not None:
            prepared.rejects.take_up(folder / REJECTED)
        prepared.write(folder)
        if resume is not None:
            write_arguments(config, folder)
    idle = run.clock.done >= run.clock.total
    log.info("model: %s", run.about.model_info)
    log.info("output: %s", folder)
    with run.stop:  # until here, Ctrl-C simply ends the process: there is nothing to save
        fit(run)
        if idle:
            save_untrained(run)
    if mesh.is_main:
        prepared.write(folder)
        if prepared.is_deferred and prepared.rejects.rows:  # else it was told beforehand
            log.info("%s", prepared.rejects.summary())
    run.journal.close()
    return finish(run, time.monotonic() - started, resume)


def inputs(config: Config, resume: Path | None = None) -> Inputs:
    """Model folder, tokenizer, proven template and tokenised data: everything that can be wrong
    before weights are read.
    """
    base = find_model(config)
    chain = chain_of(config, resume)
    refuse_chain(config, chain, base.path)
    shape = check_model(base.path, load_options(config))
    refuse_packed_weights(config, shape, base.path, merges=bool(chain.earlier))
    if config[TunerGroup].tuner_backend == "unsloth":
        unsloth.refuse_family(shape)
    if config[LoopGroup].use_liger:
        refuse_liger(shape)
    if config[DataGroup].packing:
        refuse_early(model_class(shape))
    tokenizer = Tokenizer.load(base.path)
    default = base.spec.template if base.spec else None
    template = template_for(config, tokenizer, default, saved_time(resume))
    return base, tokenizer, template, prepare(config, tokenizer, template)


def build(
    config: Config,
    mesh: Mesh,
    stop: StopRequest,
    folder: Path,
    given: Inputs,
    resume: Path | None = None,
) -> Run:
    """Weights, tuner, kernels, optimiser and the rest, in the order in which they need each
    other.
    """
    base, tokenizer, template, prepared = given
    loop, optim = config[LoopGroup], config[OptimGroup]
    chain, kept = chain_of(config, resume), folder / earlier.FOLDER
    tuner = upon(TUNERS.find(config[TunerGroup].sft_type), chain, kept)
    deal = Deal(loop.batch_size, loop.gradient_accumulation_steps, mesh.world, mesh.rank)
    data = loader(config, prepared, deal, tokenizer.pad_id)
    total = loop.max_steps if loop.max_steps >= 0 else loop.num_train_epochs * data.steps_per_epoch
    seed_everything(loop.seed)  # the same on every rank: adapters start equal
    model = load_weights(config, mesh, base, prepared)
    if prepared.is_deferred:
        data.limit = model.get_input_embeddings().weight.shape[0]
    model = tuner.attach(model, config, total)
    if mesh.is_main:  # the folders may go away while the run goes on
        earlier.keep(chain.earlier, kept)
    recompute = loop.gradient_checkpointing
    is_driven = unsloth.is_driven(model)
    lines = unsloth.drive(model, recompute) if is_driven else swap(model, loop.use_liger)
    for line in lines:
        log.info("kernels: %s", line)
    mesh.share(model)
    mesh.decide_autocast(model)
    if recompute and not is_driven:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    with mesh.forward():  # weights of two dtypes meet only under autocast
        scorer = Scorer(model)
        size = config[TemplateGroup].max_length if config[DataGroup].packing else None
        data.flat = settle(scorer, size)
    optimizer = build_optimizer(model, config)
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
        validation=validation(config, prepared.validation, mesh, tokenizer.pad_id, data.flat),
        optimizer=optimizer,
        schedule=schedule(optimizer, optim.lr_scheduler_type, total, warmup),
        parameters=[p for g in optimizer.param_groups for p in g["params"]],
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
        torch.cuda.set_per_process_memory_fraction(share(fraction), mesh.device)
    return mesh


def share(fraction: float) -> float:
    """--gpu_memory_fraction, within what can be: 0.01 to 1."""
    within = max(0.01, min(fraction, 1.0))
    if within != fraction:
        log.warning("--gpu_memory_fraction %s becomes %s", fraction, within)
    return within


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
        data={
            "sha256": prepared.key,
            "seed": config[LoopGroup].seed,
            "total_batch_size": deal.total,
            "batches": kind(config),
        },
        dataset_info=asdict(prepared.report),
        model_info=model_info(model),
        base_fingerprint=base_fingerprint(base.path),
        rejects=prepared.rejects,
    )


def save_untrained(run: Run) -> None:
    """Say that there was no step to train. The weights of a run that has made none are saved as
    they are; those of one that went on lie in its checkpoint already.
    """
    done, total = run.clock.done, run.clock.total
    if done > 0:
        log.warning("nothing to train: the checkpoint is at step %d of %d", done, total)
        return
    log.warning("nothing to train: --max_steps 0; checkpoint-0 holds the weights as they are")
    checkpoint.after_step(0, run)


def finish(run: Run, seconds: float, resume: Path | None = None) -> Result:
    """The result, printed and written as the log's closing line; where no step was left to train,
    its last checkpoint is the one that was resumed.

    Raises:
        Interrupted: the run was told to stop; its checkpoint is saved.
    """
    own = run.folder / f"checkpoint-{run.clock.done}"
    last = own if own.is_dir() else resume
    result = Result(
        output_dir=str(run.folder),
        global_step=run.clock.done,
        last_model_checkpoint=None if last is None else str(last.absolute()),
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


def seed_everything(seed: int) -> None:
    """Seed torch on every device, and Python."""
    random.seed(seed)
    torch.manual_seed(seed)
