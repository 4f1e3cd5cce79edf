"""The scores of every question of a run, in memory and as a file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.reports import Score
from hf_xlqa.reports.system import ScoredSet, SystemScores

SIGNATURE = "rule:mlqa|version:1.0|language:de|golds:all|missing:refuse|corpus:mlqa"
THIRD = 0.1 + 0.2  # no short decimal fraction


def scored(name: str = "mlqa/de.en", exact_match: Any = (1, 0, 0, 1), f1: Any = (1, THIRD, 0, 1)) -> ScoredSet:
    means = (100 * sum(values) / len(values) for values in (exact_match, f1))
    score = Score(name, "de", "mlqa", *means, len(f1), SIGNATURE)
    return ScoredSet(score, tuple("abcd"[: len(f1)]), np.array(exact_match), np.array(f1))


def system(**changes: Any) -> SystemScores:
    fields = {"system": "模型", "sets": (scored(),), "seed": 3, "versions": {"python": "3.11"}, "command": "evaluate"}
    return SystemScores(**fields | changes)


def test_scores_of_questions_by_id() -> None:
    assert scored().by_id("f1") == {"a": 1, "b": THIRD, "c": 0, "d": 1}
    assert scored().by_id("exact_match") == {"a": 1, "b": 0, "c": 0, "d": 1}


def test_scored_set_from_the_result_of_a_metric() -> None:
    rows = zip("abcd", scored().exact_match, scored().f1, strict=True)
    per_question = {id_: {"exact_match": exact_match, "f1": f1} for id_, exact_match, f1 in rows}
    assert ScoredSet.from_questions(scored().score, per_question) == scored()


def test_scored_sets_are_equal_where_every_question_is() -> None:
    other = scored(exact_match=(0, 1, 0, 1))
    assert scored() == scored() and hash(scored()) == hash(scored())
    assert other.score == scored().score and other != scored()
    assert scored() != "mlqa"


def test_scores_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        scored().f1[0] = 0


def test_file_there_and_back(tmp_path: Path) -> None:
    path = system().write(tmp_path / "new" / "scores.json")
    assert SystemScores.read(path) == system()
    assert [each.name for each in path.parent.iterdir()] == ["scores.json"]
    assert json.loads(path.read_text("utf-8"))["sets"][0]["f1"] == [1, THIRD, 0, 1]


def test_a_set_takes_one_line() -> None:
    text = system(sets=(scored(), scored("mlqa/de"))).to_json()
    assert [json.loads(line.strip(" ,"))["score"]["name"] for line in text.splitlines()[6:8]] == [
        "mlqa/de.en",
        "mlqa/de",
    ]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_floats_survive_to_the_last_bit(values: list[float]) -> None:
    written = system(sets=(scored(exact_match=[0] * len(values), f1=values),), seed=None)
    assert SystemScores.from_json(written.to_json(), source="scores.json") == written


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ids": ("a", "b", "c", "c")}, "`ids` of mlqa/de.en must be 4 different ones, but are 4, 3 of them different"),
        ({"ids": ("a", "b")}, "`ids` of mlqa/de.en must be 4 different ones, but are 2, 2 of them different"),
        ({"ids": ()}, "`ids` of mlqa/de.en must be 4 different ones, but are 0, 0 of them different"),
        ({"f1": [1, 0]}, r"`f1` of mlqa/de.en must have the shape \(4,\), but has \(2,\) instead"),
        ({"f1": [1, 0, 1.5, 0]}, r"`f1` of mlqa/de.en must be in \[0, 1\], but is 1.5 for question 'c' instead"),
        ({"f1": [1, 0, 0, np.nan]}, r"`f1` of mlqa/de.en must be in \[0, 1\], but is nan for question 'd' instead"),
        ({"score": replace(scored().score, exact_match=50.001)}, "of its questions, 50.0000, but is 50.0010 instead"),
        ({"exact_match": [1, 0, 0, 0]}, "must have the mean of its questions, 25.0000, but is 50.0000 instead"),
    ],
)
def test_contradicting_scores_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(scored(), **changes)


def test_the_mean_of_a_rule_with_its_own_average_is_taken_as_it_is() -> None:
    own = replace(scored().score, exact_match=75.0, signature=f"{SIGNATURE}|average:languages without en")
    assert replace(scored(), score=own).score.exact_match == 75
    with pytest.raises(ValueError, match="but is 75.0000 instead"):
        replace(scored(), score=replace(own, signature=SIGNATURE))
    with pytest.raises(ValueError, match="but is nan instead"):
        replace(scored(), score=replace(own, exact_match=float("nan"), signature=SIGNATURE))


@pytest.mark.parametrize(("sets", "listed"), [((), "none"), ((scored(), scored()), "mlqa/de.en, mlqa/de.en")])
def test_a_system_has_each_set_once(sets: tuple[ScoredSet, ...], listed: str) -> None:
    with pytest.raises(ValueError, match=f"`sets` of 模型 must be one or more of different names, but are {listed}"):
        system(sets=sets)


def altered(**changes: Any) -> dict[str, Any]:
    """The JSON record, its one set changed."""
    payload = json.loads(system().to_json())
    payload["sets"][0] |= changes
    return payload


SCORE = altered()["sets"][0]["score"]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ([], r"`run.json` must have the fields .* but lacks \['command', 'sets', 'system', 'versions'\]"),
        (altered() | {"seed": "3"}, "`run.json: seed` must hold a int or NoneType, but holds '3' instead"),
        (altered() | {"system": None}, "`run.json: system` must hold a str, but holds None instead"),
        (altered() | {"sets": {}}, r"`run.json: sets` must hold a list, but holds \{\} instead"),
        (altered() | {"sets": []}, "^run.json: `sets` of 模型 must be one or more of different names, but are none"),
        (altered(recall=[]), r"`run.json: sets\[0\]` must have .* has the unknown \['recall'\]"),
        (altered(score={"name": "mlqa/de"}), r"`run.json: sets\[0\]: score` must have .* lacks \['exact_match'"),
        (altered(score=SCORE | {"questions": "4"}), r"\[0\]: score: questions` must hold a int, but holds '4' instead"),
        (
            altered(score=SCORE | {"translations": 1}),
            r"score: translations` must hold a str, but holds 1 instead",
        ),
        (altered() | {"system": " "}, "^run.json: `system` must be a name in one line, but is ' ' instead"),
        (altered() | {"system": "a\nb"}, r"^run.json: `system` must be a name in one line, but is 'a\\nb' instead"),
        (altered(ids=[1, 2, 3, 4]), r"`run.json: sets\[0\]: ids` must hold a str, but holds 1 instead"),
        (altered(f1=[10**400, 0, 0, 0]), "^run.json: int too large to convert to float"),
        (altered(f1=[True, 0, 0, 0]), r"`run.json: sets\[0\]: f1` must hold a int or float, but holds True instead"),
        (altered(f1=[1, 0, 0]), r"^run.json: `f1` of mlqa/de.en must have the shape \(4,\), but has \(3,\) instead"),
    ],
)
def test_files_at_fault_are_named_with_the_place(payload: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SystemScores.from_json(json.dumps(payload), source="run.json")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ValueError, match="scores.json` must be text in UTF-8, but is not"):
        SystemScores.read(tmp_path / "scores.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none.json"):
        SystemScores.read(tmp_path / "none.json")
