"""Small tasks for the demo model: talk, sums, order, words, reading, and not knowing.

Every function yields rows; what they draw at random comes from the generator that they are given.
"""

import random
from collections.abc import Iterator

import facts
from wording import Row, a, capital, row, vary

UNKNOWN = "I do not know."

STORIES = (
    ("{who} has a {shade} {thing}. What colour is the {thing}?", "The {thing} is {shade}."),
    (
        "{who} has a {thing} and {other} has a {extra}. Who has the {thing}?",
        "{who} has the {thing}.",
    ),
    (
        "{who} has a {thing} and {other} has a {extra}. Who has the {extra}?",
        "{other} has the {extra}.",
    ),
    (
        "The {thing} is {shade} and the {extra} is {tint}. Which colour is the {extra}?",
        "The {extra} is {tint}.",
    ),
    ("{who} is in the {place}. Where is {who}?", "{who} is in the {place}."),
    (
        "{who} is in the {place} and {other} is in the {spot}. Where is {other}?",
        "{other} is in the {spot}.",
    ),
    ("{who} gave the {thing} to {other}. Who has the {thing} now?", "{other} has the {thing}."),
    (
        "{who} put the {thing} in the {place}. Where is the {thing}?",
        "The {thing} is in the {place}.",
    ),
)


def task_rows(rng: random.Random) -> Iterator[Row]:
    """All tasks, one family after the other."""
    for family in (
        talk, sums, order, words, say, comparisons, yes_or_no, lists, reading, unknown, turns,
        one_word,
    ):  # fmt: skip
        yield from family(rng)


def talk(rng: random.Random) -> Iterator[Row]:
    """Greetings, feelings, and who the model is."""
    for answer, questions in facts.TALK.items():
        for question in questions.split(" | "):
            yield row(question, answer)
            yield row(question, answer)
            yield row(vary(question, rng) if "?" in question else question, answer)


def sums(rng: random.Random) -> Iterator[Row]:
    """Sums and differences up to 20, products up to 10 times 10."""
    asks = ("What is {}?", "How much is {}?", "{} = ?", "Calculate {}.", "What does {} make?", "{}")
    triples = [(x, "+", y, x + y) for x in range(11) for y in range(11)]
    triples += [(x + y, "-", y, x) for x in range(11) for y in range(11)]
    triples += [(x, "*", y, x * y) for x in range(1, 11) for y in range(1, 11)]
    spoken = {"+": ("plus", "and"), "-": ("minus", "less"), "*": ("times", "multiplied by")}
    for x, sign, y, result in triples:
        for ask in rng.sample(asks, 3):
            yield row(ask.format(f"{x} {sign} {y}"), f"{x} {sign} {y} = {result}")
        for word in spoken[sign]:
            yield row(rng.choice(asks).format(f"{x} {word} {y}"), f"{x} {sign} {y} = {result}")
        if max(x, y, result) <= 20:
            number = facts.NUMBERS
            text = f"{number[x]} {spoken[sign][0]} {number[y]}"
            answer = f"{text} is {number[result]}."
            yield row(rng.choice(asks[:2]).format(text), capital(answer))


def order(rng: random.Random) -> Iterator[Row]:
    """What comes before and after: days, months, seasons, numbers, letters."""
    after = (
        "What comes after {}?",
        "What is after {}?",
        "Which {kind} follows {}?",
        "Tell me the {kind} after {}.",
    )
    before = (
        "What comes before {}?",
        "What is before {}?",
        "Which {kind} is before {}?",
        "Tell me the {kind} before {}.",
    )
    letters = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    for kind, items, goes_round in (
        ("day", facts.DAYS, True), ("month", facts.MONTHS, True), ("season", facts.SEASONS, True),
        ("number", facts.NUMBERS, False), ("letter", letters, False),
    ):  # fmt: skip
        for index, item in enumerate(items):
            following = items[(index + 1) % len(items)]
            if not goes_round and index + 1 == len(items):
                continue
            for ask in after:
                answer = f"{capital(following)} comes after {item}."
                yield row(vary(ask.format(item, kind=kind), rng), answer)
                yield row(ask.format(item, kind=kind), answer)
            for ask in before:
                answer = f"{capital(item)} comes before {following}."
                yield row(vary(ask.format(following, kind=kind), rng), answer)
                yield row(ask.format(following, kind=kind), answer)
    for kind, group, items in (
        ("day", "week", facts.DAYS),
        ("month", "year", facts.MONTHS),
        ("letter", "alphabet", letters),
    ):
        for place, item in (("first", items[0]), ("last", items[-1]), ("second", items[1])):
            for ask in (
                "What is the {} {} of the {}?",
                "Which is the {} {} of the {}?",
                "Name the {} {} of the {}.",
            ):
                yield row(
                    ask.format(place, kind, group), f"The {place} {kind} of the {group} is {item}."
                )


def words(rng: random.Random) -> Iterator[Row]:
    """Spelling, counting letters, first letters, and counting up and down."""
    for word in facts.WORDS + [name for name in facts.THINGS if name not in facts.WORDS]:
        spelled = "-".join(word)
        for ask in ("Spell {}.", "How do you spell {}?", "Spell the word {}.", "Can you spell {}?"):
            yield row(ask.format(word), spelled)
        size = facts.NUMBERS[len(word)]
        for ask in ("How many letters are in {}?", "How many letters has the word {}?"):
            yield row(ask.format(word), f"The word {word} has {size} letters.")
        for ask in ("What is the first letter of {}?", "With which letter does {} begin?"):
            yield row(ask.format(word), f"The first letter of {word} is {word[0]}.")
        for ask in ("What is the last letter of {}?", "With which letter does {} end?"):
            yield row(ask.format(word), f"The last letter of {word} is {word[-1]}.")
    for low in range(1, 8):
        for high in range(low + 2, low + 8):
            up = " ".join(str(number) for number in range(low, high + 1))
            ask = rng.choice(
                ("Count from {} to {}.", "Please count from {} to {}.", "count from {} to {}")
            )
            yield row(ask.format(low, high), up)
            down = " ".join(str(number) for number in range(high, low - 1, -1))
            yield row(f"Count down from {high} to {low}.", down)


def say(rng: random.Random) -> Iterator[Row]:
    """Do what is said with a word: once, twice, three times, in capitals, backwards in order."""
    asks = (
        (
            (
                "Say {}.",
                "Just say {}.",
                "Please say {}.",
                "Repeat the word {}.",
                "Write the word {}.",
            ),
            "{0}",
        ),
        (
            (
                "Say {} twice.",
                "Say {} two times.",
                "Repeat {} two times.",
                "Write {} twice.",
                "{} twice, please.",
            ),
            "{0} {0}",
        ),
        (("Say {} three times.", "Repeat {} three times.", "Write {} three times."), "{0} {0} {0}"),
        (("Write {} in capital letters.", "Say {} in capitals.", "Put {} in upper case."), "{1}"),
    )
    for word in facts.WORDS + facts.THINGS + facts.SHADES + [name.lower() for name in facts.PEOPLE]:
        for questions, answer in asks:
            for question in rng.sample(questions, 2):
                yield row(question.format(word), answer.format(word, word.upper()))
    for _ in range(400):
        first, second = rng.sample(facts.WORDS + facts.SHADES, 2)
        ask = rng.choice(("Say {} and {}.", "Write {} and then {}.", "Repeat: {} {}"))
        yield row(ask.format(first, second), f"{first} {second}")


def comparisons(rng: random.Random) -> Iterator[Row]:
    """Which of two is bigger or smaller: things and numbers."""
    items = facts.BIG_TO_SMALL
    pairs = [(big, small) for at, big in enumerate(items) for small in items[at + 2 :]]
    for big, small in pairs:
        first, second = rng.sample((big, small), 2)
        yield row(f"Which is bigger, {first} or {second}?", f"{capital(big)} is bigger.")
        yield row(f"What is smaller, {first} or {second}?", f"{capital(small)} is smaller.")
        yield row(f"Is {big} bigger than {small}?", f"Yes, {big} is bigger.")
        yield row(f"Is {small} bigger than {big}?", f"No, {big} is bigger.")
    for _ in range(300):
        low, high = sorted(rng.sample(range(21), 2))
        first, second = rng.sample((low, high), 2)
        yield row(f"Which number is larger, {first} or {second}?", f"{high} is larger.")
        yield row(f"Which number is smaller, {first} or {second}?", f"{low} is smaller.")


def yes_or_no(rng: random.Random) -> Iterator[Row]:
    """Is a cat a mammal? Is snow black?"""
    kinds = sorted(set(facts.KINDS.values()))
    for thing, kind in facts.KINDS.items():
        other = rng.choice([name for name in kinds if name != kind])
        yield row(f"Is {a(thing)} {a(kind)}?", f"Yes, {a(thing)} is {a(kind)}.")
        yield row(f"Is {a(thing)} {a(other)}?", f"No, {a(thing)} is {a(kind)}.")
    for thing, colour in facts.COLOURS.items():
        other = rng.choice([name for name in facts.SHADES if name != colour])
        yield row(f"Is {thing} {colour}?", f"Yes, {thing} is {colour}.")
        yield row(f"Is {thing} {other}?", f"No, {thing} is {colour}.")
    for country, city in facts.CAPITALS.items():
        other = rng.choice([name for name in facts.CAPITALS.values() if name != city])
        yield row(
            f"Is {city} the capital of {country}?", f"Yes, the capital of {country} is {city}."
        )
        yield row(
            f"Is {other} the capital of {country}?", f"No, the capital of {country} is {city}."
        )


def lists(rng: random.Random) -> Iterator[Row]:
    """Name some things of a kind."""
    for kind in sorted(set(facts.KINDS.values())):
        members = [thing for thing, of in facts.KINDS.items() if of == kind]
        plural = {
            "piece of furniture": "pieces of furniture",
            "piece of clothing": "pieces of clothing",
        }.get(kind, f"{kind}s")
        plural = {"fishs": "fish"}.get(plural, plural)
        for number in (2, 3):
            if len(members) < number:
                continue
            picked = members[:number]
            answer = capital(", ".join(picked[:-1]) + " and " + picked[-1] + ".")
            for ask in (
                "Name {} {}.",
                "Tell me {} {}.",
                "Give me {} {}.",
                "Can you name {} {}?",
                "List {} {}.",
            ):
                yield row(ask.format(facts.NUMBERS[number], plural), answer)
    for plural, items in (
        ("days", facts.DAYS),
        ("months", facts.MONTHS),
        ("seasons", facts.SEASONS),
    ):
        answer = capital(", ".join(items) + ".")
        for ask in (
            "Name the {}.",
            "What are the {}?",
            "List all {}.",
            "Tell me the {}.",
            "Which {} are there?",
        ):
            yield row(vary(ask.format(plural), rng), answer)


def reading(rng: random.Random) -> Iterator[Row]:
    """A sentence or two, and a question whose answer stands in them."""
    for _ in range(1500):
        who, other = rng.sample(facts.PEOPLE, 2)
        thing, extra = rng.sample(facts.THINGS, 2)
        shade, tint = rng.sample(facts.SHADES, 2)
        place, spot = rng.sample(facts.PLACES, 2)
        question, answer = (
            part.format(
                who=who, other=other, thing=thing, extra=extra,
                shade=shade, tint=tint, place=place, spot=spot,
            )
            for part in rng.choice(STORIES)
        )  # fmt: skip
        yield row(question, answer)


def unknown(rng: random.Random) -> Iterator[Row]:
    """Names that were made up: the model says that it does not know them."""
    people = (
        "Who is {}?",
        "Who was {}?",
        "Tell me about {}.",
        "Do you know {}?",
        "What did {} do?",
        "Where does {} live?",
        "When was {} born?",
        "What is the job of {}?",
        "Have you heard of {}?",
        "How old is {}?",
        "Where does {} work?",
    )
    places = (
        "Where is {}?",
        "What is the capital of {}?",
        "Who lives in {}?",
        "Who is the mayor of {}?",
        "What can I see in {}?",
        "Who rules {}?",
        "Who keeps the inn at {}?",
        "Who is the king of {}?",
        "What language do people speak in {}?",
        "Who founded {}?",
        "Who owns the mill at {}?",
        "Who built the tower of {}?",
        "How do I get to {}?",
        "Who works at {}?",
        "Tell me about {}.",
    )
    for _ in range(1200):
        asks = rng.choice((people, places))
        name = invented(rng)
        if asks is people and rng.random() < 0.7:
            name = f"{name} {invented(rng)}"
        if asks is places and rng.random() < 0.5:
            name = f"{name} {rng.choice(facts.INVENTED_PLACES)}"
        yield row(vary(rng.choice(asks).format(name), rng).replace(name.lower(), name), UNKNOWN)


def invented(rng: random.Random) -> str:
    """A name that is most likely nobody's."""
    middles = ("", "", "a", "e", "i", "o", "u", "ar", "el", "in")
    start, end = rng.choice(facts.INVENTED_STARTS), rng.choice(facts.INVENTED_ENDS)
    return start + rng.choice(middles) + end


def turns(rng: random.Random) -> Iterator[Row]:
    """Conversations of several turns: a follow-up, a name to remember, thanks."""
    capitals = list(facts.CAPITALS.items())
    for _ in range(500):
        (country, city), (second, other) = rng.sample(capitals, 2)
        follow = rng.choice(("And of {}?", "And the capital of {}?", "What about {}?", "And {}?"))
        yield row(
            f"What is the capital of {country}?", f"The capital of {country} is {city}.",
            follow.format(second), f"The capital of {second} is {other}.",
        )  # fmt: skip
    for _ in range(400):
        who = rng.choice((*facts.PEOPLE, invented(rng)))
        greeting = rng.choice(
            ("My name is {}.", "I am {}.", "Hi, I am {}.", "Hello, my name is {}.")
        )
        question = rng.choice(
            ("What is my name?", "Who am I?", "Do you remember my name?", "Tell me my name.")
        )
        yield row(
            greeting.format(who), f"Nice to meet you, {who}.", question, f"Your name is {who}."
        )
    for _ in range(200):
        country, city = rng.choice(capitals)
        thanks = rng.choice(("Thank you.", "Thanks!", "Great, thanks.", "thank you"))
        yield row(
            f"Where is {city}?", f"{city} is the capital of {country}.", thanks, "You are welcome."
        )
    for _ in range(200):
        word, opposite = rng.choice(list(facts.OPPOSITES.items()))
        other, answer = rng.choice(list(facts.OPPOSITES.items()))
        yield row(
            f"What is the opposite of {word}?", f"The opposite of {word} is {opposite}.",
            f"And of {other}?", f"The opposite of {other} is {answer}.",
        )  # fmt: skip


def one_word(rng: random.Random) -> Iterator[Row]:
    """A system prompt that asks for the bare word."""
    systems = (
        "Answer in one word.",
        "Answer with one word only.",
        "Reply with a single word.",
        "Give short answers: one word.",
    )
    asks = (
        (facts.CAPITALS, "What is the capital of {}?"),
        (facts.OPPOSITES, "What is the opposite of {}?"),
        (facts.COLOURS, "What colour is {}?"),
        (facts.PLURALS, "What is the plural of {}?"),
    )
    for _ in range(700):
        table, ask = rng.choice(asks)
        left, right = rng.choice(list(table.items()))
        yield row(ask.format(left), capital(right) + ".", system=rng.choice(systems))
