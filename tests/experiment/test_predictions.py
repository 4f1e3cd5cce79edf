"""Prediction files: their one form, and which set each is of."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.experiment.predictions import find_predictions, only_questions, read_predictions, unused
from hf_xlqa.experiment.questions import QuestionSet


def question_set(name: str, *ids: str) -> QuestionSet:
    context, _, question = name.partition("/")[2].partition(".")
    return QuestionSet(name, context, question or context, [], [{"id": each, "answers": {}} for each in ids])


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_predictions_are_texts_by_id(tmp_path: Path) -> None:
    assert read_predictions(write(tmp_path / "a.json", {"a": "Anna", "b": ""})) == {"a": "Anna", "b": ""}
    zipped = tmp_path / "a.json.gz"
    zipped.write_bytes(gzip.compress('\ufeff{"a": "安娜"}'.encode()))
    assert read_predictions(zipped) == {"a": "安娜"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must hold predictions, .*, but is empty instead"),
        ("version https://git-lfs.github.com/spec/v1\n", "but is a Git LFS pointer .run `git lfs pull`. instead"),
        ('{"a": "x",\n "b": }', "but is no JSON at line 2, column 7 .Expecting value. instead"),
        ('{"a": "x", "b": "y", "a": "z"}', "must have each id once, but repeats 'a'"),
        ([{"id": "a", "prediction_text": "x"}], "but is of type list instead"),
        ({}, "but holds none instead"),
        ({"a": 3}, "but holds 3 for 'a' instead"),
        (f'{{"a": {"9" * 5000}}}', "but cannot be read .Exceeds the limit .*4300 digits.* instead"),
        ("[" * 100_000, "but cannot be read .maximum recursion depth exceeded.* instead"),
        ({"a": [[[[[[[[[3]]]]]]]]]}, r"but holds \[\[\[\[\[\[\[\.\.\.\]\]\]\]\]\]\] for 'a' instead"),
        ({"a": "\ud800"}, "but has half of a surrogate pair in {'a': '.ud800'} instead"),
        ({"": "x"}, "but has no id for {'': 'x'} instead"),
        ({"a": None}, "but holds None for 'a' instead"),
        ({"a": {"spans": [{"text": "x"}], "null_score": 0}}, "holds the n-best answers of 'a' instead; the best alone"),
        ({"a": [{"text": "x", "probability": 1.0}]}, "holds the n-best answers of 'a' instead; the best alone"),
        ({"data": [{"paragraphs": []}], "version": "1.1"}, "but holds a corpus instead"),
    ],
)
def test_files_of_another_form_are_refused_by_name(tmp_path: Path, content: Any, message: str) -> None:
    path = write(tmp_path / "a.json", content)
    with pytest.raises(ValueError, match=message) as error:
        read_predictions(path)
    assert str(path) in str(error.value)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(ValueError, match="must be UTF-8"):
        read_predictions(path)
    with pytest.raises(FileNotFoundError):
        read_predictions(tmp_path / "absent.json")


def test_folders_hold_a_file_a_set(tmp_path: Path) -> None:
    sets = [question_set("xquad/de.en", "a"), question_set("xquad/zh", "a")]
    crossed, plain, other = (
        write(tmp_path / f"predictions_{stem}.json", {"a": "x"}) for stem in ("xquad_de.en", "xquad_zh", "mlqa_en")
    )
    files = find_predictions([str(tmp_path)], sets)
    assert files == {"xquad/de.en": crossed, "xquad/zh": plain}
    assert unused([str(tmp_path)], files) == [other]


def test_a_named_file_goes_before_that_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "predictions_mlqa_de.json", {"a": "x"})
    named = write(tmp_path / "mine.json", {"a": "x"})
    sets = [question_set("mlqa/de", "a")]
    for name in ("mlqa/de", "mlqa/de.de", "mlqa"):
        assert find_predictions([str(tmp_path), f"{name}={named}"], sets) == {"mlqa/de": named}


def test_the_diagonal_of_a_matrix_goes_by_either_name(tmp_path: Path) -> None:
    sets = [question_set("xquad/de", "a"), question_set("xquad/zh", "a")]
    files = {
        name: write(tmp_path / f"predictions_xquad_{stem}.json", {"a": "x"})
        for name, stem in (("xquad/de", "de.de"), ("xquad/zh", "zh"))
    }
    assert find_predictions([str(tmp_path)], sets) == files
    write(tmp_path / "predictions_xquad_zh.zh.json", {"a": "y"})
    with pytest.raises(ValueError, match=r"one file for xquad/zh, but hold .*_xquad_zh\.json, .*_xquad_zh\.zh\.json"):
        find_predictions([str(tmp_path)], sets)


def test_the_name_of_a_corpus_is_not_enough_for_one_of_its_sets(tmp_path: Path) -> None:
    sets = [question_set("xquad/de", "a"), question_set("xquad/zh", "a")]
    path = write(tmp_path / "predictions_xquad_zh.json", {"a": "x"})
    with pytest.raises(ValueError, match="must be of one of xquad/de, xquad/zh, but is of 'xquad' instead"):
        find_predictions([str(tmp_path), f"xquad={path}"], sets)


def test_one_set_takes_a_file_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a=b.json", {"a": "x"})
    assert find_predictions([str(path)], [question_set("squad/en", "a")]) == {"squad/en": path}


def test_sets_without_a_file_or_with_several_are_refused(tmp_path: Path) -> None:
    sets = [question_set("xquad/de", "a"), question_set("xquad/zh", "a")]
    path = write(tmp_path / "predictions_xquad_de.json", {"a": "x"})
    with pytest.raises(ValueError, match="1 are absent: predictions_xquad_zh.json; there are predictions_xquad_de"):
        find_predictions([str(tmp_path)], sets)
    with pytest.raises(ValueError, match="must be a folder or SET=FILE for 2 sets"):
        find_predictions([str(path)], sets)
    with pytest.raises(ValueError, match="must be of one of xquad/de, xquad/zh, but is of 'xquad/en' instead"):
        find_predictions([f"xquad/en={path}"], sets)
    with pytest.raises(ValueError, match="must hold one file for xquad/de, but hold"):
        find_predictions([f"xquad/de={path}", f"xquad/de.de={path}"], sets)
    with pytest.raises(FileNotFoundError, match="'absent.json' does not exist"):
        find_predictions(["xquad/de=absent.json"], sets)


def test_predictions_beyond_the_set_are_left_out_on_demand_only(tmp_path: Path) -> None:
    each = question_set("xquad/en", "a", "b")
    texts = {"a": "x", "c": "y", "d": "z"}
    assert only_questions(texts, each, subset=True, source="f.json") == ({"a": "x"}, 2)
    assert only_questions({"a": "x"}, each, subset=False, source="f.json") == ({"a": "x"}, 0)
    with pytest.raises(ValueError, match="2 of its 3 ids are unknown: 'c', 'd'; --subset leaves them out"):
        only_questions(texts, each, subset=False, source="f.json")
    with pytest.raises(ValueError, match="`f.json` must answer questions of xquad/en, but none of its 1 ids is one"):
        only_questions({"c": "y"}, each, subset=True, source="f.json")
