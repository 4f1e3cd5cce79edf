"""The nearest span, against a plain dynamic programme over all spans, ties included."""

from __future__ import annotations

import random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_xlqa.recovery.fuzzy import BeyondLimit, fuzzy
from hf_xlqa.recovery.recovery import Recovery, most_edits
from hf_xlqa.text import units

SCRIPTS = {
    "latin": "abcé ,",
    "han": "東京大學𠮷，",
    "kana and han": "東カなの ー",
    "hangul": "서울에 의.",
    "devanagari": "दिल् ली।",
}


def spans_by_distance(context: str, answer: str) -> dict[tuple[int, int], int]:
    """Edit distance of the answer to every span that is not empty: one matrix for each start."""
    distances = {}
    for start in range(len(context)):
        column = list(range(len(answer) + 1))
        for end in range(start + 1, len(context) + 1):
            diagonal, column[0] = column[0], end - start
            for row, character in enumerate(answer, 1):
                substituted = diagonal + (character != context[end - 1])
                diagonal = column[row]
                column[row] = min(substituted, column[row] + 1, column[row - 1] + 1)
            distances[start, end] = column[-1]
    return distances


def plain(
    context: str, answer: str, hint: float | None, *, whole_words: bool, beyond_limit: str = "drop"
) -> Recovery | None:
    """The definition, over all spans."""
    inside = (
        {position for unit in units(context) for position in range(unit.start + 1, unit.end)} if whole_words else ()
    )
    ranked = []
    for (start, end), distance in spans_by_distance(context, answer).items():
        away = 0 if hint is None else abs(start - hint * len(context))
        outer = context[start].isspace() + context[end - 1].isspace()
        blank = context[start:end].isspace()
        ranked.append((distance, blank, outer, (start in inside) + (end in inside), away, end - start, start, end))
    if not ranked:
        return None
    distance, blank, *_, start, end = min(ranked)
    dropped = beyond_limit == "drop" and distance > min(10, len(answer) - 1)
    return None if blank or dropped else Recovery(start, end, "fuzzy", distance)


def random_case(rng: random.Random, alphabet: str) -> tuple[str, str, float | None]:
    context = "".join(rng.choices(alphabet, k=rng.randint(1, 20)))
    answer = "".join(rng.choices(alphabet + "z", k=rng.randint(1, 7)))
    return context, answer if answer.strip() else "z", rng.choice([None, rng.random()])


@pytest.mark.parametrize("script", SCRIPTS)
def test_2000_random_cases_of_each_script_equal_the_plain_programme(script):
    rng = random.Random(script)
    found = 0
    for _ in range(2000):
        context, answer, hint = random_case(rng, SCRIPTS[script])
        whole_words = rng.random() < 0.5
        expected = plain(context, answer, hint, whole_words=whole_words)
        assert fuzzy(context, answer, hint, whole_words=whole_words) == expected, (context, answer, hint)
        found += expected is not None
    assert 1000 < found < 2000


@settings(max_examples=150)
@given(
    context=st.text("abα東 ", max_size=30),
    answer=st.text("abα東zß", min_size=1, max_size=12),
    hint=st.none() | st.floats(0, 1),
    options=st.fixed_dictionaries(
        {"whole_words": st.booleans(), "beyond_limit": st.sampled_from(get_args(BeyondLimit))}
    ),
)
def test_any_case_equals_the_plain_programme(context, answer, hint, options):
    assert fuzzy(context, answer, hint, **options) == plain(context, answer, hint, **options)


@given(context=st.text("a \n"), answer=st.text("abz "), hint=st.floats(0, 1))
def test_no_span_is_blank_where_its_context_and_the_answer_are_not(context, answer, hint):
    context, answer = f"{context}c{context}", f"a{answer}b"
    found = fuzzy(context, answer, hint, beyond_limit="keep")
    assert found is None or context[found.start : found.end].strip()


def test_nothing_is_found_where_a_blank_is_nearest():
    assert fuzzy("\n \nc\n \n", "a b", beyond_limit="keep") is None
    assert fuzzy("\n \nc\n b", "a b") == Recovery(5, 7, "fuzzy", 1)


@pytest.mark.parametrize("symbols", [60, 254, 255, 256, 300])
def test_long_answers_of_any_number_of_symbols(symbols):
    rng = random.Random(symbols)
    answer = [chr(0x4E00 + number) for number in range(symbols)]
    rng.shuffle(answer)
    noisy = [*answer[:20], "x", *answer[21:40], *answer[43:50], "y", "z", *answer[50:]]
    context = "".join(["。", "abc東京", *noisy, "西", *answer[:30], "。"])
    assert fuzzy(context, "".join(answer)) == Recovery(6, 6 + len(noisy), "fuzzy", 6)


@given(
    st.text("abcdefgh", min_size=2, max_size=9),
    st.text("abcdefgh ", max_size=30),
    st.sampled_from(get_args(BeyondLimit)),
)
def test_arrays_and_bytes_agree(answer, context, beyond_limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_xlqa.recovery.fuzzy._MOST_SYMBOLS", 0)
        arrays = fuzzy(context + "é", answer, 0.5, beyond_limit=beyond_limit)
    assert fuzzy(context + "é", answer, 0.5, beyond_limit=beyond_limit) == arrays


@pytest.mark.parametrize(
    ("context", "answer", "hint", "expected"),
    [
        ("He lives in Pariz now.", "Paris", None, (12, 16, 1)),
        ("He lives in Pari, now.", "Paris", None, (12, 16, 1)),
        ("He lives in aris, now.", "Paris", 0.0, (12, 16, 1)),  # " aris" is as near
        ("art in parties, art", "art", 1.0, (16, 19, 0)),
        ("art in parties, art", "art", 0.3, (8, 11, 0)),
        ("particle or art", "art", 0.0, (1, 4, 0)),
        ("東京都の東京", "東京", 0.6, (4, 6, 0)),
        ("東京都の東京", "東京", None, (0, 2, 0)),
        ("aaaa", "aa", 0.25, (1, 3, 0)),
    ],
)
def test_ties_go_to_the_hint_then_to_the_shorter_then_to_the_first(context, answer, hint, expected):
    start, end, distance = expected
    assert fuzzy(context, answer, hint) == Recovery(start, end, "fuzzy", distance)


@pytest.mark.parametrize(
    ("context", "answer", "hint", "expected"),
    [
        ("art in parties, art", "art", 0.3, (0, 3, 0)),
        ("He lives in Pariz now.", "Paris", None, (12, 17, 1)),
        ("art in parties, art", "art", 1.0, (16, 19, 0)),
        ("particle or art", "art", 0.0, (12, 15, 0)),
        ("aaaa", "aa", 0.25, (0, 2, 0)),
        ("東京都の東京", "東京", 0.6, (4, 6, 0)),
    ],
)
def test_whole_words_come_first_where_they_are_asked_for(context, answer, hint, expected):
    start, end, distance = expected
    assert fuzzy(context, answer, hint, whole_words=True) == Recovery(start, end, "fuzzy", distance)


def test_the_limit_is_ten_edits_or_all_characters_but_one():
    assert [most_edits("x" * length) for length in (1, 2, 10, 11, 12, 50)] == [0, 1, 9, 10, 10, 10]
    answer = "abcdefghijklmnopqrst"
    assert fuzzy("-" + answer[10:] + "-", answer).distance == 10
    assert fuzzy("-" + answer[11:] + "-", answer) is None
    assert fuzzy("-" + answer[11:] + "-", answer, beyond_limit="keep") == Recovery(1, 10, "fuzzy", 11)
    assert fuzzy("b", "a") is None
    assert fuzzy("b", "a", beyond_limit="keep") == Recovery(0, 1, "fuzzy", 1)
    assert fuzzy("", "a") is None and fuzzy("", "a", beyond_limit="keep") is None


def test_a_share_of_the_length_narrows_the_limit():
    assert [most_edits("x" * length, 0.3) for length in (1, 3, 4, 10, 50)] == [0, 0, 1, 3, 10]
    assert fuzzy("in Pariz", "Paris", max_edit_share=0.2) == Recovery(3, 7, "fuzzy", 1)
    assert fuzzy("in Pariz", "Paris", max_edit_share=0.19) is None
    assert fuzzy("in Paris", "Paris", max_edit_share=0.0) == Recovery(3, 8, "fuzzy", 0)
    assert fuzzy("in Pariz", "Paris", max_edit_share=0.0, beyond_limit="keep").distance == 1


def test_lone_surrogates_are_characters():
    assert fuzzy("東\ud800京都", "東京都", 0.0) == Recovery(0, 4, "fuzzy", 1)


@pytest.mark.parametrize("answer", ["", " \n"])
def test_a_blank_answer_is_refused(answer):
    with pytest.raises(ValueError, match=r"`answer` must hold a character that is not blank, but is '.*' instead\."):
        fuzzy("a", answer)


@pytest.mark.parametrize("hint", [-0.1, 1.5, float("nan")])
def test_a_hint_outside_the_context_is_refused(hint):
    with pytest.raises(ValueError, match=rf"`hint` must be a position in \[0, 1\], but is {hint} instead\."):
        fuzzy("a", "a", hint)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=rf"`max_edit_share` must be in \[0, 1\], but is {share} instead"):
        fuzzy("b", "a", max_edit_share=share)


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="`beyond_limit` must be drop or keep, but is 'noise' instead"):
        fuzzy("a", "a", beyond_limit="noise")
