"""Subjects, objects and verbs in six orders: by hand for small parses, and what always holds."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_scripts import WORDS
from tiny_parses import PARSES, write_conllu

from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.conllu_file import ReadSentence
from hf_xlqa.transforms.parses import place_parses
from hf_xlqa.transforms.sentence_layout import SentenceLayout
from hf_xlqa.transforms.sentence_parse import Token, Word, make_parse, without_blanks
from hf_xlqa.transforms.transform import Dropped, paragraph_rng
from hf_xlqa.transforms.typology import Typology
from hf_xlqa.transforms.word_order import ORDERS

EXPECTED = {
    "intransitive": {"svo sov osv": "The dog barks.", "vso vos ovs": "barks The dog."},
    "transitive": {
        "svo": "The king won the war in 1905.",
        "sov": "The king the war won in 1905.",
        "vso": "won The king the war in 1905.",
        "vos": "won the war The king in 1905.",
        "osv": "the war The king won in 1905.",
        "ovs": "the war won The king in 1905.",
    },
    "passive": {"svo sov osv": "In 1905, the war was won by him.", "vso vos ovs": "In 1905, was won the war by him."},
    "copula": {"svo sov osv": "The king was very old.", "vso vos ovs": "was The king very old."},
    "copula with auxiliaries": {
        "svo sov osv": "But he has been king since 1905.",
        "vso vos ovs": "But has been he king since 1905.",
    },
    "auxiliary and negation": {
        "svo": "He did not win it.",
        "sov": "He it did not win.",
        "vso": "did not win He it.",
        "vos": "did not win it He.",
        "osv": "it He did not win.",
        "ovs": "it did not win He.",
    },
    "infinitive": {
        "svo": "She wants to win the war.",
        "sov": "She the war to win wants.",
        "vso": "wants She to win the war.",
        "vos": "wants to win the war She.",
        "osv": "the war to win She wants.",
        "ovs": "the war to win wants She.",
    },
    "relative clause": {
        "svo": "The man who won the war died.",
        "sov osv": "The man who the war won died.",
        "vso vos": "died The man who won the war.",
        "ovs": "died The man who the war won.",
    },
    "coordination": {
        "svo": "He won wars and lost friends.",
        "sov": "He wars won and friends lost.",
        "vso": "won He wars and lost friends.",
        "vos": "won wars He and lost friends.",
        "osv": "wars He won and friends lost.",
        "ovs": "wars won He and friends lost.",
    },
    "complement clause": {
        "svo": "They say that the broker took out frequently them for lunch.",
        "sov": "They that the broker them took out frequently for lunch say.",
        "vso": "say They that took out frequently the broker them for lunch.",
        "vos": "say that took out frequently them the broker for lunch They.",
        "osv": "that them the broker took out frequently for lunch They say.",
        "ovs": "that them took out frequently the broker for lunch say They.",
    },
    "expletive": {"svo sov osv": "a king There is in Norway.", "vso vos ovs": "There is a king in Norway."},
    "object question": {"svo sov osv": "What the king did win?", "vso vos ovs": "What did win the king?"},
    "adverb question": {
        "svo": "the king When did win it?",
        "sov": "the king it When did win?",
        "vso": "When did win the king it?",
        "vos": "When did win it the king?",
        "osv": "it the king When did win?",
        "ovs": "it When did win the king?",
    },
    "copula question": {"svo sov osv": "Who the king was?", "vso vos ovs": "Who was the king?"},
    "no subject": {"svo vso vos": "Eat now the cake!", "sov osv ovs": "the cake Eat now!"},
    "no verb": {"svo sov osv vso vos ovs": "The king of Norway."},
    "nested": {
        "svo": "He said she knows they ate it.",
        "sov": "He she they it ate knows said.",
        "vso": "said He knows she ate they it.",
        "vos": "said knows ate it they she He.",
        "osv": "it they ate she knows He said.",
        "ovs": "it ate they knows she said He.",
    },
    "clausal subject": {
        "svo": "Winning wars made him famous.",
        "sov": "wars Winning him famous made.",
        "vso": "made Winning wars him famous.",
        "vos": "made him famous Winning wars.",
        "osv": "him famous wars Winning made.",
        "ovs": "him famous made wars Winning.",
    },
    "outer subject": {
        "svo": "The plan is that he wins it.",
        "sov": "The plan is that he it wins.",
        "vso": "is The plan that wins he it.",
        "vos": "is The plan that wins it he.",
        "osv": "The plan is that it he wins.",
        "ovs": "is The plan that it wins he.",
    },
}
"""Worked out by hand; the complement clause is the example of Ravfogel et al. (2019), Table 1."""
CASES = [
    (kind, order, text)
    for kind, texts in EXPECTED.items()
    for orders, text in texts.items()
    for order in orders.split()
]


def text_of(parse: str) -> str:
    words = " ".join(item.split("/")[0] for item in parse.split())
    return re.sub(r" ([.,?!)])", r"\1", words).replace("( ", "(")


def example(context: str, question: str, answer: str) -> Example:
    return Example("q1", "p1", "", context, question, (Answer(answer, context.index(answer)),), "en", "en", "toy")


def rewritten(folder: Path, parse: str, text: str | None = None, *, order: Any = "sov", language: str = "en") -> str:
    transform = Typology(parses=write_conllu(folder, parse), order=order)
    return transform.rewrite(text or text_of(parse), language, Random(0)).text


def test_every_kind_of_clause_is_expected_in_all_orders() -> None:
    assert EXPECTED.keys() == PARSES.keys()
    assert all(sorted(" ".join(texts).split()) == sorted(ORDERS) for texts in EXPECTED.values())


@pytest.mark.parametrize(("kind", "order", "expected"), CASES)
def test_clauses_are_reordered(tmp_path: Path, kind: str, order: str, expected: str) -> None:
    assert rewritten(tmp_path, PARSES[kind], order=order) == expected


@pytest.mark.parametrize(
    ("parse", "expected"),
    [
        (  # commas around an adverb stay with what they follow
            "He/PRON/nsubj/5 ,/PUNCT/punct/3 however/ADV/advmod/5 ,/PUNCT/punct/5 won/VERB/root/0 it/PRON/obj/5 "
            "./PUNCT/punct/5",
            "He it, however, won.",
        ),
        (  # a comma before what comes after the three stays with that
            "He/PRON/nsubj/2 won/VERB/root/0 it/PRON/obj/2 ,/PUNCT/punct/6 in/ADP/case/6 May/NUM/obl/2 ./PUNCT/punct/2",
            "He it won, in May.",
        ),
        (
            "He/PRON/nsubj/2 won/VERB/root/0 it/PRON/obj/2 ,/PUNCT/punct/2 in/ADP/case/6 May/NUM/obl/2 ./PUNCT/punct/2",
            "He it won, in May.",
        ),
        (  # brackets hang on what they enclose, wherever the parser hung them
            "He/PRON/nsubj/2 won/VERB/root/0 wars/NOUN/obj/2 (/PUNCT/punct/5 two/NUM/nummod/3 )/PUNCT/punct/2 "
            "./PUNCT/punct/2",
            "He wars (two) won.",
        ),
        (  # what a participle before a noun is made of stays together
            "He/PRON/nsubj/2 saw/VERB/root/0 lung/NOUN/obj/5 -/PUNCT/punct/5 choking/VERB/amod/6 smog/NOUN/obj/2 "
            "./PUNCT/punct/2",
            "He lung - choking smog saw.",
        ),
        (  # a final mark below an object that moves
            "He/PRON/nsubj/2 won/VERB/root/0 wars/NOUN/obj/2 ./PUNCT/punct/3 ./PUNCT/punct/2",
            "He wars won..",
        ),
    ],
)
def test_marks_stand_where_they_make_sense(tmp_path: Path, parse: str, expected: str) -> None:
    assert rewritten(tmp_path, parse) == expected


QUOTED = (
    'He/PRON/nsubj/2 said/VERB/root/0 ,/PUNCT/punct/2 "/PUNCT/punct/6 I/PRON/nsubj/6 won/VERB/ccomp/2 ./PUNCT/punct/6 '
    '"/PUNCT/punct/2'
)


def test_quotes_and_what_they_enclose_move_together(tmp_path: Path) -> None:
    text = 'He said, "I won."'
    assert rewritten(tmp_path, QUOTED, text, order="svo") == text
    assert rewritten(tmp_path, QUOTED, text, order="osv") == '"I won." He said,'


def test_a_final_mark_stands_within_the_quote_as_long_as_the_quote_stands_last(tmp_path: Path) -> None:
    parse = (
        'He/PRON/nsubj/2 won/VERB/root/0 the/DET/det/5 "/PUNCT/punct/5 war/NOUN/obj/2 ./PUNCT/punct/2 "/PUNCT/punct/2'
    )
    text = 'He won the "war."'
    assert rewritten(tmp_path, parse, text, order="svo") == text
    assert rewritten(tmp_path, parse, text, order="sov") == 'He the "war" won.'


def test_blanks_are_those_of_the_text_between_neighbours_and_set_between_others(tmp_path: Path) -> None:
    parse = PARSES["transitive"]
    assert (
        rewritten(tmp_path, parse, " The\u00a0king won\n the  war in 1905 .\n")
        == " The\u00a0king the  war won in 1905 .\n"
    )


def test_languages_without_blanks_get_none(tmp_path: Path) -> None:
    parse = "国王/NOUN/nsubj/2 赢得/VERB/root/0 战争/NOUN/obj/2 。/PUNCT/punct/2"
    assert rewritten(tmp_path, parse, "国王赢得战争。", language="zh") == "国王战争赢得。"
    parse = "UN/NOUN/nsubj/2 赢得/VERB/root/0 WTO/NOUN/obj/2 。/PUNCT/punct/2"
    assert rewritten(tmp_path, parse, "UN赢得WTO。", language="zh") == "UN WTO赢得。"


def test_words_of_one_token_part_where_the_token_is_their_sequence(tmp_path: Path) -> None:
    path = tmp_path / "parses.conllu"
    rows = ["1-2 I'm _ _", "1 I PRON 3 nsubj", "2 'm AUX 3 cop", "3 king NOUN 0 root", "3.1 am AUX _ _"]
    path.write_text(columns(rows), "utf-8")
    assert Typology(parses=path, order="vso").rewrite("I'm king", "en", Random(0)).text == "'m I king"
    assert Typology(parses=path, order="svo").rewrite("I'm king", "en", Random(0)).text == "I'm king"
    rows = [
        "1 Il PRON 2 nsubj",
        "2 parle VERB 0 root",
        "3-4 du _ _",
        "3 de ADP 5 case",
        "4 le DET 5 det",
        "5 roi NOUN 2 obj",
    ]
    path.write_text(columns(rows), "utf-8")
    assert Typology(parses=[path], order="sov").rewrite("Il parle du roi", "fr", Random(0)).text == "Il du roi parle"


def columns(rows: list[str]) -> str:
    split = [[*row.split(), "_"][:5] if row.split()[3] == "_" else row.split() for row in rows]
    return "".join(f"{each[0]}\t{each[1]}\t_\t{each[2]}\t_\t_\t{each[3]}\t{each[4]}\t_\t_\n" for each in split)


def test_answers_move_along_and_take_the_smallest_span_when_parted(tmp_path: Path) -> None:
    context = f"{text_of(PARSES['transitive'])} {text_of(PARSES['intransitive'])}"
    parses = write_conllu(tmp_path, *(PARSES[kind] for kind in ("transitive", "intransitive", "object question")))
    transform = Typology(parses=parses, order="vso")
    together = transform(example(context, "What did the king win?", "war in 190"), paragraph_rng(0, context))
    assert isinstance(together, Example)
    assert together.context == "won The king the war in 1905. barks The dog."
    assert together.question == "What did win the king?"
    assert together.answers == (Answer("war in 190", together.context.index("war in 190")),)
    parted = transform(example(context, "What did the king win?", "won the war"), paragraph_rng(0, context))
    assert isinstance(parted, Example)
    assert parted.answers == (Answer("won The king the war", 0),)
    assert transform.counts["answers widened: words apart"] == 1
    dropping = Typology(parses=parses, order="vso", when_split="drop")
    lost = dropping(example(context, "What did the king win?", "won the war"), paragraph_rng(0, context))
    assert lost == Dropped("q1", "the words of an answer no longer stand together")


def test_sentences_are_counted(tmp_path: Path) -> None:
    transform = Typology(parses=write_conllu(tmp_path, *PARSES.values()), order="sov")
    for parse in PARSES.values():
        transform.rewrite(text_of(parse), "en", Random(0))
    assert transform.report(transform.counts) == {
        "sentences": 19,
        "sentences with a subject": 17,  # all but "no subject", "no verb"
        "sentences with an object": 11,
        "sentences with both": 10,  # not "no subject"
        "sentences changed": 14,  # not the first, passive, two copulas and "no verb"
    }


def test_random_orders_are_drawn_for_each_sentence_and_depend_on_the_seed(tmp_path: Path) -> None:
    text = " ".join([text_of(PARSES["nested"])] * 40)
    transform = Typology(parses=write_conllu(tmp_path, PARSES["nested"]), order="random")
    outcome = transform.rewrite(text, "en", Random(1)).text
    assert outcome == transform.rewrite(text, "en", Random(1)).text != transform.rewrite(text, "en", Random(2)).text
    sentences = Counter(f"{sentence}." for sentence in outcome.rstrip(".").split(". "))
    assert sentences.keys() == set(EXPECTED["nested"].values())


def test_texts_without_a_parse_are_refused_kept_or_dropped(tmp_path: Path) -> None:
    parses = write_conllu(tmp_path, PARSES["transitive"], PARSES["object question"])
    context = f"{text_of(PARSES['transitive'])} It rained."
    unknown = example(context, "What did the king win?", "war")
    message = (
        r"`parses` must hold the sentences of the context and the question of example 'q1', but hold none that begins "
        r"'It rained.' \(offset 30\): parse these texts, too"
    )
    with pytest.raises(ValueError, match=message):
        Typology(parses=parses, order="sov")(unknown, paragraph_rng(0, context))
    keeping = Typology(parses=parses, order="sov", missing="keep")
    kept = keeping(unknown, paragraph_rng(0, context))
    assert isinstance(kept, Example)
    assert (kept.context, kept.question) == (context, "What the king did win?")
    assert keeping.counts["texts kept: no parse"] == 1
    dropping = Typology(parses=parses, order="sov", missing="drop")
    assert dropping(unknown, paragraph_rng(0, context)) == Dropped("q1", "a text has no parse")
    assert dropping.counts["dropped: a text has no parse"] == 1


def test_unknown_options_are_refused(tmp_path: Path) -> None:
    parses = write_conllu(tmp_path, PARSES["transitive"])
    with pytest.raises(ValueError, match="`order` must be one of sov, svo, .*, random, but is 'svX' instead"):
        Typology(parses=parses, order="svX")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`missing` must be one of error, keep, drop, but is 'skip' instead"):
        Typology(parses=parses, order="sov", missing="skip")  # type: ignore[arg-type]


LABELS = [
    "nsubj",
    "csubj",
    "nsubj:outer",
    "obj",
    "ccomp",
    "xcomp",
    "aux",
    "cop",
    "advmod",
    "mark",
    "punct",
    "obl",
    "conj",
]
UPOS = ["NOUN", "VERB", "AUX", "PART", "PRON", "PUNCT"]


@st.composite
def trees(draw: st.DrawFn, language: str) -> tuple[str, list[Token]]:
    """Any tree over words of a language, marks among them, and the text it is of."""
    size = draw(st.integers(1, 12))
    names = draw(st.permutations(range(size)))  # each hangs on one before it in this order
    heads = [0] * size
    for rank, name in enumerate(names):
        heads[name] = names[draw(st.integers(0, rank - 1))] + 1 if rank else 0
    forms = st.sampled_from([*WORDS[language], ",", ".", "(", ")", '"'])
    words = [
        Word(draw(forms), draw(st.sampled_from(UPOS)), "_", head, draw(st.sampled_from(LABELS)) if head else "root")
        for head in heads
    ]
    text = "".join(word.form + draw(st.sampled_from([" ", " ", "", "\n"])) for word in words)
    return text, [Token(word.form, (word,)) for word in words]


class Given:
    """Parses of one text."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens

    def prepare(self, texts: Any) -> None:
        raise AssertionError("nothing is prepared")

    def sentences(self, text: str) -> Any:
        characters = "".join(without_blanks(token.form) for token in self.tokens)
        return place_parses(text, [(characters, make_parse(self.tokens))])  # type: ignore[list-item]


@pytest.mark.parametrize("language", WORDS)
@given(data=st.data())
def test_every_word_stands_once_and_answers_keep_theirs(language: str, data: st.DataObject) -> None:
    text, tokens = data.draw(trees(language))
    order: Any = data.draw(st.sampled_from([*ORDERS, "random"]))
    transform = Typology(parses=Given(tokens), order=order)
    outcome = transform.rewrite(text, language, Random(data.draw(st.integers(0, 3))))
    assert Counter(without_blanks(outcome.text)) == Counter(without_blanks(text))
    covered = sorted((piece.start, piece.end) for piece in outcome.pieces if piece.start < piece.end)
    assert all(end <= start for (_, end), (start, _) in zip(covered, covered[1:], strict=False))
    assert without_blanks("".join(text[start:end] for start, end in covered)) == without_blanks(text)
    assert all(piece.text in (" ", text[piece.start : piece.end]) for piece in outcome.pieces)
    end = 0
    for token in tokens:
        start = text.index(token.form, end)
        end = start + len(token.form)
        moved = outcome.span(start, end)
        assert moved is not None
        assert outcome.text[moved.start : moved.end] == token.form
        assert moved.is_contiguous


@pytest.mark.parametrize("before", ["", " ", "Yes. "])
def test_a_straight_quote_leans_to_what_follows_where_a_sentence_or_the_text_begins(before: str) -> None:
    labels = {"Stop": ("VERB", 0, "root"), '"': ("PUNCT", 2, "punct")}
    words = [Word(form, upos, "_", head, label) for form in ['"', "Stop", '"'] for upos, head, label in [labels[form]]]
    sentence = ReadSentence('"Stop"', make_parse([Token(word.form, (word,)) for word in words]))
    text = f'{before}"Stop"'
    first = [ReadSentence("Yes.", make_parse([Token("Yes.", (Word("Yes.", "INTJ", "_", 0, "root"),))]))]
    placed = place_parses(text, [*(first if before.strip() else []), sentence])[-1]
    assert SentenceLayout(text, placed, has_blanks=True).leaning == {0}
