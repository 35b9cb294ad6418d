"""The transformers engine: batches equal singles, streams equal answers, limits are obeyed."""

import random
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tests.fixtures_model import STOP_ID, tiny_model_folder
from transformers import AutoModelForCausalLM

from burnish.data.tokenizer import Tokenizer
from burnish.infer.base import Request, Sampling
from burnish.infer.hf import HfEngine, generation_config, is_sampled, left_pad, positions

GREEDY = Sampling(max_new_tokens=24, do_sample=False)


def make_engine(folder: Path, **options) -> HfEngine:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = Tokenizer.load(folder)
    return HfEngine(model, tokenizer, SimpleNamespace(stop_ids=(STOP_ID,)), **options)


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def engine(request, tmp_path_factory) -> HfEngine:
    return make_engine(
        tiny_model_folder(tmp_path_factory.mktemp("model"), request.param, initializer_range=0.3)
    )


def ask(length: int, sampling: Sampling = GREEDY, seed: int = 0) -> Request:
    draw = random.Random(length + 1000 * seed)
    return Request(
        prompt_ids=tuple(draw.randrange(33, 250) for _ in range(length)), sampling=sampling
    )


def test_a_batch_answers_as_one_by_one(engine):
    requests = [ask(n) for n in (3, 17, 1, 40, 8)]
    batch = engine.generate(requests)
    single = [engine.generate([request])[0] for request in requests]
    assert batch == single
    assert len({reply.ids for reply in batch}) > 2, "the answers should depend on the prompts"


def test_a_repetition_penalty_sees_no_padding(engine):
    sampling = Sampling(max_new_tokens=24, do_sample=False, repetition_penalty=1.5)
    requests = [ask(n, sampling) for n in (3, 30, 9)]
    assert engine.generate(requests) == [engine.generate([r])[0] for r in requests]


def test_the_stream_is_the_answer_in_pieces(engine):
    for length in (2, 5, 11, 23):
        request = ask(length, Sampling(max_new_tokens=60, do_sample=False))
        stream = engine.stream(request)
        pieces = list(stream)
        assert "".join(pieces) == stream.reply.text
        assert stream.reply == engine.generate([request])[0]


def test_requests_with_other_settings_keep_their_place(engine):
    requests = [
        ask(4),
        ask(5, Sampling(max_new_tokens=3, do_sample=False)),
        ask(6),
    ]
    replies = engine.generate(requests)
    assert replies == [engine.generate([r])[0] for r in requests]
    assert replies[1].completion_tokens <= 3


def test_the_answer_ends_with_its_stop_token_and_does_not_show_it(tmp_path):
    engine = make_engine(tiny_model_folder(tmp_path))
    first = engine.generate([ask(6)])[0]
    assert first.finish_reason == "length"
    engine.stop_ids = frozenset({first.ids[4]})
    stopped = engine.generate([ask(6)])[0]
    cut = first.ids.index(first.ids[4]) + 1
    assert (stopped.finish_reason, stopped.ids) == ("stop", first.ids[:cut])
    assert stopped.text == engine.tokenizer.decode(first.ids[: cut - 1], skip_special=True)
    stream = engine.stream(ask(6))
    assert "".join(stream) == stopped.text
    assert stream.reply == stopped


def test_stop_ends_a_running_answer(engine):
    stream = engine.stream(ask(5, Sampling(max_new_tokens=400, do_sample=False)))
    taken = [next(stream), next(stream)]
    stream.stop()
    taken += list(stream)
    assert stream.reply.finish_reason == "interrupted"
    assert stream.reply.completion_tokens < 400
    assert "".join(taken) == stream.reply.text
    assert engine.generate([ask(5)])[0].completion_tokens == 24, "the engine goes on"


def test_an_error_in_the_thread_reaches_the_reader(engine):
    stream = engine.stream(Request(prompt_ids=(10**6,), sampling=GREEDY))
    with pytest.raises(IndexError):
        list(stream)


def test_long_prompts_are_refused_or_cut(tmp_path):
    folder = tiny_model_folder(tmp_path)
    refused = make_engine(folder, max_length=8).generate([ask(4), ask(9)])
    assert refused[0].finish_reason != "refused"
    assert (refused[1].finish_reason, refused[1].text, refused[1].ids) == ("refused", "", ())
    assert "9 tokens" in refused[1].note and "--max_length allows 8" in refused[1].note
    cutting = make_engine(folder, max_length=8, truncation_strategy="truncation_left")
    long = ask(12)
    cut = cutting.generate([long])[0]
    plain = cutting.generate([Request(prompt_ids=long.prompt_ids[-8:], sampling=GREEDY)])[0]
    assert (cut.ids, cut.prompt_tokens) == (plain.ids, 8)
    assert "from 12 to its last 8" in cut.note
    assert list(make_engine(folder, max_length=8).stream(ask(9))) == []


def test_an_answer_ends_where_the_context_does(tmp_path):
    engine = make_engine(tiny_model_folder(tmp_path, max_position_embeddings=20))
    replies = engine.generate([ask(15), ask(20), ask(3)])
    assert (replies[0].completion_tokens, replies[0].finish_reason) == (5, "length")
    assert replies[1].finish_reason == "refused" and "context holds 20" in replies[1].note
    assert replies[2].completion_tokens == 17


def test_a_seed_fixes_a_sampled_answer(engine):
    def sampled(seed: int | None) -> Request:
        return ask(7, Sampling(max_new_tokens=30, do_sample=True, temperature=2.0, seed=seed))

    first, second = (engine.generate([sampled(1)])[0] for _ in range(2))
    assert first == second
    assert engine.generate([sampled(2)])[0].ids != first.ids
    stream = engine.stream(sampled(1))
    assert "".join(stream) == first.text


def test_settings_reach_generate():
    own = SimpleNamespace(do_sample=True)
    greedy = generation_config(own, Sampling(temperature=0), frozenset({3, 1}))
    assert not greedy.do_sample and greedy.eos_token_id == [1, 3]
    given = Sampling(
        do_sample=True, temperature=0.5, top_k=7, top_p=0.9, repetition_penalty=1.1, num_beams=2
    )
    config = generation_config(own, given, frozenset({3}))
    assert (config.temperature, config.top_k, config.top_p) == (0.5, 7, 0.9)
    assert (config.repetition_penalty, config.num_beams, config.max_new_tokens) == (1.1, 2, 2048)
    assert is_sampled(own, Sampling()) and not is_sampled(own, Sampling(do_sample=False))
    assert generation_config(own, Sampling(), frozenset()).temperature is None


def test_the_models_own_settings_are_used_where_nothing_is_said(tmp_path):
    engine = make_engine(tiny_model_folder(tmp_path))
    engine.model.generation_config.do_sample = True
    engine.model.generation_config.top_k = 1
    plain = engine.generate([ask(6, Sampling(max_new_tokens=12))])[0]
    assert (
        plain.ids == engine.generate([ask(6, Sampling(max_new_tokens=12, do_sample=False))])[0].ids
    )


def test_beams_are_streamed_in_one_piece(engine):
    request = ask(6, Sampling(max_new_tokens=10, do_sample=False, num_beams=3))
    stream = engine.stream(request)
    assert len(list(stream)) <= 1
    assert stream.reply == engine.generate([request])[0]


def test_threads_take_turns(engine):
    requests = [ask(n) for n in (4, 9)]
    expected = [engine.generate([r])[0] for r in requests]
    found: dict[int, object] = {}
    threads = [
        threading.Thread(target=lambda i=i: found.update({i: engine.generate([requests[i]])[0]}))
        for i in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[0], found[1]] == expected


def test_left_padding():
    ids, mask = left_pad([[5, 6, 7], [9]])
    assert ids.tolist() == [[5, 6, 7], [9, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert positions(mask).tolist() == [[0, 1, 2], [0, 0, 0]]
