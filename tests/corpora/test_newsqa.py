"""NewsQA in both published forms: hand-written stories with every kind of answer."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from hf_xlqa.corpora.findings import CorpusError
from hf_xlqa.corpora.newsqa import NewsQA

STORY = "OSLO, Norway -- The old bridge reopened on Monday, the mayor said."
LONG = "word " * 601
BRIDGE, MONDAY = (
    (STORY.index("The old bridge"), STORY.index(" reopened")),
    (
        STORY.index("Monday"),
        STORY.index("Monday") + 6,
    ),
)


def consensus(span: tuple[int, int]) -> dict[str, int]:
    return {"s": span[0], "e": span[1]}


def write_json(folder: Path, **changes) -> Path:
    questions = [
        {"q": "What reopened?", "consensus": {"s": BRIDGE[0], "e": BRIDGE[1] + 1}, "isAnswerAbsent": 0.0},
        {"q": "When?", "consensus": consensus(MONDAY)},
        {"q": "Who paid?", "consensus": {"noAnswer": True}},
        {"q": "Hm?", "consensus": {"badQuestion": True}},
    ]
    stories = [
        {"storyId": "./cnn/a.story", "text": STORY, "type": "train", "questions": questions},
        {
            "storyId": "./cnn/b.story",
            "text": LONG,
            "type": "train",
            "questions": [{"q": "?", "consensus": {"s": 0, "e": 4}}],
        },
        {"storyId": "./cnn/c.story", "text": STORY, "type": "dev", "questions": questions[1:2]},
    ]
    path = folder / "combined-newsqa-data-v1.json"
    path.write_text(json.dumps({"version": "1", "data": stories, **changes}))
    return path


def span(start: int, end: int) -> str:
    return f"{start}:{end}"


def write_csv(folder: Path, rows: list[tuple[str, str, str]], story: str = STORY) -> Path:
    """A file of (question, answer_char_ranges, validated_answers)."""
    path = folder / "combined-newsqa-data-v1.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["story_id", "question", "answer_char_ranges", "is_answer_absent", "is_question_bad", "validated_answers"]
            + ["story_text"]
        )
        writer.writerows(
            ["./cnn/a.story", asked, ranges, 0.0, 0.0, validated, story] for asked, ranges, validated in rows
        )
    return path


def test_json_gives_the_answers_agreed_on_without_outer_blanks(tmp_path):
    news = NewsQA(write_json(tmp_path), split="train")
    first, second = news
    assert (first.id, first.title, first.corpus, first.context_language) == (
        "./cnn/a.story#0",
        "./cnn/a.story",
        "newsqa",
        "en",
    )
    assert [answer.text for example in (first, second) for answer in example.answers] == ["The old bridge", "Monday"]
    assert news.report.dropped == {
        "no_agreed_answer": ["./cnn/a.story#2", "./cnn/a.story#3"],
        "story_over_600_words": ["./cnn/b.story#0"],
    }
    assert (news.report.questions, news.report.examples) == (5, 2)
    assert [example.id for example in news] == [first.id, second.id]


@pytest.mark.parametrize(("split", "count"), [("train", 2), ("validation", 1), (None, 3)])
def test_json_tells_splits_apart(tmp_path, split, count):
    assert len(list(NewsQA(write_json(tmp_path), split=split))) == count


def test_the_limit_of_words_can_be_another(tmp_path):
    assert [example.title for example in NewsQA(write_json(tmp_path), most_words=601)][2] == "./cnn/b.story"


def test_csv_takes_what_validators_chose_or_else_what_two_agree_on(tmp_path):
    bridge, monday = span(*BRIDGE), span(*MONDAY)
    rows = [
        ("validated", f"{monday}|{bridge}", json.dumps({bridge: 2, monday: 1})),
        ("validated as none", f"{monday}|{monday}", json.dumps({"none": 2, monday: 1})),
        ("agreed", f"{monday}|{bridge},{monday}|None", ""),
        ("not agreed", f"{monday}|{bridge}", ""),
        ("none", "None|None", ""),
    ]
    news = NewsQA(write_csv(tmp_path, rows))
    assert [(each.question, each.answers[0].text) for each in news] == [
        ("validated", "The old bridge"),
        ("agreed", "Monday"),
    ]
    assert news.report.dropped == {"no_agreed_answer": [f"./cnn/a.story#{number}" for number in (1, 3, 4)]}


def test_csv_stories_longer_than_the_limit_of_the_csv_module_are_read(tmp_path):
    story = STORY + " " + "x" * 200_000
    (example,) = NewsQA(write_csv(tmp_path, [("When?", "|".join([span(*MONDAY)] * 2), "")], story))
    assert example.context == story


def test_a_span_beyond_the_story_is_dropped_with_its_reason(tmp_path):
    rows = [("When?", "|".join([span(*MONDAY)] * 2), ""), ("Where?", "900:910|900:910", "")]
    news = NewsQA(write_csv(tmp_path, rows))
    assert len(list(news)) == 1
    assert news.report.questions == 2
    assert sum(map(len, news.report.dropped.values())) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"data": [{"storyId": "a"}]}', "the file must be NewsQA .* but is not instead: 'questions'"),
        (
            '{"data": [{"storyId": "a", "text": null, "questions": []}]}',
            "line 1: the file must be NewsQA .* but is not instead: `text` of 'a' is None",
        ),
        ('{"data": [', "newsqa.json, line 1: the file must be JSON, but is malformed instead"),
        ('{"data": []}', "must hold usable golds, but none of its 0 questions has one"),
    ],
)
def test_json_that_is_no_newsqa_is_refused(tmp_path, text, message):
    (tmp_path / "newsqa.json").write_text(text)
    with pytest.raises(CorpusError, match=message):
        list(NewsQA(tmp_path / "newsqa.json"))


def test_csv_that_is_no_newsqa_is_refused(tmp_path):
    (tmp_path / "newsqa.csv").write_text("id,question\n1,?\n")
    with pytest.raises(
        CorpusError, match="must be NewsQA, but lacks the columns story_id, answer_char_ranges, story_t"
    ):
        list(NewsQA(tmp_path / "newsqa.csv"))
    with pytest.raises(
        CorpusError, match="line 2: the file .* but answers of './cnn/a.story' are 'x:y|x:y' for START:END inst"
    ):
        list(NewsQA(write_csv(tmp_path, [("When?", "x:y|x:y", "")])))
    for validated in ('{"0:3": null}', "[" * 100_000, "[1]"):
        with pytest.raises(
            CorpusError, match=r"line 2: the file .* but answers of './cnn/a.story' are '[\[{].* for START"
        ):
            list(NewsQA(write_csv(tmp_path, [("When?", "0:3|0:3", validated)])))


def test_csv_with_lines_that_are_cut_or_end_otherwise_is_refused_by_line(tmp_path):
    path = write_csv(tmp_path, [("When?", "0:3|0:3", "")])
    lines = path.read_text()
    path.write_text(lines + "./cnn/b.story,Who?\n")
    with pytest.raises(
        CorpusError, match="line 3: the file must be NewsQA, but has a row without answer_char_ranges, story_te"
    ):
        list(NewsQA(path))
    path.write_bytes(lines.encode().replace(b"\r", b"").replace(b"\n", b"\r"))
    with pytest.raises(CorpusError, match="csv: the file must be NewsQA, but new-line character seen"):
        list(NewsQA(path))


def test_csv_says_that_it_does_not_tell_splits_apart(tmp_path, caplog):
    path = write_csv(tmp_path, [("What?", span(*BRIDGE) + "|" + span(*BRIDGE), "")])
    with caplog.at_level("WARNING"):
        assert len(list(NewsQA(path))) == len(list(NewsQA(path, split="test"))) == 1
    assert [record.getMessage() for record in caplog.records if "splits" in record.getMessage()] == [
        f"{path}: CSV does not tell splits apart, so all of its stories are read as test"
    ]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="`path` must be a file of NewsQA, but .* is none instead"):
        NewsQA(tmp_path / "newsqa.json")
