"""The headers of W3C Trace Context: what is taken, what is ignored, and what is passed on."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.domain.trace_context import (
    TraceContext,
    begin_trace,
    given_trace,
    trace_context,
)

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
SPAN: Final = "b7ad6b7169203331"
PARENT: Final = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("flags", ["00", "01", "02", "03"])
def test_a_valid_header_is_passed_on_as_it_came(flags: str) -> None:
    header = f"00-{TRACE}-{SPAN}-{flags}"

    assert TraceContext.parse(header) == TraceContext(TRACE, header, None)


@pytest.mark.parametrize(
    ("header", "passed_on"),
    [
        (f"00-{TRACE}-{SPAN}-ff", f"00-{TRACE}-{SPAN}-03"),
        (f"00-{TRACE}-{SPAN}-08", f"00-{TRACE}-{SPAN}-00"),
        (f"01-{TRACE}-{SPAN}-03", f"00-{TRACE}-{SPAN}-01"),
        (f"cc-{TRACE}-{SPAN}-01-what the future will be like", PARENT),
        (f"cc-{TRACE}-{SPAN}-00-", f"00-{TRACE}-{SPAN}-00"),
    ],
)
def test_what_this_version_does_not_know_is_not_passed_on(header: str, passed_on: str) -> None:
    trace = TraceContext.parse(header)

    assert trace == TraceContext(TRACE, passed_on, None)


WRONG: Final = [
    "",
    " ",
    TRACE,
    f" {PARENT}",
    f"{PARENT} ",
    f"{PARENT}\n",
    f"{PARENT}-",
    f"{PARENT}-more",
    f"{PARENT},{PARENT}",
    f"{PARENT}, {PARENT}",
    f"ff-{TRACE}-{SPAN}-01",
    f"0-{TRACE}-{SPAN}-01",
    f"0x-{TRACE}-{SPAN}-01",
    f"000-{TRACE}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE.upper()}-{SPAN}-01",
    f"00-{TRACE}-{SPAN.upper()}-01",
    f"00-{TRACE}-{SPAN}-0A",
    f"00-{TRACE[:-1]}-{SPAN}-01",
    f"00-{TRACE}0-{SPAN}-01",
    f"00-{TRACE}-{SPAN}0-01",
    f"00-{TRACE}-{SPAN}-1",
    f"00-{TRACE}-{SPAN}-001",
    f"00-{TRACE}-{SPAN}",
    f"00_{TRACE}_{SPAN}_01",
    "00-" + "\u0663" * 32 + f"-{SPAN}-01",
    f"cc-{TRACE}-{SPAN}-01.what",
]


@pytest.mark.parametrize("header", WRONG)
def test_a_header_of_another_form_is_ignored(header: str) -> None:
    assert TraceContext.parse(header, "a=b") is None


def test_without_traceparent_there_is_no_trace() -> None:
    assert TraceContext.parse(None, "a=b") is None


@given(st.text(max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    for trace in (TraceContext.parse(text, text), TraceContext.parse(PARENT, text)):
        if trace is not None:
            assert trace.traceparent.isascii()
            assert (trace.tracestate or "a").isascii()
            assert (trace.tracestate or "a").isprintable()


@pytest.mark.parametrize(
    ("state", "passed_on"),
    [
        ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", None),
        ("a= b", None),
        ("fw529a3039@dt=FfAx", None),
        ("0tenant@x=1", None),
        (" a=1\t,\t, b=2 ,", "a=1,b=2"),
        ("a=1,,b=2", "a=1,b=2"),
        ("a=" + "x" * 256, None),
        ("a=" + "x" * 256 + ",b=" + "y" * 200 + ",c=" + "z" * 100, f"a={'x' * 256},b={'y' * 200}"),
        (",".join(f"k{number}=1" for number in range(32)), None),
    ],
)
def test_a_valid_state_is_passed_on(state: str, passed_on: str | None) -> None:
    trace = TraceContext.parse(PARENT, state)

    assert trace is not None
    assert trace.tracestate == (passed_on or state)


@pytest.mark.parametrize(
    "state",
    [
        "",
        " , ,",
        "a",
        "=1",
        "A=1",
        "0=1",
        "a=",
        "a=1,a=2",
        "a=1=2",
        "a=\x00",
        "a=1\r\nX: y",
        "a=\xe9",
        "a@B=1",
        "a=" + "x" * 257,
        ",".join(f"k{number}=1" for number in range(33)),
    ],
)
def test_a_state_of_another_form_is_left_out_alone(state: str) -> None:
    assert TraceContext.parse(PARENT, state) == TraceContext(TRACE, PARENT, None)


def test_a_block_has_its_trace_and_leaves_it() -> None:
    with trace_context(PARENT, "a=1") as trace:
        assert trace == given_trace() == TraceContext(TRACE, PARENT, "a=1")
        with trace_context("wrong") as same, trace_context(None):
            assert same is given_trace() is trace
    assert given_trace() is None


def test_a_thread_works_for_one_trace_after_another() -> None:
    trace = TraceContext.parse(PARENT)
    for now in (trace, None):
        begin_trace(now)
        assert given_trace() is now
