"""Texts rewritten piece by piece, and where spans go."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.rewrite import Moved, Piece, Rewritten, text_rng


def kept(text: str, start: int, end: int) -> Piece:
    return Piece(text[start:end], start, end)


SOURCE = "the red fox ran"
SWITCHED = Rewritten(
    SOURCE, [kept(SOURCE, 0, 4), Piece("rouge", 4, 7), kept(SOURCE, 7, 8), Piece("renard", 8, 11), kept(SOURCE, 11, 15)]
)
VERB_FIRST = Rewritten(SOURCE, [kept(SOURCE, 12, 15), Piece(" ", 0, 0), kept(SOURCE, 0, 12)])


def test_random_numbers_depend_on_seed_and_text_alone() -> None:
    assert text_rng(1, "a").random() == text_rng(1, "a").random() == Random("1 a").random()
    drawn = [
        text_rng(seed, text).random() for seed, text in ((1, "a"), (2, "a"), (1, "b"), (1, "\ud800"), (1, "\udc00"))
    ]
    assert len(set(drawn)) == 5


def test_text_is_that_of_the_pieces_in_their_order() -> None:
    assert SWITCHED.text == "the rouge renard ran"
    assert VERB_FIRST.text == "ran the red fox "


@pytest.mark.parametrize(
    ("start", "end", "moved"),
    [
        (0, 3, Moved(0, 3, False, True)),  # inside a piece that is unchanged: exact
        (4, 7, Moved(4, 9, False, True)),
        (4, 11, Moved(4, 16, False, True)),
        (5, 7, Moved(4, 9, True, True)),  # "ed" of "red"
        (1, 10, Moved(1, 16, True, True)),  # "he red fo"
        (3, 8, Moved(4, 9, False, True)),  # outer blanks stay out
        (0, 15, Moved(0, 20, False, True)),
    ],
)
def test_spans_move_with_their_pieces(start: int, end: int, moved: Moved) -> None:
    assert SWITCHED.span(start, end) == moved


@pytest.mark.parametrize(
    ("start", "end", "moved"),
    [
        (12, 15, Moved(0, 3, False, True)),
        (8, 11, Moved(12, 15, False, True)),
        (8, 15, Moved(0, 15, False, False)),  # "fox ran": "the red" now stands between
        (0, 15, Moved(0, 15, False, True)),
    ],
)
def test_reordered_spans_take_the_smallest_window(start: int, end: int, moved: Moved) -> None:
    assert VERB_FIRST.span(start, end) == moved


@pytest.mark.parametrize(("start", "end"), [(3, 4), (7, 8)])
def test_nothing_is_left_of_blanks(start: int, end: int) -> None:
    assert SWITCHED.span(start, end) is None


def test_nothing_is_left_of_what_is_deleted() -> None:
    assert Rewritten("a b", [Piece("b", 2, 3)]).span(0, 1) is None
    assert Rewritten("a b", [Piece(" ", 0, 1), kept("a b", 1, 3)]).span(0, 2) is None


@given(st.lists(st.text("ab \u4e2d\u0939\u093f", min_size=1, max_size=3), min_size=1, max_size=8), st.randoms())
def test_every_span_of_a_reordering_is_found_with_all_its_words(words: list[str], random: object) -> None:
    source = "".join(words)
    ends = [sum(map(len, words[: place + 1])) for place in range(len(words))]
    pieces = [kept(source, end - len(word), end) for word, end in zip(words, ends, strict=True)]
    random.shuffle(pieces)  # type: ignore[attr-defined]
    rewritten = Rewritten(source, pieces)
    for start in range(len(source)):
        for end in range(start + 1, len(source) + 1):
            moved = rewritten.span(start, end)
            wanted = "".join(source[start:end].split())
            if moved is None:
                assert not wanted
                continue
            found = rewritten.text[moved.start : moved.end]
            assert found == found.strip()
            assert not moved.is_widened
            assert len("".join(found.split())) >= len(wanted)
            assert moved.is_contiguous == (len("".join(found.split())) == len(wanted))
            if moved.is_contiguous:
                assert sorted("".join(found.split())) == sorted(wanted)
