"""From flags to the report of `burnish check`: the data is prepared as for a run, then told."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from burnish.config.config import Config
from burnish.config.groups.check import CheckGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.again import samples_again, tables_of
from burnish.data.anatomy import cells_of, dissect
from burnish.data.audit import (
    COUNTED,
    Audit,
    Packing,
    Shown,
    lengths_of,
    reject_groups,
    roles_of,
    set_figures,
    template_facts,
    unrolled_of,
)
from burnish.data.cleaned import refuse_overwriting, write_cleaned
from burnish.data.pack import fill, pack
from burnish.data.prepare import Prepared, prepare
from burnish.data.sample import Encoded, Sample, SampleId
from burnish.data.table import Table
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.visible import count_of


def examine(config: Config, tokenizer: Tokenizer, template: Template, model: str) -> Audit:
    """The report of a run's data; with --fix the cleaned copy is written, too.

    Raises DataError when nothing can be used, or a row of --rows is not there.
    """
    options, limit = config[CheckGroup], config[TemplateGroup].max_length
    tables = tables_of(config)
    if options.fix:
        refuse_overwriting(options.fix, [table.path for table, _ in tables])
    prepared = prepare(config, tokenizer, template)
    train, validation = prepared.train, prepared.validation
    ids = list(dict.fromkeys(s.sample for part in (train, validation) for s in part))
    shown = chosen(ids, options.samples, options.rows)
    counted = spread(ids, COUNTED)
    wanted = {*shown, *counted}
    sequences = sequences_of(wanted, (train, validation))
    samples = {s.id: s for s in samples_again([table for table, _ in tables], wanted)}
    if len(samples) < len(wanted):
        raise DataError("the data changed while it was looked at. Start again.")
    audit = Audit(
        model=model,
        template=template_facts(template),
        sets=[*set_figures(train, "train"), *set_figures(validation, "validation")],
        lengths=lengths_of(train, limit),
        roles=roles_of(template, {i: samples[i] for i in counted}, sequences, len(ids)),
        notes=dict(prepared.report.notes),
        rejects=reject_groups(prepared.rejects),
        unrolled=unrolled_of(train),
        packing=packing_of([len(sequence) for sequence in train], limit),
        shown=[each for i in shown for each in shown_of(template, samples[i], sequences[i])],
    )
    if options.fix:
        fix(options.fix, tables, prepared)
    return audit


def sequences_of(
    wanted: Collection[SampleId], parts: Iterable[Iterable[Encoded]]
) -> dict[SampleId, list[Encoded]]:
    """The sequences of some samples. Those of a sample that is repeated on request come once."""
    found: dict[SampleId, dict[tuple[int, ...], Encoded]] = {where: {} for where in wanted}
    for part in parts:
        for sequence in part:
            if (own := found.get(sequence.sample)) is not None:
                own.setdefault(tuple(map(int, sequence.input_ids)), sequence)
    return {where: list(own.values()) for where, own in found.items()}


def chosen(ids: Sequence[SampleId], number: int, rows: Collection[int]) -> list[SampleId]:
    """The samples to show: those of --rows, else some of every data set in turn.

    Raises DataError when a row of --rows is not among those that are used.
    """
    if rows:
        found = [i for i in ids if i.row in rows]
        if missing := sorted(set(rows) - {i.row for i in found}):
            raise DataError(
                f"--rows {' '.join(map(str, missing))}: no usable row has that number. Rows count "
                "from 1, in a file of lines as its lines do; those that cannot be used are in the "
                "report without --rows."
            )
        return found
    sets: dict[str, list[SampleId]] = {}
    for where in ids:
        sets.setdefault(where.source, []).append(where)
    turns = [spread(members, number) for members in sets.values()]
    mixed = [turn[k] for k in range(number) for turn in turns if k < len(turn)]
    return mixed[:number]


def spread(ids: Sequence[SampleId], most: int) -> list[SampleId]:
    """At most so many of them, evenly spread."""
    count = min(most, len(ids))
    return [ids[k * len(ids) // count] for k in range(count)]


def shown_of(template: Template, sample: Sample, sequences: Sequence[Encoded]) -> list[Shown]:
    """The sequences of one sample, token by token."""
    found = [cells_of(template, one) for one in dissect(template, sample, sequences)]
    return [Shown(sample.id, k, len(found), cells) for k, cells in enumerate(found, 1)]


def packing_of(lengths: Sequence[int], size: int | None) -> Packing | None:
    """What --packing would give; None where nothing bounds a bin."""
    if size is None or not lengths:
        return None
    bins = len(pack(lengths, size))
    return Packing(size, bins, fill(lengths, bins, size))


def fix(path: Path, tables: Sequence[tuple[Table, str]], prepared: Prepared) -> None:
    """Write the cleaned copy of --dataset, or of --val_dataset where that is all there is."""
    flags = {flag for _, flag in tables}
    if len(flags) > 1:
        log.info("--fix writes the rows of --dataset; --val_dataset is left as it is")
        tables = [(table, flag) for table, flag in tables if flag == "--dataset"]
    usable = {s.sample for part in (prepared.train, prepared.validation) for s in part}
    rows = samples_again([table for table, _ in tables], usable)
    count = write_cleaned(path, rows, prepared.rejects)
    log.info("%s: %s; rejected.jsonl beside it lists the others", path, count_of(count, "row"))
