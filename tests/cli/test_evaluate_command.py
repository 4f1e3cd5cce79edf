"""`hf-xlqa evaluate`: numbers worked by hand, from files to tables; a model's answers as its own files."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tiny_qa import TOKENIZER, tiny_examples, tiny_model
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.reports.system import SystemScores

CONTEXTS = {
    "en": "The river Elbe reached the town in 1875.",
    "de": "Im Jahr 1875 erreichte die Elbe den Ort.",
    "zh": "1875年易北河到达该镇。",
}
QUESTIONS = {
    "en": ("Which river reached the town?", "When did it reach the town?"),
    "de": ("Welcher Fluss erreichte den Ort?", "Wann erreichte er den Ort?"),
    "zh": ("哪条河到达该镇？", "何时到达该镇？"),
}
RIVERS = {"en": "The river Elbe", "de": "die Elbe", "zh": "易北河"}


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def corpus(folder: Path, language: str, *, name: str = "xquad", answered: bool = True) -> str:
    """A corpus of two questions, "river" and "year"; its specification."""
    context = CONTEXTS[language]
    questions = [
        {
            "id": id_,
            "question": question,
            "answers": [{"text": gold, "answer_start": context.index(gold)}] if answered else [],
        }
        for id_, question, gold in zip(("river", "year"), QUESTIONS[language], (RIVERS[language], "1875"), strict=True)
    ]
    document = {"data": [{"title": "Elbe", "paragraphs": [{"context": context, "qas": questions}]}]}
    return f"{name}/{language}={write(folder / f'{name}.{language}.json', document)}"


def answers(folder: Path, stem: str, river: str, year: str) -> Path:
    return write(folder / f"predictions_{stem}.json", {"river": river, "year": year})


def run(*words: Any) -> Result:
    return CliRunner().invoke(cli.app, ["evaluate", *map(str, words)])


def succeeded(*words: Any) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def grid_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def crossed(tmp_path: Path) -> list[Any]:
    """The words for a crossed corpus of three languages and its predictions.

    F1 of the cells, the contexts down, the questions across: "Elbe" for "die Elbe" is 2 * 1 / (1 + 2).
    """
    right = {language: (RIVERS[language], "1875") for language in CONTEXTS}
    cells = {
        "en.en": right["en"],  # 100
        "en.de": ("", "1875"),  # 50
        "en.zh": ("town", "town"),  # 0
        "de.en": ("Elbe", "1875"),  # 100 * (2/3 + 1) / 2
        "de.de": right["de"],  # 100
        "de.zh": ("", ""),  # 0
        "zh.en": ("镇", "1875"),  # 50
        "zh.de": ("", ""),  # 0
        "zh.zh": right["zh"],  # 100
    }
    for pair, texts in cells.items():
        answers(tmp_path / "xlmr", f"xquad_{pair}", *texts)
    specs = [corpus(tmp_path, language) for language in CONTEXTS]
    return [*specs, "--cross", "xquad", "--predictions", tmp_path / "xlmr", "--output", tmp_path / "out"]


def test_a_crossed_corpus_is_scored_cell_by_cell(crossed: list[Any], tmp_path: Path) -> None:
    output = succeeded(*crossed, "--seed", "3")
    scores = SystemScores.read(tmp_path / "out" / "scores.json")
    assert (scores.system, scores.seed) == ("xlmr", 3)
    f1 = {score.name.partition("/")[2]: score.f1 for score in scores.scores}
    two_thirds = pytest.approx(100 * (2 / 3 + 1) / 2)
    assert f1 == {
        **{"en": 100, "en.de": 50, "en.zh": 0},
        **{"de.en": two_thirds, "de": 100, "de.zh": 0},
        **{"zh.en": 50, "zh.de": 0, "zh": 100},
    }
    german = next(each for each in scores.sets if each.score.name == "xquad/de.en")
    assert german.by_id("exact_match") == {"river": 0, "year": 1}
    assert "rule:squad" in german.score.signature and "language:de" in german.score.signature
    matrix = grid_of(tmp_path / "out" / "gxlt_xquad_f1.csv")
    assert matrix[0][1:] == ["en", "de", "zh"]
    assert matrix[2] == ["de", repr(german.score.f1), "100.0", "0.0"]
    means = {line.rpartition("  ")[0].strip(): line for line in output.splitlines() if " of " in line}
    assert any("53.7" in line and "9 of 9" in line for line in means.values())  # (400 + 83.3) / 9
    assert any("30.6" in line and "6 of 6" in line for line in means.values())  # 183.3 / 6
    assert any("50.0" in line and "4 of 4" in line for line in means.values())  # without en
    assert "xquad crossed: 2 questions in every language" in output


def test_the_report_holds_what_is_printed_and_the_tables_are_csv(crossed: list[Any], tmp_path: Path) -> None:
    output = succeeded(*crossed)
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    for text in (
        "xquad crossed: 2 questions in every language",
        "rule:squad",
        "G-XLT of xquad, F1",
        "XLT: questions in",
    ):
        assert text in output and text in report
    for table in ("xlt.csv", "gxlt_xquad_f1.csv", "gxlt_xquad_exact_match.csv"):
        assert len({len(row) for row in grid_of(tmp_path / "out" / table)}) == 1
        assert table in output.splitlines()[-1]
    assert output.splitlines()[-1].startswith(f"written to {tmp_path / 'out'}: scores.json, report.md, ")
    xlt = grid_of(tmp_path / "out" / "xlt.csv")
    assert [row[1] for row in xlt[1:4]] == ["xquad/en", "xquad/de", "xquad/zh"]
    for picture in ("xlt.png", "gxlt_xquad_f1.png"):
        assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")
        assert f"![{Path(picture).stem}]({picture})" in report
    assert not list((tmp_path / "out").glob("*partial*"))


def test_breakdowns_are_of_the_questions_in_the_language_of_the_context(crossed: list[Any], tmp_path: Path) -> None:
    output = succeeded(*crossed)
    assert "By question type" in output and "By answer length" in output and "By script" in output
    rows = grid_of(tmp_path / "out" / "breakdown_script.csv")
    assert rows[0] == ["set", "script", "questions", "exact_match", "f1"]
    assert sorted(rows[1:]) == [
        [name, script, "1", "100.0", "100.0"]
        for name, script in (
            *(("xquad/de", "digits"), ("xquad/de", "latin")),
            *(("xquad/en", "digits"), ("xquad/en", "latin")),
            *(("xquad/zh", "digits"), ("xquad/zh", "han")),
        )
    ]


def test_breakdowns_are_of_all_sets_where_none_is_in_one_language(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.json", {"river": "Elbe", "year": "1875"})
    spec = corpus(tmp_path, "de", name="mlqa").replace("mlqa/de=", "mlqa/de.zh=")
    output = succeeded(spec, "--predictions", file, "--output", tmp_path / "out")
    assert "XLT: questions" not in output
    rows = grid_of(tmp_path / "out" / "breakdown_script.csv")
    assert sorted(rows[1:]) == [["mlqa/de.zh", script, "1", "100.0", "100.0"] for script in ("digits", "latin")]


def test_what_cannot_be_drawn_is_said(crossed: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    output = succeeded(*crossed)
    assert "no pictures: Pictures need matplotlib: pip install 'hf-xlqa[demo]'" in output
    assert not list((tmp_path / "out").glob("*.png"))


def test_rule_golds_and_missing_predictions_are_as_asked(tmp_path: Path) -> None:
    spec, out = corpus(tmp_path, "de", name="mlqa"), tmp_path / "out"
    file = write(tmp_path / "mine.json", {"river": "Elbe"})
    asked = [spec, "--predictions", file, "--output", out, "--missing", "zero"]
    output = succeeded(*asked)
    assert "mlqa/de: 1 questions have no prediction and score 0" in output
    (score,) = SystemScores.read(out / "scores.json").scores
    assert (score.exact_match, score.f1, score.metric) == (50, 50, "mlqa")  # "die" is an article
    succeeded(*asked, "--rule", "squad", "--golds", "first", "--system", "BERT")
    scores = SystemScores.read(out / "scores.json")
    assert (scores.system, scores.scores[0].exact_match) == ("BERT", 0)
    assert scores.scores[0].f1 == pytest.approx(100 / 3)
    assert "golds:first|missing:zero" in scores.scores[0].signature


def test_other_questions_are_left_out_and_counted_on_demand(tmp_path: Path) -> None:
    file = write(tmp_path / "all.json", {"river": "The river Elbe", "year": "1876", "else": "x", "other": "y"})
    asked = [corpus(tmp_path, "en"), "--predictions", file, "--output", tmp_path / "out"]
    refused = run(*asked)
    assert "2 of its 4 ids are unknown: 'else', 'other'; --subset leaves them out" in str(refused.exception)
    assert not (tmp_path / "out").exists()
    output = succeeded(*asked, "--subset")
    note = f"xquad/en: 2 predictions of {file} are of other questions and left out"
    assert note in output
    assert note in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    (score,) = SystemScores.read(tmp_path / "out" / "scores.json").scores
    assert (score.exact_match, score.questions) == (50, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "Either `--predictions` or `--model` must be given"),
        ({"--rule": "bleu"}, "`bleu` must be one of"),
        ({"--golds": "best"}, "`golds` must be one of all, first, but is 'best'"),
        ({"--missing": "skip"}, "`missing` must be one of refuse, zero, but is 'skip'"),
        ({"--cross": "mlqa"}, "`cross` must be one of the corpora given, xquad, but is 'mlqa'"),
        ({"--predictions": "absent.json"}, "'absent.json' does not exist"),
        ({"--model": "absent"}, "none or both are"),
        ({"--translations": "xquad/en:de=a.json"}, "`--translations` must go with `--model`"),
    ],
)
def test_wrong_calls_are_refused_and_leave_nothing(tmp_path: Path, change: dict[str, str], message: str) -> None:
    words = {"--predictions": str(answers(tmp_path, "xquad_en", "Elbe", "1875")), **change} if change else {}
    result = run(
        corpus(tmp_path, "en"), "--output", tmp_path / "out", *(each for pair in words.items() for each in pair)
    )
    assert result.exit_code != 0
    assert message in " ".join(f"{result.output} {result.exception}".replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_a_system_of_several_files_needs_a_name(tmp_path: Path) -> None:
    specs = [corpus(tmp_path, language) for language in ("en", "de")]
    files = {language: answers(tmp_path, language, "Elbe", "1875") for language in ("en", "de")}
    words = [each for language, file in files.items() for each in ("--predictions", f"xquad/{language}={file}")]
    refused = run(*specs, *words, "--output", tmp_path / "out")
    assert "`--system` must be given for 2 predictions, but is not" in str(refused.exception)
    succeeded(*specs, *words, "--system", "BERT", "--output", tmp_path / "out")
    assert SystemScores.read(tmp_path / "out" / "scores.json").system == "BERT"


def test_languages_of_tydiqa_have_both_means(tmp_path: Path) -> None:
    finnish = corpus(tmp_path, "de", name="tydiqa").replace("tydiqa/de", "tydiqa/fi")
    specs = [corpus(tmp_path, "en", name="tydiqa"), finnish]
    answers(tmp_path, "tydiqa_en", "The river Elbe", "1875")  # 100
    answers(tmp_path, "tydiqa_fi", "die Elbe", "")  # 50
    output = succeeded(*specs, "--predictions", tmp_path, "--output", tmp_path / "out")
    assert "tydiqa: rule:tydiqa|version:1.1|language:en+fi|golds:all|missing:refuse|corpus:tydiqa" in output
    means = {row[1]: row[5] for row in grid_of(tmp_path / "out" / "xlt.csv")[1:]}
    assert (means["mean with en (XTREME)"], means["mean without en (official)"]) == ("75.0", "50.0")
    assert not list((tmp_path / "out").glob("gxlt_*"))  # there is no question in another language


def test_the_folder_may_be_no_file(tmp_path: Path) -> None:
    file = answers(tmp_path, "xquad_en", "Elbe", "1875")
    result = run(corpus(tmp_path, "en"), "--predictions", file, "--output", file)
    assert result.exit_code == 2
    assert "is a file" in " ".join(result.output.replace("│", " ").split())


def test_a_model_has_no_predictions_to_leave_out(tmp_path: Path) -> None:
    result = run(corpus(tmp_path, "en"), "--model", "absent", "--subset", "--output", tmp_path / "out")
    assert "must go with `--predictions`" in " ".join(result.output.replace("│", " ").split())


def test_a_corpus_without_golds_or_a_language_without_a_rule_is_refused(tmp_path: Path) -> None:
    file = answers(tmp_path, "any", "Elbe", "1875")
    result = run(corpus(tmp_path, "en", answered=False), "--predictions", file, "--output", tmp_path / "out")
    assert "'river'" in str(result.exception)
    japanese = corpus(tmp_path, "zh").replace("xquad/zh", "mlqa/ja")
    result = run(japanese, "--predictions", file, "--output", tmp_path / "out")
    assert "mlqa/ja cannot be scored by mlqa" in str(result.exception)
    assert "`--rule universal` scores every language" in str(result.exception)


def test_a_user_sees_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"river": "Elbe",\n "year" 1875}')
    words = ["evaluate", corpus(tmp_path, "en"), "--predictions", str(file), "--output", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["hf-xlqa", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "is no JSON at line 2, column 9" in error


@pytest.fixture
def model(tmp_path: Path) -> Path:
    tiny_model().save_pretrained(tmp_path / "tiny")
    TOKENIZER.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_model_scores_what_its_written_predictions_score(model: Path, tmp_path: Path) -> None:
    specs = []
    for language, first in (("en", 0), ("de", 1)):
        write_squad(tmp_path / f"{language}.json", tiny_examples(5, language=language, first_place=first))
        specs.append(f"toy/{language}={tmp_path / f'{language}.json'}")
    out, again = tmp_path / "out", tmp_path / "again"
    asked = [*specs, "--cross", "toy", "--rule", "mlqa"]
    sizes = ["--max-length", 32, "--window-step", 12, "--max-question-length", 8, "--batch-size", 4]
    succeeded(*asked, "--model", model, *sizes, "--output", out)
    assert len(list(out.glob("predictions_toy_*.json"))) == len(list(out.glob("nbest_toy_*.json"))) == 4
    succeeded(*asked, "--predictions", out, "--system", "tiny", "--output", again)
    first, second = (SystemScores.read(folder / "scores.json") for folder in (out, again))
    assert (first.system, first.sets) == ("tiny", second.sets)
    assert {score.name for score in first.scores} == {"toy/en", "toy/en.de", "toy/de.en", "toy/de"}


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="needs real corpora")
@pytest.mark.parametrize(
    ("system", "totals"),
    [("bert_ensemble_google", (86.21, 92.20)), ("logistic_regression_stanford", (40.14, 50.98))],
)
def test_published_predictions_score_their_published_totals(
    tmp_path: Path, system: str, totals: tuple[float, float]
) -> None:
    data = Path(os.environ["XLQA_DATA"])
    predictions = ["--predictions", data / "predictions" / f"{system}.json", "--subset", "--missing", "zero"]
    succeeded(f"squad={data / 'squad' / 'dev-v1.1.json'}", *predictions, "--output", tmp_path)
    (score,) = SystemScores.read(tmp_path / "scores.json").scores
    assert (round(score.exact_match, 2), round(score.f1, 2)) == totals
