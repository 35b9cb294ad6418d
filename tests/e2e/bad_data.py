"""Bad files and rows."""

import gzip
import json

from tests.e2e.bad_place import GOOD, Place, Table

CASES = Table()


def chat(*turns: tuple[str, object]) -> dict[str, object]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


@CASES.case("rows.jsonl", "mesages", "messages")
def wrong_column_name(at: Place) -> list[str]:
    row = {"mesages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]}
    return at.sft(dataset=at.rows(row, row))


@CASES.case("rows.jsonl", "question -> query, answer -> response")
def columns_of_no_format(at: Place) -> list[str]:
    return at.sft(dataset=at.rows({"question": "a", "answer": "b"}))


@CASES.case("rows.jsonl is empty")
def empty_file(at: Place) -> list[str]:
    return at.sft(dataset=at.text(""))


@CASES.case("rows.jsonl is empty")
def blank_lines_only(at: Place) -> list[str]:
    return at.sft(dataset=at.text("\n\n \n"))


@CASES.case("rows.json is empty")
def empty_list(at: Place) -> list[str]:
    return at.sft(dataset=at.text("[]", "rows.json"))


@CASES.case("rows.jsonl:3", "broken JSON")
def broken_json_line(at: Place) -> list[str]:
    good = json.dumps(GOOD[0])
    text = f"{good}\n{good}\n{good[:-3]}\n{good}\n"
    return at.sft(dataset=at.text(text), max_bad_rows=0)


@CASES.case("rows.json:4", "broken JSON")
def broken_json_list(at: Place) -> list[str]:
    return at.sft(dataset=at.text('[\n{"query": "a",\n "response": "b"}\n] x', "rows.json"))


@CASES.case("rows.json", "several lists of rows (dev, train)")
def json_with_two_lists(at: Place) -> list[str]:
    rows = '[{"query": "a", "response": "b"}]'
    return at.sft(dataset=at.text(f'{{"dev": {rows}, "train": {rows}}}', "rows.json"))


@CASES.case("rows.jsonl", "rows must be JSON objects")
def rows_that_are_no_objects(at: Place) -> list[str]:
    return at.sft(dataset=at.rows("just text", 3, ["a", "b"], None))


@CASES.case("holds no data file", ".jsonl")
def folder_without_data(at: Place) -> list[str]:
    at.text("hello", "data/readme.md")
    return at.sft(dataset=at.folder / "data")


@CASES.case("several kinds")
def folder_of_several_kinds(at: Place) -> list[str]:
    at.rows(*GOOD, name="data/a.jsonl")
    at.text("query,response\na,b\n", "data/b.csv")
    return at.sft(dataset=at.folder / "data")


@CASES.case("rows.csv:2", "neither UTF-8 nor GB18030", "iconv")
def latin_bytes(at: Place) -> list[str]:
    return at.sft(dataset=at.text("query,response\ncafé,déjà vu\n".encode("cp1252"), "rows.csv"))


@CASES.case("neither UTF-8 nor GB18030", "zero bytes")
def bytes_of_no_text(at: Place) -> list[str]:
    return at.sft(dataset=at.text(bytes(100), "rows.csv"))


@CASES.case("cannot be read")
def zip_that_is_none(at: Place) -> list[str]:
    return at.sft(dataset=at.text("not gzip", "rows.jsonl.gz"))


@CASES.case("cannot be read")
def zip_cut_short(at: Place) -> list[str]:
    packed = gzip.compress(json.dumps(GOOD[0]).encode() * 100)
    return at.sft(dataset=at.text(packed[: len(packed) // 2], "rows.jsonl.gz"))


@CASES.case("rows.parquet", "parquet")
def parquet_that_is_none(at: Place) -> list[str]:
    return at.sft(dataset=at.text("PAR1 is not enough", "rows.parquet"))


@CASES.case("rows.xlsx", "cannot be read", ".csv")
def spreadsheet(at: Place) -> list[str]:
    return at.sft(dataset=at.text(b"PK\x03\x04", "rows.xlsx"))


@CASES.case("rows.csv:1", "broken CSV", "quotation mark")
def csv_with_an_open_quote(at: Place) -> list[str]:
    return at.sft(dataset=at.text('query,response\n"a,b\nc,d\n', "rows.csv"), max_bad_rows=0)


@CASES.case("names a column twice")
def csv_with_a_column_twice(at: Place) -> list[str]:
    return at.sft(dataset=at.text("query,query,response\na,b,c\n", "rows.csv"))


@CASES.case("rows.csv", "row 1", "3 cells, the header 2")
def csv_with_too_many_cells(at: Place) -> list[str]:
    return at.sft(dataset=at.text("query,response\na,b,c\n", "rows.csv"))


@CASES.case("cannot be used", "rows.jsonl:1")
def every_answer_empty(at: Place) -> list[str]:
    return at.sft(dataset=at.rows({"query": "a", "response": ""}, {"query": "b", "response": None}))


@CASES.case("rows.jsonl:1")
def answers_are_numbers(at: Place) -> list[str]:
    return at.sft(dataset=at.rows({"query": "2+2", "response": 4}))


@CASES.case("rows.jsonl:1", "half of a character")
def text_cut_inside_a_character(at: Place) -> list[str]:
    return at.sft(dataset=at.text('{"query": "hi \\ud83d", "response": "yo"}\n'))


@CASES.case("rows.json", "row 1", "broken JSON", "in one another")
def json_too_deep(at: Place) -> list[str]:
    return at.sft(dataset=at.text("[" * 100_000, "rows.json"))


@CASES.case("rows.jsonl:1", "no role", "speaker, text")
def turns_of_another_tool(at: Place) -> list[str]:
    turns = [{"speaker": "human", "text": "hi"}, {"speaker": "gpt", "text": "yo"}]
    return at.sft(dataset=at.rows({"conversations": turns}))


@CASES.case("rows.jsonl:1", "it begins with an answer")
def roles_in_the_wrong_order(at: Place) -> list[str]:
    row = chat(("assistant", "yes?"), ("user", "hi"), ("user", "hello"))
    return at.sft(dataset=at.rows(row))


@CASES.case("rows.jsonl:1", "narrator")
def unknown_role(at: Place) -> list[str]:
    return at.sft(dataset=at.rows(chat(("user", "hi"), ("narrator", "yo"))))


@CASES.case("rows.jsonl:1")
def no_answer_at_the_end(at: Place) -> list[str]:
    return at.sft(dataset=at.rows(chat(("system", "be brief"), ("user", "hi"))))


@CASES.case("rows.jsonl:1", "messages")
def messages_are_text(at: Place) -> list[str]:
    return at.sft(dataset=at.rows({"messages": "hello"}))


@CASES.case("rows.jsonl:1", "image")
def images_in_messages(at: Place) -> list[str]:
    parts = [{"type": "image", "image": "a.png"}, {"type": "text", "text": "what?"}]
    return at.sft(dataset=at.rows(chat(("user", parts), ("assistant", "a cat"))))


@CASES.case("nothing is left to train on", "--max_length 4")
def everything_too_long(at: Place) -> list[str]:
    return at.sft(max_length=4)


@CASES.case("nothing is left to train on", "no token")
def every_label_masked_by_cutting(at: Place) -> list[str]:
    return at.sft(max_length=1, truncation_strategy="truncation_left")


@CASES.case("nothing is left to train on", "label is false")
def only_bad_examples(at: Place) -> list[str]:
    return at.sft(dataset=at.rows({"query": "a", "response": "b", "label": False}))


@CASES.case("nowhere.jsonl", "no such file")
def data_missing(at: Place) -> list[str]:
    return at.sft(dataset=at.folder / "nowhere.jsonl")


@CASES.case("row.jsonl", "Did you mean", "rows.jsonl")
def data_misspelled(at: Place) -> list[str]:
    at.rows(*GOOD)
    return at.sft(dataset=at.folder / "row.jsonl")


@CASES.case("nowhere.jsonl", "--val_dataset")
def validation_data_missing(at: Place) -> list[str]:
    return at.sft(val_dataset=at.folder / "nowhere.jsonl")


@CASES.case("validate", "too long")
def validation_data_too_long(at: Place) -> list[str]:
    long = at.rows({"query": "a" * 300, "response": "b"}, name="validation.jsonl")
    return at.sft(val_dataset=long, max_length=100)


@CASES.case("'many' behind #")
def count_is_no_number(at: Place) -> list[str]:
    return at.sft(dataset=f"{at.rows(*GOOD)}#many")


@CASES.case("behind #", "1 or more")
def count_is_zero(at: Place) -> list[str]:
    return at.sft(dataset=f"{at.rows(*GOOD)}#0")


@CASES.case("tatsu-lab/alpaca", "HF_HUB_OFFLINE=1 forbids the network")
def data_set_of_a_hub(at: Place) -> list[str]:
    return at.sft(dataset="HF::tatsu-lab/alpaca")


@CASES.case("there is no hub", "GH")
def unknown_hub(at: Place) -> list[str]:
    return at.sft(dataset="GH::somebody/rows")


@CASES.case("--max_bad_rows", "rows.jsonl:2")
def more_bad_rows_than_allowed(at: Place) -> list[str]:
    return at.sft(dataset=at.rows(GOOD[0], {"query": "a"}), max_bad_rows=0)


@CASES.case("rows.jsonl:2")
def bad_rows_are_errors(at: Place) -> list[str]:
    rows = at.rows(GOOD[0], {"query": "a", "response": ""})
    return at.sft(dataset=rows, check_dataset_strategy="error")
