"""Write docs/reference from the flag declarations; with --check, only compare."""

import sys
from pathlib import Path

from burnish.commands.base import COMMANDS, Command, load
from burnish.config.config import classes_of, flags_of
from burnish.config.deviations import DEVIATIONS
from burnish.config.flag import FlagInfo, infos_of, type_words
from burnish.config.help import applies_words, bounds_words, default_words, later_words

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
NOTICE = "<!-- Written by `make docs` from the flag declarations. Do not edit. -->"


def cell(text: str) -> str:
    """Text that cannot end a table's cell."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Code in a table's cell; nothing for nothing."""
    return f"`{cell(text)}`" if text else ""


def flag_row(info: FlagInfo) -> str:
    """One line of a group's table."""
    meta = info.meta
    notes = [
        meta.help.rstrip(".") + ".",
        bounds_words(meta).capitalize(),
        applies_words(info).capitalize(),
        f"Also `--{'`, `--'.join(meta.aliases)}`" if meta.aliases else "",
        f"Older flag; use `--{meta.replaced_by}`" if meta.replaced_by else "",
        later_words(info).capitalize(),
        "Burnish's own" if meta.origin == "burnish" else "",
    ]
    text = " ".join(note.rstrip(".") + "." for note in notes if note)
    default = cell(default_words(info))
    return f"| `--{info.name}` | {code(type_words(info))} | {default} | {cell(text)} |"


def flags_page() -> str:
    """Every flag once, by group, and where burnish departs from what is documented elsewhere."""
    lines = ["# Flags", "", NOTICE, ""]
    seen: list[type] = []
    for name in COMMANDS:
        seen += [group for group in classes_of(load(name)) if group not in seen]
    for group in seen:
        title = (group.__doc__ or "").strip().partition("\n")[0]
        lines += [f"## {title.rstrip('.')}", ""]
        lines += ["| flag | values | default | meaning |", "|---|---|---|---|"]
        lines += [*map(flag_row, infos_of(group).values()), ""]
    return "\n".join([*lines, *deviations()]) + "\n"


def deviations() -> list[str]:
    """The table of departures."""
    lines = ["## Where burnish departs from what is documented", ""]
    lines += ["| command | flag | documented | here | why |", "|---|---|---|---|---|"]
    for entry in DEVIATIONS:
        command = "every" if entry.command == "*" else entry.command
        documented = f"{entry.documented} | {entry.ours}"
        lines.append(f"| {command} | `--{entry.flag}` | {documented} | {entry.reason} |")
    return lines


def command_section(command: Command) -> list[str]:
    """One command: an example, the flags it takes, and its own defaults."""
    flags = flags_of(command)
    later = " It is not available yet." if command.is_later else ""
    lines = [f"## burnish {command.name}", "", f"{command.summary.capitalize()}.{later}", ""]
    lines += ["```sh", command.example, "```", ""]
    lines += ["| group | flags |", "|---|---|"]
    for group in classes_of(command):
        names = [f"`{name}`" for name, info in flags.items() if info.group is group]
        lines.append(f"| {group.__name__.removesuffix('Group')} | {', '.join(names)} |")
    own = [
        info for info in flags.values() if info.default != infos_of(info.group)[info.name].default
    ]
    if own:
        lines += ["", "Defaults of its own:", ""]
        lines += [f"- `--{info.name}` {default_words(info)}" for info in own]
    return [*lines, ""]


def commands_page() -> str:
    """Every command with the flags it takes."""
    lines = ["# Commands", "", NOTICE, ""]
    for name in COMMANDS:
        lines += command_section(load(name))
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """The content of every generated file."""
    return {REFERENCE / "flags.md": flags_page(), REFERENCE / "commands.md": commands_page()}


def stale() -> list[str]:
    """The generated files that are not what the declarations say."""
    return [
        path.name
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write the pages, or with --check say which are stale."""
    if "--check" in sys.argv[1:]:
        names = stale()
        print(f"stale: {', '.join(names)}; run make docs" if names else "fresh")
        return 1 if names else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
