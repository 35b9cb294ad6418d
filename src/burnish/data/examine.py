"""From flags to the report of `burnish check`: the data is prepared as for a run, then told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from burnish.config.config import Config
from burnish.config.groups.check import CheckGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.account import account_of
from burnish.data.again import samples_again
from burnish.data.anatomy import cells_of, dissect
from burnish.data.audit import Audit, Shown, Unrolled
from burnish.data.cleaned import write_cleaned
from burnish.data.draft import Purpose
from burnish.data.figures import (
    judged_of,
    judgement_of,
    lengths_of,
    packing_of,
    reject_groups,
    roles_of,
    set_figures,
    template_facts,
    unrolled_of,
)
from burnish.data.items import Source, sources
from burnish.data.outputs import refuse_overwriting
from burnish.data.prepare import encoder_of
from burnish.data.registry_file import FILE as INFO
from burnish.data.rejects import Rejects
from burnish.data.sample import Encoded, Sample, SampleId
from burnish.data.store import Sequences
from burnish.data.stored import encoded_item, joined
from burnish.data.template import Template
from burnish.data.views import UNLEARNT, View
from burnish.data.visible import count_of

VIEWS: dict[Purpose, View] = {"train": "text", "pair": "pair", "label": "label", "prompt": "prompt"}
"""What is made of the rows of each --purpose."""
COUNTED = 1000
"""Samples whose tokens are told apart by role, at most."""


def examine(config: Config, template: Template, model: str) -> Audit:
    """The report of a run's data; with --fix the cleaned copy is written, too.

    Raises DataError when nothing can be used, or a row of --rows is not there.
    """
    options, limit = config[CheckGroup], config[TemplateGroup].max_length
    view = VIEWS[options.purpose]
    found = sources(
        config,
        options.purpose,
        shows_media=bool(template.media),
        find_folder=lambda: template.tokenizer.folder,
    )
    readings = [reading for source in found for reading in source.readings]
    refuse_overwriting(options.fix, options.html, found, _files_of_flags(config))
    rejects = Rejects(config[DataGroup].max_bad_rows)
    encoder = encoder_of(config, template, view)
    pairs = [encoded_item(config, source, encoder, rejects) for source in found]
    train, validation = (joined([pair[k] for pair in pairs]) for k in (0, 1))
    if not len(train) and not len(validation):
        raise DataError(f"no row can be used.\n{rejects.summary()}")
    every, account = Every((train, validation)), account_of(train)
    shown = chosen(every, options.samples, options.rows)
    counted = spread(every.firsts, COUNTED)
    own = {i: every.sample(i) for i in {*shown, *counted}}
    wanted = rows_by_source(sequences[0].sample for sequences in own.values())
    samples = {s.id: s for s in samples_again(readings, wanted)}
    both = {i: (_same(samples, own[i][0].sample), own[i]) for i in own}
    audit = Audit(
        model=model,
        template=template_facts(template),
        sets=[
            *set_figures(account, "train"),
            *set_figures(account_of(validation), "validation"),
        ],
        lengths=lengths_of(train, limit),
        roles=roles_of(template, [both[i] for i in counted], len(every.firsts), view),
        notes=dict(account.notes),
        rejects=reject_groups(rejects),
        unrolled=unrolled_of(train) if view == "text" else Unrolled(0, 0),
        packing=packing_of(train, limit) if view == "text" else None,
        shown=[each for i in shown for each in shown_of(template, *both[i], view)],
        view=view,
        judged=judged_of(train, view),
    )
    if options.fix:
        fix(options.fix, found, (train, validation), rejects)
    return audit


def _files_of_flags(config: Config) -> list[str]:
    """What flags name besides the data sets, where it may be a file."""
    own = config[ExtendGroup]
    given = (own.custom_register_path, own.custom_dataset_info)
    found = [str(each) for each in given if isinstance(each, (str, Path))]
    info = own.custom_dataset_info
    if isinstance(info, (str, Path)) and Path(info).is_dir():
        found.append(str(Path(info) / INFO))
    return [*found, config[DataGroup].loss_scale_config_path]


class Every:
    """Sequences to train on and to validate with, one behind the other, by sample."""

    def __init__(self, parts: Sequence[Sequences]) -> None:
        self.parts = parts
        self.ends = np.cumsum([len(part) for part in parts])
        self.firsts = np.flatnonzero(np.concatenate([part.column("is_first") for part in parts]))
        """(samples,) where each sample begins."""

    def sample(self, first: int) -> list[Encoded]:
        """The sequences of the sample that begins at a place."""
        part = int(np.searchsorted(self.ends, first, "right"))
        sequences, place = self.parts[part], first - int(self.ends[part]) + len(self.parts[part])
        found = [sequences[place]]
        is_first = sequences.column("is_first")
        while place + len(found) < len(sequences) and not is_first[place + len(found)]:
            found.append(sequences[place + len(found)])
        return found

    def rows(self) -> list[tuple[str, int]]:
        """(data set, row) of each sample."""
        names, rows = [], []
        for part in self.parts:
            first = part.column("is_first")
            names += [part.stores[k].name for k in part.which[first].tolist()]
            rows += part.column("row")[first].tolist()
        return list(zip(names, rows, strict=True))


def chosen(every: Every, number: int, rows: Collection[int]) -> list[int]:
    """Where the samples to show begin: those of --rows, else some of every data set in turn.

    Raises DataError when a row of --rows is not among those that are used.
    """
    firsts = every.firsts.tolist()
    sets: dict[str, dict[int, int]] = {}
    for first, (name, row) in zip(firsts, every.rows(), strict=True):
        sets.setdefault(name, {}).setdefault(row, first)
    if rows:
        if missing := [row for row in rows if not any(row in own for own in sets.values())]:
            raise DataError(
                f"--rows {' '.join(map(str, missing))}: no usable row has that number. Rows count "
                "from 1, in a file of lines as its lines do; the report without --rows lists those "
                "that cannot be used."
            )
        return [own[row] for own in sets.values() for row in rows if row in own]
    turns = [spread(list(own.values()), number) for own in sets.values()]
    mixed = [turn[k] for k in range(number) for turn in turns if k < len(turn)]
    return mixed[:number]


def spread(places: Sequence[int] | np.ndarray[Any, Any], most: int) -> list[int]:
    """At most so many of them, evenly spread."""
    count = min(most, len(places))
    return [int(places[k * len(places) // count]) for k in range(count)]


def rows_by_source(ids: Iterable[SampleId]) -> dict[str, set[int]]:
    """{data set: its rows}."""
    found: dict[str, set[int]] = {}
    for where in ids:
        found.setdefault(where.source, set()).add(where.row)
    return found


def _same(samples: Mapping[SampleId, Sample], where: SampleId) -> Sample:
    if where not in samples:
        raise DataError(f"{where} changed while the data was looked at. Start again.")
    return samples[where]


def shown_of(
    template: Template, sample: Sample, sequences: Sequence[Encoded], view: View = "text"
) -> list[Shown]:
    """The sequences of one sample, token by token."""
    found = [cells_of(template, one) for one in dissect(template, sample, sequences, view)]
    judged = [judgement_of(one, view) for one in sequences]
    return [
        Shown(sample.id, k, len(found), *each)
        for k, each in enumerate(zip(found, judged, strict=True), 1)
    ]


def fix(path: Path, found: Sequence[Source], parts: Sequence[Sequences], rejects: Rejects) -> None:
    """Write the cleaned copy of --dataset, or of --val_dataset where that is all there is."""
    flags = [source.item.flag for source in found]
    if len(set(flags)) > 1:
        log.info("--fix writes the rows of --dataset; --val_dataset is left as it is")
    readings = [r for source in found if source.item.flag == flags[0] for r in source.readings]
    names = {reading.table.name for reading in readings}
    if bad := [e for e in rejects.rows if e.reason == UNLEARNT and e.file in names]:
        raise DataError(
            f"--fix would leave out {count_of(len(bad), 'row')} whose label is false (first: "
            f"{bad[0].file}:{bad[0].row}): --purpose train does not use them. Say --purpose "
            "label to keep every label, or take these rows out first."
        )
    usable: dict[str, set[int]] = {}
    for part in parts:
        rows = part.column("row")
        for number, store in enumerate(part.stores):
            usable.setdefault(store.name, set()).update(rows[part.which == number].tolist())
    count = write_cleaned(path, samples_again(readings, usable), rejects)
    log.info("%s: %s; rejected.jsonl beside it lists the others", path, count_of(count, "row"))
