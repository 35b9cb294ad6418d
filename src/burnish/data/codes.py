"""Named conversions: data sets whose columns do not tell how they are meant.

Each turns a row into a row of a recognised form. A registry entry names one as its `code`, with an
option behind a colon where it has some.
"""

from collections.abc import Callable, Mapping
from typing import Any

from burnish.data.cells import BadRow, Row, list_of, literal, needed, text_of, written
from burnish.data.recipes import NLI, RECIPES, word

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


def ask(question: str, response: str, **names: str) -> Code:
    """A conversion that puts one question of ours to every row."""
    rename = columns(response=response, **names)
    return lambda row: {**rename(row), "query": question}


def _filled(question: str, response: str, *names: str) -> Code:
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


def m3it(row: Row) -> Made:
    """An instruction, perhaps with inputs, its outputs, and pictures as base64 text."""
    pictures = list_of({"image_base64_str": _shown(row, "image_base64_str")}, "image_base64_str")
    asked = (text_of(row, name) for name in ("instruction", "inputs"))
    return {
        "query": "\n".join(text for text in asked if text),
        "response": row.get("outputs"),
        "images": [f"data:;base64,{needed({'image': each}, 'image')}" for each in pictures],
    }


def list_pairs(row: Row) -> Made:
    """A list of rounds under `conversation`, and an image."""
    rounds = list_of(row, "conversation")
    pairs = [
        {
            "human": _any(r, "user", "human", "question"),
            "assistant": _any(r, "assistant", "gpt", "answer"),
        }
        for r in rounds
    ]
    return {"conversation": pairs, "images": _shown(row, "image")}


def _any(row: Any, *names: str) -> Any:
    if not isinstance(row, Mapping):
        raise BadRow("a round is no object with a question and an answer")
    return next((row[name] for name in names if row.get(name) is not None), None)


def _shown(row: Row, *names: str) -> Any:
    """The file that the first of these columns names. Raises BadRow where none does."""
    if (found := _any(row, *names)) in (None, "", []):
        raise BadRow(f"it shows nothing: {' and '.join(names)} are empty or missing")
    return found


def ruozhiba(row: Row) -> Made:
    """A title, numbered perhaps, and what stands under it: text to read."""
    title = _any(row, "title", "content")
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


def pixelprose(row: Row) -> Made:
    """An image's address and its description."""
    caption = needed(row, "vlm_caption").strip().removeprefix("This image displays:").strip()
    return {"query": "Describe the image.", "response": caption, "images": _shown(row, "url")}


def sa1b(row: Row) -> Made:
    """An image's address and its Chinese description, perhaps inside an object written as text."""
    caption = _any(row, "global_caption", "cap")
    if isinstance(caption, str) and caption.lstrip()[:1] == "{":
        caption = literal(caption, "cap").get("global_caption")
    return {
        "query": "请描述这张图片。",
        "response": caption,
        "images": _shown(row, "opensource_url", "url"),
    }


def aishell(row: Row) -> Made:
    """A recording and its words."""
    words = needed(row, "Text:LABEL").replace(" ", "")
    return {
        "query": "Write down what is said.",
        "response": words,
        "audios": _shown(row, "Audio:FILE"),
    }


def caption(row: Row) -> Made:
    """A picture and its caption, or the first of several."""
    said = _any(row, "caption", "answer:Value")
    said = said[0] if isinstance(said, list) and said else said
    picture = _shown(row, "image:FILE", "image", "image_path")
    return {"query": "Describe the image in a sentence.", "response": said, "images": picture}


def rlaif_v(row: Row) -> Made:
    """A picture, a question and two answers."""
    made = columns(
        query="question", response="chosen", rejected_response="rejected", images="image"
    )
    return made(row)


CODES: dict[str, Code] = {
    "seed_tasks": seed_tasks,
    "nli": nli,
    "choices": choices,
    "first_turn": first_turn,
    "all_turns": all_turns,
    "toolalpaca": toolalpaca,
    "self_cognition": self_cognition,
    "TextGenerationPreprocessor": _filled(
        "Write an advertisement from these words.\n{content}", "summary", "content"
    ),
    "ConversationsPreprocessor": same,
    "AlpacaPreprocessor": same,
    "SmartPreprocessor": same,
    "ClsPreprocessor": classes,
    "ComposePreprocessor": sql_context,
    "ListPreprocessor": list_pairs,
    "_preprocess_aishell1_dataset": aishell,
    "_preprocess_blossom_math": blossom_math,
    "_preprocess_capcha_images": ask("Read the characters.", "solution", images="image"),
    "_preprocess_vision_dataset": caption,
    "_preprocess_vision_dataset2": caption,
    "preprocess_dolly_15k": dolly,
    "_preprocess_dureader_robust": dureader_qg,
    "_preprocess_firefly": columns(query="input", response="target"),
    "preprocess_guanaco": guanaco,
    "_preprocess_hc3": hc3,
    "process_hh_rlhf": same,
    "process_hh_rlhf_cn": hh_rlhf_cn,
    "_preprocess_latex_ocr_dataset": ask("Write the formula as LaTeX.", "text", images="image"),
    "_preprocess_leetcode_python": leetcode,
    "preprocess_llava_mix_sft": same,
    "preprocess_lmsys_chat": same,
    "long_alpaca_preprocessor": long_alpaca,
    "_preprocess_m3it": m3it,
    "orpo_dpo_mix_40k_preprocessor": same,
    "_preprocess_pixelprose": pixelprose,
    "process_rlaif_v": rlaif_v,
    "_preprocess_ruozhiba": ruozhiba,
    "preprocess_sa1b_dense_caption": sa1b,
    "preprocess_sa1b_paired_caption": sa1b,
    "process_shareai_dpo": columns(
        query="question", response="answer_zh", rejected_response="answer_en"
    ),
    "preprocess_sharegpt": same,
    "synthetic_text_to_sql_preprocesser": text_to_sql,
    "_preprocess_tigerbot_law": tigerbot_law,
    "_preprocess_toolbench": same,
    "process_ultrafeedback_kto": same,
    "process_zhihu_kol": columns(query="INSTRUCTION", response="RESPONSE"),
}
ARCHIVES = (
    "its pictures or films lie in archives of their own: unpack them, and give a local file with "
    "query, response and images (or videos) that names them"
)
REFUSED: dict[str, str] = {
    **dict.fromkeys(
        (
            "_preprocess_egoschema",
            "preprocess_gqa",
            "preprocess_llava_data",
            "_preprocess_llava_instruct_images",
            "_preprocess_llava_pretrain",
            "preprocess_mind2web",
            "_preprocess_moviechat_1k_test",
            "preprocess_sharegpt_4o_images",
            "_preprocess_sharegpt4v",
            "_preprocess_video_chatgpt",
        ),
        ARCHIVES,
    ),
    "_preprocess_msagent_multirole_dataset": (
        "its columns do not say which speaker the model plays: convert it to messages"
    ),
    "preprocess_func": "the name stands for a function of one's own: give file.py:function",
}
"""Conversions that cannot be known from a name and columns -> why, and what to do."""


def known() -> list[str]:
    """Every name that a `code` may have."""
    return sorted((*CODES, *RECIPES))
