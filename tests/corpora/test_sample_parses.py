"""Every sentence of the English sample has a parse, of its own template and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.corpora.sample.grammar import grammar
from hf_xlqa.corpora.sample.parses import _templates, write_sample_parses
from hf_xlqa.transforms.parses import ConlluParses
from hf_xlqa.transforms.transform import paragraph_rng
from hf_xlqa.transforms.typology import Typology


def test_every_template_has_one_parse() -> None:
    english = grammar("en")
    templates = [
        template for texts in (english.statements, english.questions) for group in texts.values() for template in group
    ]
    assert [" ".join(word.form for word in template.words) for template in _templates()] == templates


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_every_sentence_is_parsed_by_its_own_template_alone(split: str, tmp_path: Path) -> None:
    examples = sample_examples(split, "en", paragraphs=40)
    texts = [text for example in examples for text in (example.context, example.question)]
    parses = ConlluParses([write_sample_parses(tmp_path / "en.conllu", texts)])
    for text in texts:
        sentences = parses.sentences(text)
        assert len(sentences) == text.count(". ") + 1
        assert "".join(text[start:end] for each in sentences for start, end in each.spans) == text.replace(" ", "")
    written = (tmp_path / "en.conllu").read_text("utf-8").splitlines()
    sentences = [line.removeprefix("# text = ") for line in written if line.startswith("#")]
    assert len(set(sentences)) == len(sentences)
    assert all(sum(bool(each.pattern.fullmatch(sentence)) for each in _templates()) == 1 for sentence in sentences)


def test_names_are_flat_and_heads_count_their_words(tmp_path: Path) -> None:
    path = write_sample_parses(
        tmp_path / "en.conllu", ["She was taught by Ada Lov. In 1900, Ada Lov took a job in Alburg."]
    )
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert [(row[0], row[1], row[3], row[6], row[7]) for row in rows] == [
        ("1", "She", "PRON", "3", "nsubj:pass"),
        ("2", "was", "AUX", "3", "aux:pass"),
        ("3", "taught", "VERB", "0", "root"),
        ("4", "by", "ADP", "5", "case"),
        ("5", "Ada", "PROPN", "3", "obl:agent"),
        ("6", "Lov", "PROPN", "5", "flat"),
        ("7", ".", "PUNCT", "3", "punct"),
        ("1", "In", "ADP", "2", "case"),
        ("2", "1900", "NUM", "6", "obl"),
        ("3", ",", "PUNCT", "6", "punct"),
        ("4", "Ada", "PROPN", "6", "nsubj"),
        ("5", "Lov", "PROPN", "4", "flat"),
        ("6", "took", "VERB", "0", "root"),
        ("7", "a", "DET", "8", "det"),
        ("8", "job", "NOUN", "6", "obj"),
        ("9", "in", "ADP", "10", "case"),
        ("10", "Alburg", "PROPN", "6", "obl"),
        ("11", ".", "PUNCT", "6", "punct"),
    ]


@pytest.mark.parametrize(
    ("order", "statement", "question"),
    [
        ("sov", "She a prize won in Alburg in 1900.", "Ada Lov a prize where did win?"),
        ("vos", "won a prize She in Alburg in 1900.", "where did win a prize Ada Lov?"),
        ("ovs", "a prize won She in Alburg in 1900.", "a prize where did win Ada Lov?"),
    ],
)
def test_sentences_take_other_orders(order: str, statement: str, question: str, tmp_path: Path) -> None:
    told, asked = "She won a prize in Alburg in 1900.", "Where did Ada Lov win a prize?"
    typology = Typology(parses=write_sample_parses(tmp_path / "en.conllu", [told, asked]), order=order)  # type: ignore[arg-type]
    rewritten = [typology.rewrite(text, "en", paragraph_rng(0, text)).text for text in (told, asked)]
    assert [text.lower() for text in rewritten] == [statement.lower(), question.lower()]


def test_a_sentence_of_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="`texts` must be of the English sample, but hold the sentence 'Ada wrote it.' inst"
    ):
        write_sample_parses(tmp_path / "en.conllu", ["Ada Lov studied in Alburg in 1900. Ada wrote it."])
    assert not list(tmp_path.iterdir())
