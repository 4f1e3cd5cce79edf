"""Parquet is read as JSON is: what `hf-xlqa build` wrote is trained on and scored like any other corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hf_xlqa.corpora.catalog import load_corpus
from hf_xlqa.corpora.findings import CorpusError, Kind
from hf_xlqa.corpora.parallel import parallel
from hf_xlqa.corpora.parquet_file import ParquetFile
from hf_xlqa.corpora.squad_format import read_examples, references, write_jsonl


def row(number: int, language: str = "en", **changes: Any) -> dict[str, Any]:
    record = {
        "id": f"{number}-{language}",
        "parallel_id": str(number),
        "title": "Oslo",
        "context": f"Anna left Oslo in {1900 + number}.",
        "question": "When did Anna leave?",
        "answers": {"text": [str(1900 + number)], "answer_start": [18]},
        "context_language": language,
        "question_language": language,
    }
    return {**record, **changes}


def written(path: Path, *rows: dict[str, Any]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def test_rows_are_the_examples_that_json_gives(tmp_path: Path) -> None:
    path = written(tmp_path / "train-00000-of-00001.parquet", *(row(number) for number in range(2_345)))
    examples = list(read_examples(path, language="en", corpus="test"))
    assert (len(examples), examples[2_344].id, examples[2_344].parallel_id) == (2_345, "2344-en", "2344")
    assert examples[7].answers[0].text == "1907"
    write_jsonl(tmp_path / "same.jsonl", examples)
    assert list(read_examples(tmp_path / "same.jsonl", language="en", corpus="test")) == examples
    assert next(references(read_examples(path, language="en", corpus="test"))) == {
        "id": "0-en",
        "answers": {"text": ["1900"], "answer_start": [18]},
    }


def test_a_file_with_several_languages_is_read_by_one(tmp_path: Path) -> None:
    rows = [row(0), row(0, "de"), row(1, "en", question_language="de", id="1-en.de"), row(1, "de")]
    path = written(tmp_path / "laf.parquet", *rows)

    def ids(spec: str) -> list[str]:
        return [example.id for example in load_corpus(f"{spec}={path}")]

    assert ids("laf/de-x-mt") == ids("laf/de")
    assert (ids("laf/en"), ids("laf/de"), ids("laf/en.de")) == (["0-en"], ["0-de", "1-de"], ["1-en.de"])
    pairs = list(parallel({"de": path, "en": path}))
    assert [(pair.pivot.id, [each.id for each in pair.translations.values()]) for pair in pairs] == [
        ("0-de", ["0-en"]),
        ("1-de", []),
    ]


def test_rows_that_name_no_language_are_in_the_one_asked_for(tmp_path: Path) -> None:
    bare = {key: value for key, value in row(0).items() if not key.endswith("_language")}
    (example,) = read_examples(written(tmp_path / "hub.parquet", bare), language="ja", corpus="test")
    assert (example.context_language, example.question_language) == ("ja", "ja")


def test_a_split_is_named_by_a_pattern(tmp_path: Path) -> None:
    written(tmp_path / "train-00000-of-00002.parquet", row(0))
    written(tmp_path / "train-00001-of-00002.parquet", row(1))
    assert len(list(read_examples(tmp_path, language="en", corpus="test"))) == 2
    written(tmp_path / "validation-00000-of-00001.parquet", row(2))
    with pytest.raises(ValueError, match=r"holds train, validation instead; name one as .*/train-\*\.parquet"):
        read_examples(tmp_path, language="en", corpus="test")
    train = read_examples(tmp_path / "train-*.parquet", language="en", corpus="test")
    assert [example.parallel_id for example in train] == ["0", "1"]
    with pytest.raises(FileNotFoundError, match=r"must be a corpus file or a folder .* but is '.*test-\*\.parquet'"):
        read_examples(tmp_path / "test-*.parquet", language="en", corpus="test")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("context_language", [5], "a row must be in SQuAD format, but is in the language 5 instead"),
        ("question_language", [["en"]], r"a row must be in SQuAD format, but is in the language \['en'\] instead"),
        ("context", [{"text": "x"}], r"`context` of '0-en' must be a string, but is {'text': 'x'} instead"),
        ("id", [None], "`id` of a question of .* must be a string, but is None instead"),
        ("answers", ["1900"], "`answers` of '0-en' must hold golds, but is empty instead"),
    ],
)
def test_columns_of_other_types_are_refused(tmp_path: Path, column: str, values: list[Any], message: str) -> None:
    path = written(tmp_path / "a.parquet", {**row(0), column: values[0]})
    with pytest.raises(CorpusError, match=rf"a\.parquet: {message}"):
        list(read_examples(path, language="en", corpus="test"))


def test_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([row(0)])
    no_text = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    pq.write_table(table.set_column(table.column_names.index("context"), "context", no_text), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"a\.parquet: the file must be parquet, but cannot be read.*byte 0xff"):
        list(read_examples(tmp_path / "a.parquet", language="en", corpus="test"))


def test_a_file_that_may_not_be_read_is_no_file_at_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.parquet"):
        list(ParquetFile(tmp_path / "absent.parquet", "en", "en"))


def test_what_is_no_parquet_or_no_corpus_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    with pytest.raises(CorpusError, match=r"broken\.parquet: the file must be parquet, but cannot be read") as error:
        list(read_examples(broken, language="en", corpus="test"))
    assert error.value.finding.kind is Kind.MALFORMED_PARQUET
    with pytest.raises(CorpusError, match=r"other\.parquet: a row must be in SQuAD format, but holds the keys 'text'"):
        list(read_examples(written(tmp_path / "other.parquet", {"text": "Oslo"}), language="en", corpus="test"))
