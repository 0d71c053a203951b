"""Finding a passage again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.grounding.spans import Span, SpanError, find_all_verbatim, find_verbatim

SOURCE = "The  drug’s eﬀect\u00a0was “large”\n(5\u201310 mg); naïve and nai\u0308ve; co\u00adoperation."


@pytest.mark.parametrize(
    ("passage", "found"),
    [
        ("The drug's effect was", "The  drug’s eﬀect\u00a0was"),
        ('"large" (5-10 mg)', "“large”\n(5\u201310 mg)"),
        ("cooperation", "co\u00adoperation"),
        ("effect", "eﬀect"),
    ],
)
def test_differences_that_do_not_matter(passage: str, found: str) -> None:
    span = find_verbatim(passage, SOURCE)
    assert span is not None
    assert span.text == found
    span.check(SOURCE)


def test_both_compositions_of_an_accent() -> None:
    assert [s.text for s in find_all_verbatim("naïve", SOURCE)] == ["naïve", "nai\u0308ve"]


@pytest.mark.parametrize("passage", ["the drug", "large.", "6-10 mg", "drugs", "", "  "])
def test_differences_that_matter(passage: str) -> None:
    assert find_verbatim(passage, SOURCE) is None


def test_case_on_request() -> None:
    span = find_verbatim("the DRUG", SOURCE, ignore_case=True)
    assert span is not None
    assert span.text == "The  drug"


@given(st.text(max_size=80), st.data())
def test_every_slice_is_found_with_right_offsets(source: str, data: st.DataObject) -> None:
    if not source:
        return
    start = data.draw(st.integers(0, len(source) - 1))
    end = data.draw(st.integers(start + 1, len(source)))
    for span in find_all_verbatim(source[start:end], source):
        assert source[span.start : span.end] == span.text


@given(st.text(alphabet="abc \n-–ﬁé", min_size=1, max_size=40), st.data())
def test_a_slice_of_plain_text_is_found(source: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source) - 1))
    end = data.draw(st.integers(start + 1, len(source)))
    if source[start:end].strip():
        assert find_verbatim(source[start:end], source) is not None


def test_spans() -> None:
    a, b = Span.of("abcdef", 0, 3), Span.of("abcdef", 2, 4)
    assert a.overlaps(b)
    assert not a.contains(b)
    assert Span.of("abcdef", 0, 6).contains(b)
    with pytest.raises(SpanError):
        a.check("xbcdef")
    for start, end in ((3, 3), (-1, 2), (0, 9)):
        with pytest.raises(SpanError):
            Span.of("abcdef", start, end)
