"""Signals ask a run to stop; the handlers that were there come back."""

import os
import signal
import threading

import pytest

from burnish.train.interrupt import Interrupted, StopRequest


def send(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_remembered(number):
    with StopRequest() as stop:
        assert stop.number == 0
        send(number)
        assert stop.number == number


def test_a_second_ctrl_c_stops_at_once():
    with StopRequest() as stop:
        send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
        assert stop.number == signal.SIGINT


def test_ctrl_c_after_sigterm_stops_at_once():
    with StopRequest():
        send(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_sigterm_may_come_again():
    """A scheduler may send it to the launcher and to every process."""
    with StopRequest() as stop:
        send(signal.SIGTERM)
        send(signal.SIGTERM)
        assert stop.number == signal.SIGTERM


def test_the_handlers_from_before_come_back():
    before = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(ValueError), StopRequest():
        assert signal.getsignal(signal.SIGTERM) not in before
        raise ValueError
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == before


def test_in_another_thread_signals_are_left_alone():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work():
        with StopRequest():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def test_the_exit_code_is_that_of_the_signal():
    assert Interrupted("stopped", signal.SIGTERM).exit_code == 143
    assert Interrupted("stopped", signal.SIGINT).exit_code == 130
