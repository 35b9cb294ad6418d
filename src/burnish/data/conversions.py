"""Conversions of rows of text whose columns do not tell how they are meant: a row to a row of a
recognised form.
"""

from collections.abc import Callable, Mapping
from typing import Any

from burnish.data.cells import BadRow, Row, list_of, needed, text_of, written
from burnish.data.recipes import NLI, word

Made = dict[str, Any]
Code = Callable[[Row], Made]
KEPT = ("system", "tools", "history", "images", "videos", "audios", "objects", "label")
"""Columns that stay beside what a conversion makes."""


def same(row: Row) -> Made:
    """The row as it is: its columns are recognised."""
    return dict(row)


def columns(**names: str) -> Code:
    """A conversion that renames columns: ours=theirs."""

    def rename(row: Row) -> Made:
        missing = [theirs for theirs in names.values() if row.get(theirs) is None]
        if missing:
            raise BadRow(f"the column {missing[0]} is missing or null")
        kept = {key: row[key] for key in KEPT if row.get(key) is not None}
        return kept | {ours: row[theirs] for ours, theirs in names.items()}

    return rename


def filled(question: str, response: str, *names: str) -> Code:
    """A conversion that writes columns into a question."""

    def fill(row: Row) -> Made:
        values = {name: needed(row, name) for name in names}
        return {"query": question.format_map(values), "response": row.get(response)}

    return fill


def seed_tasks(row: Row) -> Made:
    """Seed tasks of self-instruct: an instruction and one instance of it."""
    instances = list_of(row, "instances")
    if len(instances) != 1 or not isinstance(instances[0], Mapping):
        raise BadRow(f"instances holds {len(instances)} examples, not one")
    return {"instruction": row.get("instruction"), **instances[0]}


def nli(row: Row) -> Made:
    """Two sentences and how the second follows from the first, as words or as 0, 1, 2."""
    first, second = _either(row, "sentence1", "premise"), _either(row, "sentence2", "hypothesis")
    label = row.get("label")
    if label == "-":
        raise BadRow("label is '-': the annotators did not agree")
    query = f"premise: {first}\nhypothesis: {second}\n{', '.join(NLI[:-1])} or {NLI[-1]}?"
    return {"query": query, "response": word(label, NLI)}


def _either(row: Row, name: str, other: str) -> str:
    return needed(row, name if row.get(name) is not None else other)


def classes(row: Row) -> Made:
    """A sentence or two and its class: cmnli (neutral, entailment, contradiction) or a mood."""
    names: tuple[str, ...]
    if row.get("sentence2") is not None:
        names = ("neutral", "entailment", "contradiction")
        text = f"{needed(row, 'sentence1')}\n{needed(row, 'sentence2')}"
    else:
        names, text = ("negative", "positive"), needed(row, "sentence")
    query = f"{text}\nWhich is it: {', '.join(names)}?"
    return {"query": query, "response": word(row.get("label"), names)}


def choices(row: Row) -> Made:
    """A question with choices A, B, C ... and the letter of the right one."""
    letters = [each for each in "ABCDEFGHIJ" if row.get(each) not in (None, "")]
    if not letters:
        raise BadRow("there are no choices: columns A, B, C ... are missing or empty")
    answer = str(row.get("answer") or "").strip()
    if answer and answer not in letters:
        raise BadRow(f"answer is {answer!r}, none of its choices {', '.join(letters)}")
    lines = [f"{letter}. {written(row, letter)}" for letter in letters]
    query = "\n".join([needed(row, "question"), *lines, "Answer:"])
    return {"query": query, "response": answer or None}


def first_turn(row: Row) -> Made:
    """The first of several questions; the later ones need an answer of the model before them."""
    turns, answers = list_of(row, "turns"), row.get("reference")
    if not turns:
        raise BadRow("turns is an empty list")
    answer = answers[0] if isinstance(answers, list) and answers else None
    return {"query": turns[0], "response": answer}


def all_turns(row: Row) -> Made:
    """Several questions, each with its answer in `reference`."""
    turns, answers = list_of(row, "turns"), row.get("reference")
    if not isinstance(answers, list) or len(answers) != len(turns):
        raise BadRow("reference does not hold an answer for each of the turns")
    return {
        "conversation": [{"human": q, "assistant": a} for q, a in zip(turns, answers, strict=True)]
    }


def toolalpaca(row: Row) -> Made:
    """ToolAlpaca: every instruction of an API a question, its golden calls the answer."""
    asked, golden = list_of(row, "Instructions"), list_of(row, "Golden_Answers")
    if len(asked) != len(golden):
        raise BadRow(f"it has {len(asked)} Instructions and {len(golden)} Golden_Answers")
    messages: list[Made] = []
    for question, actions in zip(asked, golden, strict=True):
        if not isinstance(actions, list) or not all(isinstance(a, Mapping) for a in actions):
            raise BadRow("Golden_Answers holds something else than lists of actions")
        calls = [{"name": a.get("Action"), "arguments": a.get("Action_Input")} for a in actions]
        messages += [
            {"role": "user", "content": question},
            {"role": "assistant", "content": "", "tool_calls": calls},
        ]
    described = row.get("Function_Description")
    functions = described.items() if isinstance(described, Mapping) else ()
    tools = [{"name": n, "description": d} for n, d in functions if n != "components"]
    return {"messages": messages, "tools": tools}


def self_cognition(row: Row) -> Made:
    """Questions about the model itself; names are filled in beforehand."""
    return {key: row[key] for key in ("query", "response") if key in row}


def hh_rlhf_cn(row: Row) -> Made:
    """A context of turns, and two answers; each an object with role and text."""
    turns = [_with_content(turn) for turn in list_of(row, "context")]
    return {
        "messages": turns,
        "chosen": _with_content(row.get("chosen")),
        "rejected": _with_content(row.get("rejected")),
    }


def _with_content(turn: Any) -> Made:
    if not isinstance(turn, Mapping):
        raise BadRow("a turn is no object with role and text")
    return {"role": turn.get("role") or "assistant", "content": turn.get("text")}


def hc3(row: Row) -> Made:
    """Answers of people and of ChatGPT to one question, to be told apart one after the other."""
    question = needed(row, "question")
    pairs = []
    for column, who in (("human_answers", "Human"), ("chatgpt_answers", "ChatGPT")):
        for answer in list_of(row, column):
            said = needed({column: answer}, column)
            asked = f"Question: {question}\nAnswer: {said}\nWho wrote it, Human or ChatGPT?"
            pairs.append({"human": asked, "assistant": who})
    if not pairs:
        raise BadRow("it has neither human_answers nor chatgpt_answers")
    return {"conversation": pairs}


def guanaco(row: Row) -> Made:
    """Earlier rounds as "User: ... Assistant: ..." in instruction, the question in input."""
    past, question = text_of(row, "instruction") or "", text_of(row, "input") or ""
    if "User:" not in past:
        query = "\n".join(text for text in (past, question.removeprefix("User:").strip()) if text)
        return {"query": query, "response": row.get("output")}
    history = []
    for block in past.split("User:")[1:]:
        asked, _, answered = block.partition("Assistant:")
        history.append([asked.strip(), answered.strip()])
    query = question.removeprefix("User:").strip()
    if not query:
        query = history.pop()[0]
    return {"query": query, "response": row.get("output"), "history": history}


def blossom_math(row: Row) -> Made:
    """A problem, its solution and, behind it, the bare answer."""
    answer = f"{needed(row, 'output')}\n\nAnswer: {written(row, 'answer')}"
    return {"query": row.get("input"), "response": answer}


def dolly(row: Row) -> Made:
    """An instruction, perhaps with a context, and its response."""
    more = {"input": row.get("context")}
    return {"instruction": row.get("instruction"), **more, "output": row.get("response")}


def dureader_qg(row: Row) -> Made:
    """answer[SEP]context in text1, the question to be found in text2."""
    answer, sign, context = needed(row, "text1").partition("[SEP]")
    if not sign:
        raise BadRow("text1 holds no [SEP] between answer and context")
    query = f"Write the question.\nContext: {context}\nAnswer: {answer}\nQuestion:"
    return {"query": query, "response": row.get("text2")}


def leetcode(row: Row) -> Made:
    """A problem and, from its first Python block on, the solution; then the explanation."""
    problem, sign, code = needed(row, "code_with_problem").partition("```python")
    if not sign:
        raise BadRow("code_with_problem holds no Python block")
    answer = f"{sign}{code}\n\n{needed(row, 'explanation_only')}"
    return {"query": problem.removeprefix("# ").strip(), "response": answer}


def long_alpaca(row: Row) -> Made:
    """Alpaca, with "Answer:" before some of the outputs."""
    output = row.get("output")
    answer = output.removeprefix("Answer:").lstrip() if isinstance(output, str) else output
    return {**row, "output": answer}


def any_of(row: Any, *names: str) -> Any:
    if not isinstance(row, Mapping):
        raise BadRow("a round is no object with a question and an answer")
    return next((row[name] for name in names if row.get(name) is not None), None)


def ruozhiba(row: Row) -> Made:
    """A title, numbered perhaps, and what stands under it: text to read."""
    title = any_of(row, "title", "content")
    if not isinstance(title, str):
        raise BadRow("it has neither title nor content")
    number, sign, rest = title.partition("、")
    title = rest if sign and number.strip().isdigit() else title
    return {"text": "\n".join(text for text in (title, text_of(row, "abs")) if text)}


def tigerbot_law(row: Row) -> Made:
    """A law's title, chapters and content: text to read."""
    parts = [row.get(f"chapter{k}") for k in (1, 2, 3)]
    lines = [row.get("title"), *parts, needed(row, "content")]
    return {"text": "\n".join(str(line) for line in lines if line)}


def sql_context(row: Row) -> Made:
    """Tables, a question about them and the query that answers it."""
    query = f"{needed(row, 'context')}\n{needed(row, 'question')}"
    return {"query": query, "response": row.get("answer")}


def text_to_sql(row: Row) -> Made:
    """Tables, a wish, the statement that fulfils it and why."""
    asked = f"Tables:\n{needed(row, 'sql_context')}\n{needed(row, 'sql_prompt')}"
    answer = f"{needed(row, 'sql')}\n\n{row.get('sql_explanation') or ''}".rstrip()
    return {"query": asked, "response": answer}
