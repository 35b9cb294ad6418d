"""How the batches of a run are made: which loader, from what, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.loader import Deal, EvalLoader, TrainLoader, in_order, shuffled
from burnish.data.prepare import Prepared
from burnish.data.rows import Blocks, Packed, Rows, Single, dealt_by_length, lengths_of
from burnish.data.sample import Encoded
from burnish.data.stream import StreamLoader
from burnish.train.fit import Loader
from burnish.train.mesh import Mesh


def kind(config: Config) -> str:
    """How a step's samples are chosen and laid out, for strict resume."""
    options = config[DataGroup]
    if options.batching_strategy == "packing":
        return f"blocks of {options.context_length}"
    if options.test_oom_error:
        return "the longest first"
    return options.batching_strategy or ("packing" if options.packing else "rows")


def refuse_unlike_data(mesh: Mesh, prepared: Prepared) -> None:
    """Raise DataError on every rank when one has other training data than the main rank, which a
    function of a person may do that draws its rows at random.
    """
    if mesh.world == 1 or prepared.stream:
        return
    mine = [raws.path.parent.name for raws in prepared.lazy.raws] if prepared.lazy else prepared.key
    unlike = mesh.sum({"ranks": float(mesh.tell(mine) != mine)})["ranks"].item()
    if unlike:
        raise DataError(
            f"{unlike:.0f} of the {mesh.world} processes have other training data than the first. "
            "A function in --dataset must give the same rows each time it is called: seed what it "
            "draws at random."
        )


def loader(config: Config, prepared: Prepared, deal: Deal, pad_id: int) -> Loader:
    """Batches of the training data, as the data flags say."""
    options, loop = config[DataGroup], config[LoopGroup]
    size, sequences = config[TemplateGroup].max_length, prepared.train
    if prepared.stream:
        return StreamLoader(
            prepared.stream, deal, loop.seed, pad_id, prepared.rejects,
            total_steps=loop.max_steps, strategy=options.check_dataset_strategy,
        )  # fmt: skip
    if options.batching_strategy is not None:
        return by_recipe(config, sequences, deal, pad_id)
    rows: Rows = prepared.lazy or Single(sequences)
    if options.packing:
        rows = Packed(sequences, size or int(sequences.lengths.max()))
        log.info("%s", rows)
    return TrainLoader(rows, deal, loop.seed, pad_id, longest_first=options.test_oom_error)


def by_recipe(config: Config, sequences: Sequence[Encoded], deal: Deal, pad_id: int) -> TrainLoader:
    """Batches as the Llama recipes make them. Raises DataError when not one of them is full."""
    options, seed = config[DataGroup], config[LoopGroup].seed
    if options.batching_strategy == "padding":
        lengths = lengths_of(sequences)
        by_length = partial(dealt_by_length, lengths, deal.batch_size, deal.world)
        made = TrainLoader(Single(sequences), deal, seed, pad_id, order=by_length)
    else:
        blocks = Blocks(sequences, options.context_length)
        log.info("batching: %d blocks of %d tokens", len(blocks), options.context_length)
        in_a_row = partial(in_order, len(blocks))  # as the recipes do on one device
        order = partial(shuffled, len(blocks), seed) if deal.world > 1 else in_a_row
        made = TrainLoader(Single(blocks), deal, seed, pad_id, order=order)
    if not made.steps_per_epoch:
        raise DataError(
            f"--batching_strategy {options.batching_strategy}: the data does not fill one step of "
            f"{deal.total} rows; give more data, a smaller --batch_size or --context_length"
        )
    return made


def validation(
    config: Config, sequences: Sequence[Encoded], mesh: Mesh, pad_id: int, flat: bool
) -> EvalLoader | None:
    """Batches of the validation sequences, if there are any."""
    if not len(sequences):
        return None
    deal = Deal(config[LoopGroup].eval_batch_size, 1, mesh.world, mesh.rank)
    if config[DataGroup].batching_strategy == "packing":
        sequences = Blocks(sequences, config[DataGroup].context_length)
        if not len(sequences):
            raise DataError(
                "the data to validate with does not fill one block of --context_length "
                f"{config[DataGroup].context_length} tokens; give more of it, a smaller "
                "--context_length, or --dataset_test_ratio 0 to train without validation"
            )
    return EvalLoader(sequences, deal, pad_id, flat)
