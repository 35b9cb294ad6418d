"""How rows are worded: articles, capitals, and the changes people make to a question."""

import random

import facts

Row = dict[str, list[dict[str, str]]]

NO_ARTICLE = facts.names(
    "snow, rain, wind, ice, steam, breakfast, lunch, honey, butter, bread, wool, glass, paper,"
    "fine-tuning, gold, iron, silver, copper, red, blue, green, soap, scissors"
)
WITH_THE = {"sun", "moon", "sea"}

OPENINGS = (
    "Hi! ", "Hello. ", "Please tell me: ", "I have a question. ", "Quick question: ", "Tell me, ",
    "Excuse me. ", "Hey, ", "One more question. ", "I would like to know: ", "Can you help me? ",
    "For my homework: ", "My friend asks: ",
)  # fmt: skip
CLOSINGS = (" Please.", " Thanks.", " Thank you.", " Do you know?", " Answer me, please.")


def row(*texts: str, system: str | None = None) -> Row:
    """A chat row of texts that take turns, the user first."""
    turns = [
        {"role": "assistant" if index % 2 else "user", "content": text}
        for index, text in enumerate(texts)
    ]
    head = [{"role": "system", "content": system}] if system is not None else []
    return {"messages": head + turns}


def a(noun: str) -> str:
    """The noun with the article that it takes."""
    if noun in NO_ARTICLE:
        return noun
    if noun in WITH_THE:
        return f"the {noun}"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def capital(text: str) -> str:
    """The text with its first letter upper case, the others as they are."""
    return text[:1].upper() + text[1:]


def vary(question: str, rng: random.Random) -> str:
    """The question as another person would type it."""
    choice = rng.random()
    if choice < 0.35:
        return rng.choice(OPENINGS) + question
    if choice < 0.5:
        return question + rng.choice(CLOSINGS)
    if choice < 0.7:
        return question[:1].lower() + question[1:].rstrip("?.")
    if choice < 0.8:
        return question.lower()
    if choice < 0.9:
        return rng.choice(OPENINGS) + question[:1].lower() + question[1:]
    return question.rstrip("?.") + rng.choice(("", "!", " ?", "??", "..."))
