"""Sentences with exact offsets, kept whole around answers, and translation sentence by sentence."""

from __future__ import annotations

import pytest
from fakes import Forgetful, Upper
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.sentences import SentenceTranslator, join_sentences, sentence_spans

LANGUAGES = ["en", "zh", "ja", "hi", "ar", "th", "de", "zh-TW", "xx"]
TEXTS = st.lists(
    st.sampled_from(
        [*"abDE.!?。！？।؟「」()\"' \n\r\t…😀é\u0301न\x00\x0b\x1c\x1f\x85\u200b\u2028\u3000\xa0", "Dr. ", "U.S.", "3.5"]
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(
    ("text", "language", "sentences"),
    [
        ("Dr. Wu came at 3.5 p.m. on Monday. He left!", "en", ["Dr. Wu came at 3.5 p.m. on Monday.", "He left!"]),
        ("他来了。他走了！真的？", "zh-TW", ["他来了。", "他走了！", "真的？"]),
        ("वह आया। वह गया।", "hi", ["वह आया।", "वह गया।"]),
        ("One.\n\nTwo.\r\n  Three. ", "en", ["One.", "Two.", "Three."]),
        ("Day\x85. \u2028End! Far", "en", ["Day\x85.", "End!", "Far"]),
        ("no end", "xx", ["no end"]),
        (" \n", "en", []),
        ("", "en", []),
    ],
)
def test_sentences_stand_where_the_spans_say(text: str, language: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text, language)] == sentences


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=TEXTS)
def test_only_blanks_lie_outside_sentences(language: str, text: str) -> None:
    spans = sentence_spans(text, language)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges)
    assert not "".join(text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)).strip()
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


@given(text=TEXTS, data=st.data())
def test_no_sentence_ends_in_a_span_that_is_kept_whole(text: str, data: st.DataObject) -> None:
    edges = st.lists(st.integers(0, len(text)), min_size=2, max_size=2).map(sorted)
    whole = [tuple(pair) for pair in data.draw(st.lists(edges, max_size=3))]
    spans = sentence_spans(text, "en", keep_whole=whole)
    for start, end in whole:
        assert not [edge for _, edge in spans if start < edge < end and text[edge:end].strip()]
    cut = sentence_spans(text, "en")
    assert {edge for span in spans for edge in span} <= {edge for span in cut for edge in span}


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        ([(2, 4)], ["Aa bb.", "Cc dd.", "Ee oo.", "Gg."]),
        ([(3, 9)], ["Aa bb. Cc dd.", "Ee oo.", "Gg."]),
        ([(0, 7)], ["Aa bb.", "Cc dd.", "Ee oo.", "Gg."]),
        ([(0, 8), (20, 22)], ["Aa bb. Cc dd.", "Ee oo.", "Gg."]),
        ([(3, 9), (10, 16)], ["Aa bb. Cc dd. Ee oo.", "Gg."]),
        ([(0, 24)], ["Aa bb. Cc dd. Ee oo. Gg."]),
        ([(6, 7), (24, 24)], ["Aa bb.", "Cc dd.", "Ee oo.", "Gg."]),
    ],
)
def test_sentences_that_an_answer_touches_become_one(whole: list[tuple[int, int]], expected: list[str]) -> None:
    text = "Aa bb. Cc dd. Ee oo. Gg."
    assert [text[start:end] for start, end in sentence_spans(text, "en", keep_whole=whole)] == expected


@pytest.mark.parametrize("span", [(-1, 2), (2, 1), (0, 6)])
def test_a_span_outside_the_text_is_refused(span: tuple[int, int]) -> None:
    message = rf"`keep_whole` must be spans of the text \(0 to 5\), but has \({span[0]}, {span[1]}\) instead\."
    with pytest.raises(ValueError, match=message):
        sentence_spans("Text.", "en", keep_whole=[span])


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", " One.  Two!\n\nThree. ", " ONE.  TWO!\n\nTHREE. "),
        ("en", "zh", " One.  Two!\n\nThree. ", " ONE.TWO!\n\nTHREE. "),
        ("en", "zh", "One.\u2028Two.", "ONE.\u2028TWO."),
        ("zh", "en", "一。二！\n三。", "一。 二！\n三。"),
        ("zh", "ja", "一。二！", "一。二！"),
    ],
)
def test_blanks_between_sentences_are_those_of_the_target(source: str, target: str, text: str, expected: str) -> None:
    assert SentenceTranslator(Upper(source, target)).translate([text]) == [expected]


@given(st.lists(TEXTS, max_size=4))
def test_where_nothing_is_translated_a_spaced_text_with_blanks_stays_itself(texts: list[str]) -> None:
    same = SentenceTranslator(Upper(function=str)).translate(texts)
    assert ["".join(text.split()) for text in same] == ["".join(text.split()) for text in texts]


def test_a_sentence_that_recurs_is_handed_over_once() -> None:
    translator = Upper()
    texts = ["He left. He came.", "", "He came. He left.  He left.", "\n"]
    assert SentenceTranslator(translator).translate(texts) == [text.upper() for text in texts]
    assert translator.calls == [["He left.", "He came."]]


def test_units_of_ones_own_are_translated_whole() -> None:
    translator = Upper()
    text = "He left. He came. I saw."
    spans = sentence_spans(text, "en", keep_whole=[(3, 12)])
    assert SentenceTranslator(translator).translate_spans([text], [spans]) == [text.upper()]
    assert translator.calls == [["He left. He came.", "I saw."]]


def test_sentences_are_checked() -> None:
    with pytest.raises(TranslationError, match="must be 2, one for each text, but are 1 instead"):
        SentenceTranslator(Forgetful()).translate(["He left. He came."])


def test_the_name_says_that_it_works_by_sentence() -> None:
    translator = SentenceTranslator(Upper("en", "zh"))
    assert (translator.name, translator.source_language, translator.target_language) == (
        "upper by sentence",
        "en",
        "zh",
    )


def test_joining_keeps_the_edges() -> None:
    assert join_sentences(["a", "b"], [" ", "\t", "\n"], "de") == " a\tb\n"
