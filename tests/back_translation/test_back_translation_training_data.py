from __future__ import annotations

import gzip
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from tiny_back_translation import Upper, WordReader, bridge, pipeline

from hf_xlqa.back_translation import write_training_data
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.leaks import LeakWarning
from hf_xlqa.translation.cache import CachedTranslator

EXAMPLES = [bridge(number) for number in range(4)]


@pytest.mark.parametrize(("kind", "question"), [("aligner", "dresden"), ("verifier", "dresden # wo?")])
@pytest.mark.parametrize("name", ["new/train.json", "train.jsonl"])
def test_the_translated_answer_takes_the_place_of_the_question(
    kind: Any, question: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    provenance = write_training_data(path, pipeline(), EXAMPLES, kind, source_reader="words")
    written = list(read_examples(path, language="de", corpus="bridges"))
    assert written[0].question == question
    assert [replace(each, question="wo?") for each in written] == [replace(each, title=each.title) for each in EXAMPLES]
    assert provenance.lines() == [f"4 examples to train the {kind} on"]
    record = json.loads(path.with_name(f"{path.name}.provenance.json").read_text("utf-8"))
    assert (record["kind"], record["translators"], record["source_reader"]) == (
        kind,
        {"en": "de-en", "de": "en-de"},
        "words",
    )


def test_what_cannot_be_used_is_counted_by_reason(tmp_path: Path) -> None:
    examples = [bridge(0), bridge(1, context=" "), replace(bridge(2), answers=()), bridge(3, context="kurz.")]
    provenance = write_training_data(tmp_path / "a.jsonl.gz", pipeline(), examples, "aligner", source_reader="words")
    assert provenance.dropped == {"blank context": ["1"], "no gold": ["2"], "no answer in the source language": ["3"]}
    assert provenance.lines()[1] == "dropped, blank context: 1"
    with gzip.open(tmp_path / "a.jsonl.gz", "rt", encoding="utf-8") as file:
        assert [json.loads(line)["id"] for line in file] == ["0"]


def test_examples_are_written_as_they_come_and_taken_up_from_the_cache(tmp_path: Path) -> None:
    there = CachedTranslator(Upper("de", "en", str.upper), tmp_path / "cache", chunk_size=1)
    made = pipeline(there, batch_size=1)

    def broken() -> Any:
        yield from EXAMPLES[:3]
        raise KeyboardInterrupt

    class Once:
        passes = 0

        def __iter__(self) -> Any:
            self.passes += 1
            return broken()

    with pytest.raises(KeyboardInterrupt):
        write_training_data(tmp_path / "a.json", made, Once(), "aligner", source_reader="words")
    assert not (tmp_path / "a.json").exists()
    again = Upper("de", "en", str.upper)
    again.name = there.name
    cached = CachedTranslator(again, tmp_path / "cache")
    write_training_data(tmp_path / "a.json", pipeline(cached), EXAMPLES, "aligner", source_reader="words")
    assert again.handed == ["Nr 3 in oslo."]


def test_leaks_into_evaluation_are_told(tmp_path: Path) -> None:
    evaluated = {"bridges/de": [bridge(2), bridge(7)], "others/de": [bridge(9)]}
    with pytest.warns(LeakWarning, match="Scores on `bridges/de` .*: 1 training examples share an id") as caught:
        provenance = write_training_data(
            tmp_path / "a.json", pipeline(), EXAMPLES, "aligner", source_reader="words", evaluated=evaluated
        )
    assert len(caught) == 1
    assert provenance.leaks["bridges/de"].sample == ("2",)
    assert not provenance.leaks["others/de"]


def test_examples_that_the_source_reader_was_trained_on_are_told(tmp_path: Path) -> None:
    known = [replace(bridge(1), context="IN BONN", answers=(), context_language="en")]
    with pytest.warns(LeakWarning, match=r"source reader was trained on 1 examples with an id and 0 .*\(such as 1\)"):
        write_training_data(
            tmp_path / "a.json", pipeline(), EXAMPLES, "aligner", source_reader="words", read_by_source=known
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_training_data(
            tmp_path / "b.json", pipeline(), EXAMPLES, "aligner", source_reader="words", read_by_source=[bridge(8)]
        )


def test_no_usable_example_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    reader = WordReader(99)
    with pytest.raises(ValueError, match=r"but none has both instead \(no answer in the source language: 4\)"):
        write_training_data(tmp_path / "a.json", pipeline(reader=reader), EXAMPLES, "aligner", source_reader="words")
    with pytest.raises(ValueError, match=r"but none has both instead \(there are none\)"):
        write_training_data(tmp_path / "a.json", pipeline(), [], "aligner", source_reader="words")
    assert list(tmp_path.iterdir()) == []


def test_kind_and_ending_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`kind` must be one of aligner, verifier, but is 'none' instead"):
        write_training_data(tmp_path / "a.json", pipeline(), EXAMPLES, cast(Any, "none"), source_reader="words")
    with pytest.raises(
        ValueError, match=r"`path` must end in \.json\[\.gz\], \.jsonl\[\.gz\], but is '.*a\.csv' instead"
    ):
        write_training_data(tmp_path / "a.csv", pipeline(), EXAMPLES, "aligner", source_reader="words")
