"""The order of units against a plain reference, and what reordering leaves alone."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.transforms.paired_marks import hang_pairs
from hf_xlqa.transforms.projective import projective
from hf_xlqa.transforms.sentence_parse import Role, SentenceParse, Token, Word, make_parse
from hf_xlqa.transforms.typology import Typology
from hf_xlqa.transforms.word_order import ORDERS, reordered


def phrase(head: Word, *dependents: list[Word], place: int) -> list[Word]:
    """Phrases side by side with their head in between; heads count from the head of the whole, which is 0."""
    words_of: list[Word] = []
    before = sum(map(len, dependents[:place]))
    for number, dependent in enumerate(dependents):
        if number == place:
            words_of.append(head)
        start = len(words_of)
        words_of += [each._replace(head=before + 1 if each.head == 0 else each.head + start) for each in dependent]
    return words_of if place < len(dependents) else [*words_of, head]


def word(upos: str, label: str) -> list[Word]:
    return [Word(upos.lower(), upos, "_", 0, label)]


def svo(draw: st.DrawFn, label: str, depth: int) -> list[Word]:
    """A clause: conjunction, S, auxiliaries, verb, particle, O (perhaps a clause), and something after it."""
    subject = draw(st.sampled_from([[], [phrase(Word("noun", "NOUN", "_", 0, "nsubj"), word("DET", "det"), place=1)]]))
    target = draw(st.sampled_from(["none", "noun", "clause"])) if depth else "noun"
    objects = {"none": [], "noun": [word("NOUN", "obj")]}.get(target)
    if objects is None:
        objects = [svo(draw, draw(st.sampled_from(["ccomp", "xcomp"])), depth - 1)]
    before = draw(st.lists(st.sampled_from(["cc", "mark", "obl"]), max_size=2))
    verbal = draw(st.lists(st.sampled_from(["aux", "advmod"]), max_size=2))
    after = draw(st.lists(st.sampled_from(["obl", "advcl", "punct"]), max_size=2))
    left = [word("X", each) for each in before] + subject + [word("X", each) for each in verbal]
    right = [word("ADP", "compound:prt")] * draw(st.integers(0, 1)) + objects + [word("X", each) for each in after]
    return phrase(Word("verb", "VERB", "_", 0, label), *left, *right, place=len(left))


@st.composite
def svo_sentences(draw: st.DrawFn) -> SentenceParse:
    return make_parse([Token(each.form, (each,)) for each in svo(draw, "root", 3)])


@given(svo_sentences())
def test_sentences_in_the_order_asked_for_are_left_alone(parse: SentenceParse) -> None:
    assert reordered(parse, "svo") == list(range(len(parse.ends)))


@st.composite
def trees(draw: st.DrawFn) -> SentenceParse:
    size = draw(st.integers(1, 14))
    names = draw(st.permutations(range(size)))
    labels = st.sampled_from(["nsubj", "csubj:pass", "obj", "xcomp", "aux", "advmod", "obl", "conj", "cc", "expl"])
    tokens = []
    for name in range(size):
        rank = names.index(name)
        head = names[draw(st.integers(0, rank - 1))] + 1 if rank else 0
        upos = draw(st.sampled_from(["VERB", "AUX", "NOUN", "ADV"]))
        tokens.append(Token("x", (Word("x", upos, "_", head, draw(labels) if head else "root"),)))
    return make_parse(tokens)


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([1, 1, 1, 2], [1, 1, 1, 2]),
        ([0, 3, 0, 0], [0, 0, 0, 0]),  # the arc from 3 to 1 passes over 2, which hangs on 0
        ([1, 2, 2, 1, 2], [1, 2, 2, 2, 2]),  # "A hearing is on taxes today": "on taxes" passes over the root
        ([1, 2, 3, 3, 0], [1, 2, 3, 3, 3]),  # lifted from 0 to 1 to 2 to the root, which is in between
    ],
)
def test_as_few_words_as_can_be_are_hung_higher(heads: list[int], expected: list[int]) -> None:
    assert projective(heads) == expected


@given(trees())
def test_phrases_of_projective_trees_are_stretches(parse: SentenceParse) -> None:
    below: list[set[int]] = [set() for _ in parse.heads]
    for place in range(len(parse.heads)):
        above = place
        while place not in below[above]:
            below[above].add(place)
            above = parse.heads[above]
    assert all(max(phrase) - min(phrase) + 1 == len(phrase) for phrase in below)


def plain(parse: SentenceParse, place: int, order: str) -> list[int]:
    """The rules as the paper's program has them, for trees without copulas and marks."""
    kinds = {Role.SUBJECT: "s", Role.OUTER_SUBJECT: "s", Role.OBJECT: "o", Role.AUXILIARY: "v", Role.VERBAL: "v"}
    children = [each for each, head in enumerate(parse.heads) if head == place != each]
    if parse.verbs[place]:
        rank = {"before": -1, "s": order.index("s"), "o": order.index("o"), "v": order.index("v"), "after": 3}

        def key(each: int) -> tuple[int, int]:
            kind = "v" if each == place else kinds.get(Role(parse.roles[each]))
            return rank[kind or ("before" if each < place else "after")], each
    else:

        def key(each: int) -> tuple[int, int]:
            return 0, each

    ordered = sorted([*children, place], key=key)
    return [found for each in ordered for found in ([each] if each == place else plain(parse, each, order))]


@given(trees(), st.sampled_from(ORDERS))
def test_the_order_is_that_of_a_plain_recursion(parse: SentenceParse, order: str) -> None:
    root = next(place for place, head in enumerate(parse.heads) if place == head)
    assert reordered(parse, order) == plain(parse, root, order)  # type: ignore[arg-type]


def test_deep_trees_do_not_overflow() -> None:
    tokens = [Token("x", (Word("x", "VERB", "_", number, "ccomp" if number else "root"),)) for number in range(3000)]
    assert reordered(make_parse(tokens), "sov") == list(range(2999, -1, -1))


@pytest.mark.parametrize(
    ("forms", "heads", "expected"),
    [
        ("( a b )", [2, 2, 2, 2], {0: 2, 3: 2}),  # b is the root; all hang on it already
        ("r ( a b ) c", [0, 0, 3, 0, 0, 0], {1: 3, 4: 3}),
        ('r " a " c', [0, 0, 0, 4, 0], {1: 2, 3: 2}),
        ('" a b "', [3, 2, 2, 3], {}),  # a mark on which another hangs stays
        ("r ( a b ) c", [0, 0, 0, 0, 0, 0], {}),  # two words side by side have no head in between
        ("r “ a ( b ” )", [0, 0, 0, 0, 2, 0, 0], {1: 2, 3: 4, 5: 4, 6: 2}),  # the last open one is closed
        ('r " a ( b " c', [0, 0, 0, 0, 2, 0, 0], {1: 2, 5: 2}),  # a bracket left open is passed over
        ("r a ) b", [0, 0, 0, 0], {}),
    ],
)
def test_pairs_of_marks_hang_on_what_they_enclose(forms: str, heads: list[int], expected: dict[int, int]) -> None:
    split = forms.split()
    marks = [place for place, form in enumerate(split) if not form.isalpha()]
    hung = hang_pairs(split, heads, marks)
    assert {place: head for place, head in enumerate(hung) if head != heads[place] or place in expected} == expected


FILES = {"en_pud-ud-test": 1000, "en_ewt-ud-dev": 2001}


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of corpora")
@pytest.mark.parametrize("name", FILES)
def test_treebanks_keep_all_their_words_in_any_order(name: str) -> None:
    path = Path(os.environ["XLQA_DATA"], f"ud_english/{name}.conllu")
    texts = [line.removeprefix("# text = ").rstrip("\n") for line in path.open(encoding="utf-8") if "# text = " in line]
    assert len(texts) == FILES[name]
    changed = {}
    for order in (*ORDERS, "random"):
        transform = Typology(parses=path, order=order)  # type: ignore[arg-type]
        for text in texts:
            rewritten = transform.rewrite(text, "en", Random(0))
            assert Counter("".join(rewritten.text.split())) == Counter("".join(text.split()))
            assert all(new in (" ", text[start:end]) for new, start, end in rewritten.pieces)
        assert transform.counts["sentences"] == len(texts)
        changed[order] = transform.counts["sentences changed"]
    assert changed.pop("svo") < 0.5 * min(changed.values())  # English has that order
