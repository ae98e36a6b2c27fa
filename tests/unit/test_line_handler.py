"""The handler of the service's log: whole lines, from any number of threads."""

import logging
import os
from collections.abc import Iterator
from io import TextIOWrapper
from threading import Thread

import pytest

from cybershop_customer.entrypoints.line_handler import LineHandler


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
