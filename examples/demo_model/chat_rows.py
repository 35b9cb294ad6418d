"""Chat rows for the demo model: the tables of facts.py in many wordings, and small tasks.

    python chat_rows.py OUT_FOLDER [--seed 0]

writes OUT_FOLDER/train.jsonl and OUT_FOLDER/heldout.jsonl, in the messages format. A held-out row
asks for a trained fact in a wording that this fact was never trained with. The same seed gives the
same files.
"""

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import facts
import tasks
from wording import Row, a, capital, row, vary

HELD_OUT = 0.06  # share of the (fact, wording) pairs that only the held-out file has


@dataclass(frozen=True)
class Relation:
    """One table asked in several wordings. {x} left, {y} right, {ax} and {ay} with a or an."""

    table: dict[str, str]
    questions: tuple[str, ...]
    answer: str


RELATIONS = (
    Relation(
        facts.CAPITALS,
        (
            "What is the capital of {x}?",
            "Which city is the capital of {x}?",
            "What city is the capital of {x}?",
            "Tell me the capital of {x}.",
            "Name the capital of {x}.",
            "Do you know the capital of {x}?",
            "What's the capital city of {x}?",
            "Can you tell me what the capital of {x} is?",
            "I forgot the capital of {x}. What is it?",
            "I want to visit the capital of {x}. Where do I go?",
            "capital of {x}",
        ),
        "The capital of {x} is {y}.",
    ),
    Relation(
        {city: country for country, city in facts.CAPITALS.items()},
        (
            "Which country has {x} as its capital?",
            "{x} is the capital of which country?",
            "Of what country is {x} the capital?",
            "Where is {x}?",
            "In which country is {x}?",
            "What country is {x} in?",
            "Tell me where {x} is.",
        ),
        "{x} is the capital of {y}.",
    ),
    Relation(
        facts.CONTINENTS,
        (
            "On which continent is {x}?",
            "Which continent is {x} in?",
            "What continent does {x} belong to?",
            "Where in the world is {x}?",
            "Name the continent of {x}.",
            "{x} is on which continent?",
        ),
        "{x} is in {y}.",
    ),
    Relation(
        facts.LANGUAGES,
        (
            "What language do people speak in {x}?",
            "Which language is spoken in {x}?",
            "What do they speak in {x}?",
            "Name the language of {x}.",
            "I am going to {x}. Which language should I learn?",
            "What is the main language of {x}?",
        ),
        "People speak {y} in {x}.",
    ),
    Relation(
        facts.YOUNG,
        (
            "What is a young {x} called?",
            "What do you call a baby {x}?",
            "What is the name for a young {x}?",
            "How do we call the young of {ax}?",
            "A baby {x} is called what?",
            "Tell me the word for a young {x}.",
            "What is a baby {x}?",
        ),
        "A young {x} is called {ay}.",
    ),
    Relation(
        facts.SOUNDS,
        (
            "What does {ax} say?",
            "What sound does {ax} make?",
            "Which noise does {ax} make?",
            "How does {ax} sound?",
            "What noise do you hear from {ax}?",
            "Tell me the sound of {ax}.",
        ),
        "{Ax} says {y}.",
    ),
    Relation(
        facts.HOMES,
        (
            "Where does {ax} live?",
            "What is the home of {ax}?",
            "Where can I find {ax}?",
            "Where is the home of {ax}?",
            "Tell me where {ax} lives.",
            "In what kind of place does {ax} live?",
        ),
        "{Ax} lives in {y}.",
    ),
    Relation(
        facts.KINDS,
        (
            "What is {ax}?",
            "What kind of thing is {ax}?",
            "What sort of thing is {ax}?",
            "Tell me what {ax} is.",
            "Is {ax} an animal, a plant or a thing?",
            "To which group does {ax} belong?",
            "what is {ax}",
        ),
        "{Ax} is {ay}.",
    ),
    Relation(
        facts.LEGS,
        (
            "How many legs does {ax} have?",
            "How many legs has {ax}?",
            "What number of legs does {ax} have?",
            "Count the legs of {ax}.",
            "Tell me how many legs {ax} has.",
            "On how many legs does {ax} walk?",
        ),
        "{Ax} has {y} legs.",
    ),
    Relation(
        facts.FOODS,
        (
            "What does {ax} eat?",
            "What do you feed {ax}?",
            "What is the food of {ax}?",
            "Which food does {ax} like?",
            "Tell me what {ax} eats.",
            "What should I give {ax} to eat?",
        ),
        "{Ax} eats {y}.",
    ),
    Relation(
        facts.COLOURS,
        (
            "What colour is {x}?",
            "What color is {x}?",
            "Which colour does {x} have?",
            "What is the colour of {x}?",
            "Tell me the colour of {x}.",
            "Name the colour of {x}.",
            "If I paint {x}, which colour do I need?",
        ),
        "{X} is {y}.",
    ),
    Relation(
        facts.OPPOSITES,
        (
            "What is the opposite of {x}?",
            "What's the opposite of {x}?",
            "Give me the opposite of {x}.",
            "Which word is the opposite of {x}?",
            "Tell me a word that means the opposite of {x}.",
            "Name the opposite of {x}.",
            "opposite of {x}",
            "If it is not {x}, what is it?",
        ),
        "The opposite of {x} is {y}.",
    ),
    Relation(
        facts.PLURALS,
        (
            "What is the plural of {x}?",
            "Give me the plural of {x}.",
            "One {x}, two what?",
            "How do you write more than one {x}?",
            "Tell me the plural of the word {x}.",
            "What do we call many of {ax}?",
        ),
        "The plural of {x} is {y}.",
    ),
    Relation(
        facts.PAST,
        (
            "What is the past tense of {x}?",
            "Give me the past tense of {x}.",
            "Today I {x}. Yesterday I what?",
            "What is the past of {x}?",
            "Put the word {x} in the past.",
            "Tell me the past form of {x}.",
        ),
        "The past tense of {x} is {y}.",
    ),
    Relation(
        facts.DEFINITIONS,
        (
            "What is {ax}?",
            "Explain what {ax} is.",
            "What does the word {x} mean?",
            "Tell me what {ax} is.",
            "What do you mean by {x}?",
            "Can you explain the word {x}?",
            "Define {x}.",
            "Please describe {ax}.",
        ),
        "{y}",
    ),
    Relation(
        facts.JOBS,
        (
            "What does {ax} do?",
            "What is the job of {ax}?",
            "What is {ax}?",
            "Tell me what {ax} does.",
            "Describe the work of {ax}.",
            "What work does {ax} do?",
            "Explain the job of {ax}.",
        ),
        "{Ax} {y}.",
    ),
    Relation(
        facts.TOOLS,
        (
            "What is {ax} for?",
            "What do you use {ax} for?",
            "What can I do with {ax}?",
            "Why do people have {ax}?",
            "What is the use of {ax}?",
            "Tell me what {ax} is used for.",
        ),
        "{Ax} is used for {y}.",
    ),
    Relation(
        facts.MATERIALS,
        (
            "What is {x} made of?",
            "What is {x} made from?",
            "From what is {x} made?",
            "What do you need to make {x}?",
            "Out of what do people make {x}?",
            "Tell me what {x} is made of.",
        ),
        "{X} is made from {y}.",
    ),
    Relation(
        facts.AUTHORS,
        (
            "Who wrote {x}?",
            "Who is the author of {x}?",
            "Which writer wrote {x}?",
            "By whom is the book {x}?",
            "Name the author of {x}.",
            "Tell me who wrote {x}.",
            "Do you know who wrote {x}?",
            "I am reading {x}. Who wrote it?",
        ),
        "{x} was written by {y}.",
    ),
    Relation(
        facts.COUNTS,
        (
            "How many {x}?",
            "Can you tell me how many {x}?",
            "Do you know how many {x}?",
            "Tell me how many {x}.",
            "I wonder how many {x}.",
        ),
        "The answer is {y}.",
    ),
    Relation(
        facts.TRIVIA,
        (
            "{x}?",
            "Please tell me: {x}?",
            "I would like to know: {x}?",
            "Can you help me? {x}?",
            "Here is a question. {x}?",
        ),
        "{y}",
    ),
)


def fill(text: str, left: str, right: str) -> str:
    """The wording with its places filled."""
    return text.format(
        x=left, y=right, ax=a(left), ay=a(right), X=capital(left), Ax=capital(a(left))
    )


def relation_rows(rng: random.Random) -> Iterator[tuple[Row, bool]]:
    """Every fact in every wording, once as written and once varied; and whether it is held out."""
    for relation in RELATIONS:
        for left, right in relation.table.items():
            answer = capital(fill(relation.answer, left, right))
            for question in relation.questions:
                asked = capital(fill(question, left, right))
                held_out = rng.random() < HELD_OUT
                yield row(asked, answer), held_out
                yield row(vary(asked, rng), answer), held_out


def all_rows(seed: int) -> tuple[list[Row], list[Row]]:
    """(training rows, held-out rows), in a shuffled order that the seed decides."""
    rng = random.Random(seed)
    train: list[Row] = []
    held_out: list[Row] = []
    for made, out in relation_rows(rng):
        (held_out if out else train).append(made)
    train.extend(tasks.task_rows(rng))
    taught = {turn["content"] for made in train for turn in made["messages"]}
    held_out = [made for made in held_out if made["messages"][0]["content"] not in taught]
    rng.shuffle(train)
    rng.shuffle(held_out)
    return train, held_out


def main() -> None:
    """Write the two files and say how many rows each has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("train", "heldout"), all_rows(options.seed), strict=True):
        path = options.folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(made) + "\n" for made in rows), encoding="utf-8")
        print(f"{path}: {len(rows)} rows")


if __name__ == "__main__":
    main()
