"""The terminal chat, as its user sees it: prompts, commands, answers, and the record of them."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest
from tests.fixtures_model import infer_config, tiny_checkpoint, tiny_model_folder

from burnish.data.sample import Message
from burnish.infer.chat import Chat, chat
from burnish.infer.session import open_session

DASHES = "-" * 50


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_model_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def session(base, tmp_path_factory):
    folder = tiny_checkpoint(base, tmp_path_factory.mktemp("run") / "checkpoint-1")
    return open_session(infer_config(ckpt_dir=folder, max_new_tokens=6, do_sample=False))


def talk(session, text, monkeypatch, capsys):
    """Type `text`; what was printed, and the rows of the result file."""
    lines = iter(text.splitlines())

    def read(prompt=""):
        print(prompt, end="")
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)
    path = chat(session)
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path else []
    return capsys.readouterr().out, rows


def test_a_chat_with_history(session, monkeypatch, capsys):
    out, rows = talk(session, "one\n\ntwo\nclear\nthree\nexit\nnot read", monkeypatch, capsys)
    assert [row["query"] for row in rows] == ["one", "two", "three"]
    assert rows[1]["history"] == [["one", rows[0]["response"]]]
    assert rows[0]["history"] == rows[2]["history"] == []
    assert out.count(f"\n{DASHES}\n") == 3
    assert out.startswith(f"<<< {rows[0]['response']}\n{DASHES}\n<<< <<< ")
    assert set(rows[0]) == {"system", "query", "response", "history"}


def test_the_answer_is_the_engines(session, monkeypatch, capsys):
    _, rows = talk(session, "one\ntwo", monkeypatch, capsys)
    turns = [Message.of("user", "one"), Message.of("assistant", rows[0]["response"])]
    turns.append(Message.of("user", "two"))
    request = Chat(session).request("two")
    assert request.messages == (turns[-1],)
    asked = Chat(session, history=[("one", rows[0]["response"])]).request("two")
    assert asked.messages == tuple(turns)
    assert session.engine.generate([asked])[0].text == rows[1]["response"]


def test_several_lines(session, monkeypatch, capsys):
    text = "multi-line\nhello\nworld#\nwe\nexit\nnow#\nsingle-line#\nx\nquit"
    out, rows = talk(session, text, monkeypatch, capsys)
    assert [row["query"] for row in rows] == ["hello\nworld", "we\nexit\nnow", "x"]
    assert re.findall(r"<<<(?:\[\w+\])? ", out) == [
        "<<< ", "<<<[M] ", "<<<[M] ", "<<<[M] ", "<<< ", "<<< ",
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["", "#"])
def test_commands_among_several_lines_act_at_once(end, session, monkeypatch, capsys):
    text = "multi-line\na\nb#\n\nclear@\nc\nd#\nreset-system@\nclear\nx#\nsingle-line@\ne\n"
    text = f"{text}multi-line\nExit@\nf#".replace("@", end)
    _, rows = talk(session, text, monkeypatch, capsys)
    assert [row["query"] for row in rows] == ["a\nb", "c\nd", "e"]
    assert [len(row["history"]) for row in rows] == [0, 0, 0]
    assert rows[-1]["system"] == "clear\nx", "only the end of the chat is no system prompt"


def test_the_end_of_the_chat_is_no_system_prompt(session, monkeypatch, capsys):
    _, rows = talk(session, "a\nreset-system\nexit\nb", monkeypatch, capsys)
    assert [row["query"] for row in rows] == ["a"]


def test_a_system_prompt(session, monkeypatch, capsys):
    text = "a\nreset-system\nBe brief.\nb\nreset-system\n\nc\nmulti-line\nreset-system#\nx\ny#\nd#"
    out, rows = talk(session, text, monkeypatch, capsys)
    assert [row["system"] for row in rows] == [None, "Be brief.", None, "x\ny"]
    assert all(row["history"] == [] for row in rows), "another system prompt starts over"
    assert "<<<[S] " in out and "<<<[MS] " in out


def test_a_question_that_is_too_long(session, monkeypatch, capsys):
    _, rows = talk(session, "x" * 600 + "\nshort", monkeypatch, capsys)
    assert rows[0]["response"] == "" and "context holds 512" in rows[0]["note"]
    assert rows[1]["history"] == [] and rows[1]["response"]


def test_the_end_of_the_input_ends_the_chat(session, monkeypatch, capsys):
    assert talk(session, "", monkeypatch, capsys)[1] == []
    _, rows = talk(session, "multi-line\nnot finished", monkeypatch, capsys)
    assert [row["query"] for row in rows] == ["not finished"]


def test_not_streaming_prints_the_same(session, base, monkeypatch, capsys):
    streamed, _ = talk(session, "one\ntwo", monkeypatch, capsys)
    flags = {"ckpt_dir": session.folder, "max_new_tokens": 6, "do_sample": False}
    whole = open_session(infer_config(**flags, stream=False))
    assert talk(whole, "one\ntwo", monkeypatch, capsys)[0] == streamed


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """A model whose answers run on for a long time."""
    return tiny_model_folder(tmp_path_factory.mktemp("endless"), max_position_embeddings=100_000)


def start(folder, **options):
    command = [sys.executable, "-m", "burnish", "infer", "--model_id_or_path", str(folder)]
    command += [word for key, value in options.items() for word in (f"--{key}", str(value))]
    return command


@pytest.mark.slow
def test_through_a_pipe(base, tmp_path):
    folder = shutil.copytree(base, tmp_path / "model")
    done = subprocess.run(
        start(folder, max_new_tokens=5),
        input="hello\nexit\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (result,) = (folder / "infer_result").glob("*.jsonl")
    row = json.loads(result.read_text())
    assert row["query"] == "hello"
    assert done.stdout == f"<<< {row['response']}\n{DASHES}\n<<< "
    assert str(result) in done.stderr


class Terminal:
    """burnish infer in a terminal of its own, typed at and read by a test."""

    def __init__(self, command, folder):
        self.master, terminal = pty.openpty()
        self.running = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal,
            cwd=folder, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        self.seen = b""

    def type(self, text):
        self.seen = b""
        os.write(self.master, text)

    def wait_for(self, sign, seconds=60.0):
        end = time.monotonic() + seconds
        while sign not in self.seen:
            assert time.monotonic() < end, self.seen[-500:]
            if select.select([self.master], [], [], 1)[0]:
                self.seen += os.read(self.master, 4096)

    def rest(self):
        """Take what is printed until the process ends; its exit code."""
        code = self.running.wait(timeout=30)
        with contextlib.suppress(OSError):  # the other end was closed
            while more := os.read(self.master, 4096):
                self.seen += more
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running.kill()
        self.running.wait()
        os.close(self.master)


@pytest.mark.slow
def test_ctrl_c_stops_the_answer_and_not_the_chat(endless, tmp_path):
    with Terminal(start(endless, max_new_tokens=90_000), tmp_path) as chatting:
        chatting.wait_for(b"<<< ")
        chatting.type(b"hello\n")
        chatting.wait_for(b"hello\r\n")
        chatting.seen = b""
        time.sleep(0.5)
        chatting.running.send_signal(signal.SIGINT)
        chatting.wait_for(b"(stopped)")
        chatting.wait_for(b"<<< ")
        chatting.type(b"exit\n")
        assert chatting.rest() == 0


@pytest.mark.slow
def test_ctrl_c_at_the_prompt_names_the_answers(base, tmp_path):
    folder = shutil.copytree(base, tmp_path / "model")
    for asked in (0, 1):
        with Terminal(start(folder, max_new_tokens=3), tmp_path) as chatting:
            chatting.wait_for(b"<<< ")
            if asked:
                chatting.type(b"hello\n")
                chatting.wait_for(b"(cut off")
                chatting.wait_for(b"\n<<< ")
            time.sleep(0.5)  # the prompt is printed just before the line is waited for
            chatting.running.send_signal(signal.SIGINT)
            assert chatting.rest() == 130
            said = chatting.seen.decode()
            assert "interrupted" in said and "Traceback" not in said
            assert ("answers saved: " in said) == bool(asked)
    (saved,) = (folder / "infer_result").glob("*.jsonl")
    assert f"answers saved: {saved}" in said
