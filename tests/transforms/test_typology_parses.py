"""Texts cut into the sentences of files, wherever these stand there, and sentences from Stanza."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_parses import PARSES, conllu, write_conllu

from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms import parses as module
from hf_xlqa.transforms.parses import ConlluParses, MissingParse, place_parses
from hf_xlqa.transforms.sentence_parse import ParseError
from hf_xlqa.transforms.stanza_parser import StanzaParser
from hf_xlqa.transforms.typology import Typology


def sentence(*forms: str) -> str:
    """A parse in which all hang on the first."""
    return " ".join(f"{form}/X/{'dep' if number else 'root'}/{int(number > 0)}" for number, form in enumerate(forms))


def cut(paths: Sequence[Path], text: str) -> list[list[str]]:
    placed = ConlluParses(paths).sentences(text)
    return [[text[start:end] for start, end in spans] for _, spans in placed]


def test_a_text_is_cut_into_sentences_of_any_file_in_any_order(tmp_path: Path) -> None:
    paths = [
        write_conllu(tmp_path, sentence("It", "rained", "."), sentence("Who", "came", "?"), name="a.conllu"),
        write_conllu(tmp_path, sentence("No", "."), sentence("He", "sang", "."), name="b.conllu"),
    ]
    text = " He  sang.\nIt\u00a0rained . It rained.No.  "
    assert cut(paths, text) == [["He", "sang", "."], ["It", "rained", "."], ["It", "rained", "."], ["No", "."]]
    assert cut(paths, "") == cut(paths, " \n") == []


def test_a_unit_holds_the_blanks_within_it(tmp_path: Path) -> None:
    assert cut([write_conllu(tmp_path, sentence("10000", "wars"))], "10 000 wars") == [["10 000", "wars"]]


def test_the_longest_sentences_that_lead_to_the_end_are_taken(tmp_path: Path) -> None:
    path = write_conllu(
        tmp_path, sentence("No", "."), sentence("No", ".", "1"), sentence("1", "wins", "."), sentence("wins", ".", "It")
    )
    assert cut([path], "No. 1 wins.") == [["No", "."], ["1", "wins", "."]]
    assert cut([path], "No. 1 wins. It") == [["No", ".", "1"], ["wins", ".", "It"]]


def test_where_a_text_is_not_known_is_told(tmp_path: Path) -> None:
    path = write_conllu(tmp_path, sentence("It", "rained", "."), sentence("It", "rained"))
    with pytest.raises(MissingParse, match=r"no sentence is known that begins 'It snowed\.', at offset 12"):
        cut([path], "It rained.  It snowed.")
    with pytest.raises(MissingParse, match="no sentence is known that begins 'Snow', at offset 1"):
        cut([path], " Snow")


def test_many_ways_to_cut_a_text_that_has_no_end_take_no_time(tmp_path: Path) -> None:
    path = write_conllu(tmp_path, *(sentence("a" * length) for length in range(1, 12)))
    with pytest.raises(MissingParse, match="offset 300"):
        cut([path], "a" * 300 + "b")


def test_the_first_parse_of_a_sentence_counts(tmp_path: Path) -> None:
    other = "The/DET/det/2 dog/NOUN/obj/3 barks/VERB/root/0 ./PUNCT/punct/3"
    path = write_conllu(tmp_path, other, PARSES["intransitive"])
    assert Typology(parses=path, order="vos").rewrite("The dog barks.", "en", Random(0)).text == "barks The dog."
    parse = ConlluParses([path]).sentences("The dog barks.")[0].parse
    assert parse == ConlluParses([write_conllu(tmp_path, other, name="other")]).sentences("The dog barks.")[0].parse


def test_files_are_read_once_until_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_conllu(tmp_path, sentence("It", "rained", "."))
    first = ConlluParses([path])
    assert ConlluParses([path])._index is first._index
    write_conllu(tmp_path, sentence("It", "snowed", "."), sentence("It", "rained", "."))
    assert cut([path], "It snowed.") == [["It", "snowed", "."]]
    with pytest.raises(FileNotFoundError, match=r"none\.conllu"):
        ConlluParses([tmp_path / "none.conllu"])


def test_an_index_is_small(tmp_path: Path) -> None:
    path = tmp_path / "parses.conllu"
    path.write_text(
        conllu(*(sentence(*(f"word{number}x{place}" for place in range(24))) for number in range(500))), "utf-8"
    )
    read = ConlluParses([path])._index
    size = sum(
        sys.getsizeof(characters) + sum(map(sys.getsizeof, (parse, *parse)))
        for characters, parse in read.parses.items()
    )
    assert size / len(read.parses) < 1000  # bytes a sentence of 24 words


def test_sentences_of_another_text_are_not_placed() -> None:
    with pytest.raises(MissingParse, match="no sentence is known that begins 'It snowed', at offset 0"):
        place_parses("It snowed", [("Itrained", None)])  # type: ignore[list-item]


class Pipeline:
    """Answers as Stanza does, from parses by text."""

    def __init__(self, **parses: str) -> None:
        self.documents = {text_of: document(parse) for text_of, parse in parses.items()}
        self.calls: list[list[str]] = []

    def __call__(self, text: str) -> Any:
        (parsed,) = self.bulk_process([text])
        return parsed

    def bulk_process(self, texts: list[str]) -> list[Any]:
        self.calls.append(texts)
        return [self.documents[text] for text in texts]


def document(parse: str) -> Any:
    words = []
    for item in parse.split():
        form, upos, label, head, *features = item.split("/")
        words.append(SimpleNamespace(text=form, upos=upos, deprel=label, head=int(head), feats=(features or [None])[0]))
    tokens = [SimpleNamespace(text=word.text, words=[word]) for word in words]
    return SimpleNamespace(sentences=[SimpleNamespace(tokens=tokens)])


CONTEXT, QUESTION = "The king won the war in 1905.", "What did the king win?"
EXAMPLE = Example("q1", "q1", "", CONTEXT, QUESTION, (Answer("war", 17),), "en", "en", "toy")


def pipeline() -> Pipeline:
    return Pipeline(**{CONTEXT: PARSES["transitive"], QUESTION: PARSES["object question"]})


def test_stanza_parses_texts_one_by_one() -> None:
    fake = pipeline()
    transform = Typology(parses=StanzaParser(fake), order="sov")
    changed = transform(EXAMPLE, Random(0))
    assert isinstance(changed, Example)
    assert changed.context == "The king the war won in 1905."
    assert changed.question == "What the king did win?"
    assert fake.calls == [[QUESTION], [CONTEXT]]


@pytest.mark.parametrize(
    ("part", "texts"), [("both", [CONTEXT, QUESTION]), ("context", [CONTEXT]), ("question", [QUESTION])]
)
def test_stanza_parses_what_is_prepared_at_once_and_only_once(part: Any, texts: list[str]) -> None:
    fake = pipeline()
    transform = Typology(parses=StanzaParser(fake), order="sov", part=part)
    for _ in range(2):
        transform.prepare([EXAMPLE, EXAMPLE])
        transform(EXAMPLE, Random(0))
    assert fake.calls == [texts]


def test_stanza_is_not_asked_for_blanks() -> None:
    parser = StanzaParser(Pipeline())
    parser.prepare(["", "\n"])
    assert parser.sentences("\n") == []


def test_text_that_stanza_changed_is_missing() -> None:
    fake = Pipeline(**{"The kings won.": PARSES["transitive"]})
    with pytest.raises(MissingParse, match=r"begins 'The kings won\.', at offset 0"):
        StanzaParser(fake).sentences("The kings won.")


def test_what_is_no_tree_is_refused_with_its_text() -> None:
    fake = Pipeline(**{"It won.": "It/PRON/nsubj/2 won/VERB/dep/1 ./PUNCT/punct/1"})
    with pytest.raises(ParseError, match=r"`pipeline` must give a parse of 'It won\.', but does not: one word must be"):
        StanzaParser(fake).sentences("It won.")


def test_stanza_is_loaded_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SimpleNamespace(Pipeline=lambda language, **options: (language, options))
    monkeypatch.setitem(sys.modules, "stanza", made)  # type: ignore[arg-type]
    assert StanzaParser.of("en", use_gpu=False).pipeline == ("en", {"use_gpu": False})


def test_a_missing_stanza_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stanza", None)
    with pytest.raises(ImportError, match=r"Parsing needs Stanza: pip install 'hf-xlqa\[parse\]'"):
        StanzaParser.of("en")


def test_files_of_parses_need_no_preparation(tmp_path: Path) -> None:
    path = write_conllu(tmp_path, PARSES["transitive"], PARSES["object question"])
    known = ConlluParses([path])
    known.prepare([CONTEXT, "unknown"])
    assert len(known.sentences(f"{CONTEXT} {QUESTION}")) == 2
    assert module._read.cache_info().maxsize == 1
