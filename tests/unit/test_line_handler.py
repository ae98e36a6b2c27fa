"""The handler of the service's log: whole lines, from any number of threads."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from multiprocessing import get_context
from threading import Event, Thread
from typing import Any

import pytest

from cybershop_customer.entrypoints import line_handler
from cybershop_customer.entrypoints.line_handler import SOON_SECONDS, LineHandler


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIOWrapper]]:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield reader, stream
    os.close(reader)


def a_record(message: str) -> logging.LogRecord:
    return logging.LogRecord("name", logging.INFO, "path", 1, message, (), None)


def test_lines_of_many_threads_are_whole(pipe: tuple[int, TextIOWrapper]) -> None:
    reader, stream = pipe
    handler = LineHandler(stream)
    # The pipe holds 64 KiB, so the writers have to wait for the reader too.
    messages = [f"{number}" * 3000 for number in range(8)]
    threads = [
        Thread(target=lambda text=text: [handler.handle(a_record(text)) for _ in range(20)])
        for text in (*messages, "x" * 20_000)
    ]
    for thread in threads:
        thread.start()
    with os.fdopen(os.dup(reader), encoding="utf-8") as read:
        lines = [next(read).rstrip("\n") for _ in range(20 * len(threads))]
    for thread in threads:
        thread.join()

    assert {text: lines.count(text) for text in {*lines}} == dict.fromkeys(
        (*messages, "x" * 20_000), 20
    )


def test_a_pipe_that_does_not_block_gets_every_byte(pipe: tuple[int, TextIOWrapper]) -> None:
    reader, stream = pipe
    os.set_blocking(stream.fileno(), False)
    text = "y" * 300_000
    thread = Thread(target=LineHandler(stream).handle, args=(a_record(text),))
    thread.start()
    with os.fdopen(os.dup(reader), encoding="utf-8") as read:
        line = next(read)
    thread.join()

    assert line == f"{text}\n"


def test_a_filter_may_drop_or_replace_a_record(pipe: tuple[int, TextIOWrapper]) -> None:
    reader, stream = pipe
    handler = LineHandler(stream)
    handler.addFilter(lambda record: record.getMessage() != "dropped")

    assert not handler.handle(a_record("dropped"))
    assert handler.handle(a_record("kept"))

    assert os.read(reader, 100) == b"kept\n"


def test_what_no_encoding_has_is_escaped(pipe: tuple[int, TextIOWrapper]) -> None:
    reader, stream = pipe

    LineHandler(stream).handle(a_record("a\udceb"))

    assert os.read(reader, 100) == b"a\\udceb\n"


def test_a_line_that_cannot_be_written_ends_no_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        handler = LineHandler(stream)
        os.close(reader)
        handler.handle(a_record("lost"))

    assert "BrokenPipeError" in capsys.readouterr().err


def read_now(reader: int) -> bytes:
    """What the pipe has, without a wait for more."""
    os.set_blocking(reader, False)
    try:
        return os.read(reader, 65536)
    except BlockingIOError:
        return b""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the threads of the handler would do, which a test calls instead of them."""
    targets: list[Any] = []

    class NoThread:
        def __init__(self, *, target: Callable[[], None], **_: object) -> None:
            self.start = lambda: targets.append(target)

    monkeypatch.setattr(line_handler, "Thread", NoThread)
    monkeypatch.setattr(line_handler.time, "sleep", lambda _: None)
    return targets


def write_three(stream: TextIOWrapper) -> None:
    handler = LineHandler(stream)
    for _ in range(3):
        handler.write_soon(b"line\n", now=1000.0)


class TestLinesThatMayWait:
    def test_a_line_alone_is_written_at_once(
        self, pipe: tuple[int, TextIOWrapper], started: list[Any]
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        handler.write_soon(b"one\n", now=1000.0)
        assert read_now(reader) == b"one\n"
        handler.write_soon(b"two\n", now=1000.0 + SOON_SECONDS)
        assert read_now(reader) == b"two\n"
        handler.write_soon(b"earlier\n", now=5.0)
        assert read_now(reader) == b"earlier\n"
        assert started == []

    def test_the_next_ones_are_written_together_by_one_thread(
        self, pipe: tuple[int, TextIOWrapper], started: list[Any]
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        for number in range(4):
            handler.write_soon(b"%d\n" % number, now=1000.0)
        assert read_now(reader) == b"0\n"
        (write_later,) = started
        write_later()
        assert read_now(reader) == b"1\n2\n3\n"

    def test_a_full_write_waits_for_no_thread(
        self, pipe: tuple[int, TextIOWrapper], started: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        written: list[int] = []
        write = os.write
        monkeypatch.setattr(
            line_handler.os, "write", lambda fd, data: written.append(len(data)) or write(fd, data)
        )
        lines = [b"%0399d\n" % number for number in range(32)]
        for line in lines:
            handler.write_soon(line, now=1000.0)
        assert written == [400, 4000, 4000, 4000]
        handler.flush()
        assert written == [400, 4000, 4000, 4000, 400]
        assert len(started) == 1
        assert read_now(reader) == b"".join(lines)

    def test_another_record_comes_after_those_that_wait(
        self, pipe: tuple[int, TextIOWrapper], started: list[Any]
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        for line in (b"one\n", b"two\n"):
            handler.write_soon(line, now=1000.0)
        handler.handle(a_record("three"))
        assert read_now(reader) == b"one\ntwo\nthree\n"
        assert len(started) == 1

    def test_where_no_thread_starts_nothing_waits(
        self, pipe: tuple[int, TextIOWrapper], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_: object) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(line_handler, "Thread", refuse)
        reader, stream = pipe
        handler = LineHandler(stream)
        for line in (b"one\n", b"two\n", b"three\n"):
            handler.write_soon(line, now=1000.0)
        assert read_now(reader) == b"one\ntwo\nthree\n"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_a_forked_process_writes_its_own_lines_alone(
        self, pipe: tuple[int, TextIOWrapper], started: list[Any]
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        for line in (b"one\n", b"two\n"):
            handler.write_soon(line, now=1000.0)
        child = os.fork()
        if child == 0:
            handler.write_soon(b"of the child\n", now=1000.0)
            os._exit(0 if len(started) == 2 else 1)
        assert os.waitpid(child, 0)[1] == 0
        handler.flush()
        assert read_now(reader) == b"one\ntwo\n"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_a_forked_process_waits_for_no_writer_of_its_parent(
        self, pipe: tuple[int, TextIOWrapper], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        handler._short_lines.append(None)  # Another thread writes.
        handler._has_long_line = True
        child = os.fork()
        if child == 0:
            pauses: list[float] = []
            monkeypatch.setattr(line_handler.time, "sleep", pauses.append)
            handler.handle(a_record("short"))
            handler.handle(a_record("x" * 5000))
            os._exit(0 if pauses == [] else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert read_now(reader) == b"short\n" + b"x" * 5000 + b"\n"

    def test_the_end_of_the_interpreter_writes_what_waits(self) -> None:
        code = (
            "import logging, sys;"
            "from cybershop_customer.entrypoints.line_handler import LineHandler;"
            "handler = LineHandler(sys.stderr); logging.basicConfig(handlers=[handler]);"
            "[handler.write_soon(b'line\\n', now=1000.0) for _ in range(3)]"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert ran.stderr == b"line\n" * 3

    def test_the_end_of_a_process_of_multiprocessing_writes_what_waits(
        self, pipe: tuple[int, TextIOWrapper]
    ) -> None:
        reader, stream = pipe
        child = get_context("fork").Process(target=write_three, args=(stream,))
        child.start()
        child.join()
        assert child.exitcode == 0
        assert read_now(reader) == b"line\n" * 3

    def test_so_does_the_end_of_one_that_inherited_the_handler(
        self, pipe: tuple[int, TextIOWrapper]
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)

        def write() -> None:
            for _ in range(3):
                handler.write_soon(b"line\n", now=1000.0)

        child = get_context("fork").Process(target=write)
        child.start()
        child.join()
        assert child.exitcode == 0
        assert read_now(reader) == b"line\n" * 3

    def test_a_flush_waits_for_the_thread_that_writes_the_others(
        self, pipe: tuple[int, TextIOWrapper], started: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)
        for line in (b"one\n", b"two\n"):
            handler.write_soon(line, now=1000.0)
        assert read_now(reader) == b"one\n"
        taken, go_on = Event(), Event()
        write_whole = handler._write_whole

        def write_late(lines: bytes) -> None:
            taken.set()
            go_on.wait(10)
            write_whole(lines)

        monkeypatch.setattr(handler, "_write_whole", write_late)
        (write_later,) = started
        thread = Thread(target=write_later)
        thread.start()
        assert taken.wait(10)
        monkeypatch.setattr(line_handler.time, "sleep", lambda _: (go_on.set(), thread.join()))
        try:
            handler.flush()
            assert read_now(reader) == b"two\n"
        finally:
            go_on.set()

    def test_many_threads_lose_no_line(self, pipe: tuple[int, TextIOWrapper]) -> None:
        reader, stream = pipe
        handler = LineHandler(stream)

        def write(name: int) -> None:
            for number in range(400):
                handler.write_soon(b"%d-%d\n" % (name, number), now=1000.0)

        threads = [Thread(target=write, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        handler.flush()
        stream.close()
        os.set_blocking(reader, True)
        with os.fdopen(os.dup(reader), "rb") as read:
            found = sorted(read.read().splitlines())
        assert found == sorted(b"%d-%d" % (name, it) for name in range(8) for it in range(400))
