"""The study of zero-shot transfer: its corpora, who is trained on what, and what is told of the answers."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny_runs import quick_training

from hf_xlqa.corpora.sample.grammar import LANGUAGES
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.comparison import Settings
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.experiment.study import System, study
from hf_xlqa.experiment.zero_shot_corpora import ZeroShotCorpora, changes_table
from hf_xlqa.experiment.zero_shot_states import ReaderStates, read_states
from hf_xlqa.experiment.zero_shot_study import ZeroShotStudy
from hf_xlqa.experiment.zero_shot_tables import factors_table, of_languages
from hf_xlqa.reports import Score
from hf_xlqa.reports.system import ScoredSet, SystemScores

NAMES = [
    *LANGUAGES,
    "en+zh",
    "en half",
    "zh half",
    "en-zh",
    "en-ja",
    "en-ko",
    "en-de",
    "zh-en",
    "zh-ja",
    "zh-ko",
    "zh-de",
]
NAMES += [f"en-{order}" for order in ("sov", "vos", "vso", "osv", "ovs")]
SETS = [*(f"biographies/{language}" for language in LANGUAGES), "permuted/en", "permuted/zh"]
SETS += [f"switched-{language}/en" for language in LANGUAGES if language != "en"]
QUESTIONS = 6


def of(folder: Path, **options: Any) -> ZeroShotStudy:
    sizes = {name: SAMPLE_SETTINGS[name] for name in ("max_length", "window_step")}
    data = DataArguments(max_evaluation_examples=QUESTIONS, **sizes)
    training = quick_training(folder, max_steps=2, per_device_train_batch_size=4)
    return ZeroShotStudy(
        **{"paragraphs": 4, "part": "dev", "data": data, "training": training, "seeds": [0], **options}
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> ZeroShotCorpora:
    corpora = ZeroShotCorpora(tmp_path_factory.mktemp("files"), 4, "dev", QUESTIONS)
    corpora.write()
    return corpora


def read(corpora: ZeroShotCorpora, name: str, language: str) -> list[Any]:
    path = corpora.training_spec(name, language).partition("=")[2]
    return list(read_examples(path, language=language, corpus="study"))


def test_translations_are_of_the_same_paragraphs_as_what_they_are_translated_from(written: ZeroShotCorpora) -> None:
    english, chinese, half = (read(written, *each) for each in (("en", "en"), ("en-zh", "zh"), ("zh half", "zh")))
    assert [len(each) for each in (english, chinese, half)] == [12, 12, 6]
    assert [each.parallel_id for each in chinese] == [each.parallel_id for each in english]
    assert all(each.answers[0].text in each.context for each in chinese)
    assert not any(letter.isascii() and letter.isalpha() for letter in chinese[0].context.replace("did", ""))
    assert {each.parallel_id for each in half} < {each.parallel_id for each in english}


def test_orders_are_those_of_their_names(written: ZeroShotCorpora) -> None:
    told = {order: read(written, f"en-{order}", "en") for order in ("sov", "ovs")}
    contexts = {order: examples[0].context for order, examples in told.items()}
    assert "she a job took in" in contexts["sov"] and "a job took she in" in contexts["ovs"]
    changes = written.changes()
    assert changes["en-sov"].lost == 0 and changes["en-sov"].told["answers"] == 12
    assert 0 < changes["en-sov"].told["sentences changed"] < changes["en-ovs"].told["sentences changed"]


def test_evaluated_questions_have_one_id_in_all_sets(written: ZeroShotCorpora) -> None:
    sets = {spec.partition("=")[0]: spec.partition("=")[2] for spec in written.evaluation_specs}
    assert list(sets) == SETS
    read_sets = {name: list(read_examples(path, language=name[-2:], corpus="study")) for name, path in sets.items()}
    ids = [each.id for each in read_sets["biographies/hi"]]
    assert len(ids) == QUESTIONS and all([each.id for each in examples] == ids for examples in read_sets.values())
    untouched, permuted, switched = (read_sets[name][0] for name in ("biographies/en", "permuted/en", "switched-ko/en"))
    assert sorted(len(text.context.split()) for text in (untouched, permuted)) == [len(untouched.context.split())] * 2
    assert permuted.context != untouched.context
    names = untouched.answers[0].text
    assert names in switched.context and names == switched.answers[0].text
    assert 0.4 < written.replaced("ko") < 0.7


def test_what_was_changed_is_told(written: ZeroShotCorpora) -> None:
    lines = changes_table(written.changes().values(), style="csv").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [
        *(f"en-{order}" for order in ("sov", "vos", "vso", "osv", "ovs")),
        *("permuted-en", "permuted-zh"),
        *(f"switched-{language}" for language in LANGUAGES if language != "en"),
    ]
    assert lines[6].startswith("permuted-en,6,0,words permuted ") and "substitution ratio 0." in lines[-1]


def test_systems_are_the_rows_of_the_paper(tmp_path: Path) -> None:
    systems = {system.name: system for system in of(tmp_path).systems}
    assert list(systems) == NAMES
    assert systems["en+zh"].data["train"] == [
        f"en/en={tmp_path}/files/train.en.json",
        f"zh/zh={tmp_path}/files/train.zh.json",
    ]
    assert systems["en half"].data["train"] == [f"en_half/en={tmp_path}/files/train.en_half.json"]
    assert systems["zh-ko"].data["train"] == [f"zh-ko/ko={tmp_path}/files/train.zh-ko.json"]
    languages = {name: tuple(system.languages) for name, system in systems.items()}
    assert languages["en-zh"] == ("zh",) and languages["en-sov"] == ("en",) and languages["en+zh"] == ("en", "zh")
    assert [name for name, system in systems.items() if system.keep] == list(LANGUAGES)


ASKED = ("en", "zh", "de", "hi")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> ZeroShotStudy:
    """Two updates of three systems, on five sets."""
    small = of(tmp_path_factory.mktemp("trained"))
    small.corpora.write()
    small.data.evaluate = [
        *asked_in(small),
        *(each for each in small.corpora.evaluation_specs if "permuted/zh" in each),
    ]
    chosen = [system for system in small.systems if system.name in ("en", "zh", "en-sov")]
    study(chosen, small.training, small.data, seeds=[0])
    return small


def asked_in(small: ZeroShotStudy) -> list[str]:
    specs = {spec.partition("=")[0]: spec for spec in small.corpora.evaluation_specs}
    return [specs[f"biographies/{language}"] for language in ASKED]


def test_readers_train_and_answer(trained: ZeroShotStudy) -> None:
    systems = {system.name: system for system in trained.systems}
    for name in ("en", "zh", "en-sov"):
        folder = systems[name].folder(trained.folder, 0)
        texts = {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("predictions_*.json")}
        assert {len(answers) for answers in texts.values()} == {QUESTIONS} and len(texts) == 5
        assert (folder / "model.safetensors").is_file() == (name != "en-sov")


def scored(system: str, known: dict[str, int]) -> SystemScores:
    """A run that answers the first questions of each language."""
    sets = []
    for language, count in known.items():
        right = np.array([row < count for row in range(QUESTIONS)], dtype=float)
        mean = 100 * right.mean()
        score = Score(f"biographies/{language}", language, "universal", mean, mean, QUESTIONS, "signature")
        sets.append(ScoredSet(score, tuple(map(str, range(QUESTIONS))), right, right))
    return SystemScores(system=system, sets=tuple(sets), seed=0, versions={}, command="")


@pytest.fixture(scope="module")
def states(trained: ZeroShotStudy) -> ReaderStates:
    """Of two of the readers, with scores of our own."""
    known = {"en": dict(zip(ASKED, (6, 3, 5, 1), strict=True)), "zh": dict(zip(ASKED, (2, 6, 0, 4), strict=True))}
    systems = {system.name: system for system in trained.systems}
    readers = {name: (systems[name].folder(trained.folder, 0), scored(name, own)) for name, own in known.items()}
    return read_states(readers, asked_in(trained), trained.data, trained.folder / "states")


def test_states_of_readers_are_laid_beside_their_scores(states: ReaderStates, tmp_path: Path) -> None:
    pairs, correlations = ([row.split(",") for row in each.render(style="csv").splitlines()] for each in states.tables)
    assert [row[0] for row in pairs[1:]] == ["en-zh", "en-de", "en-hi", "zh-en", "zh-de", "zh-hi"]
    f1 = [float(row[-1]) for row in pairs[1:]]
    assert f1 == pytest.approx([50, 250 / 3, 50 / 3, 100 / 3, 0, 200 / 3])
    cosines = [float(row[1]) for row in pairs[1:]]
    assert all(-1 <= each <= 1 for each in cosines) and len(set(cosines)) == 6
    assert correlations[2][:3] == ["cosine", "F1", "6"]
    expected = np.corrcoef(cosines, f1)[0, 1]
    assert float(correlations[2][3]) == pytest.approx(expected)
    assert f"| {expected:.2f} [" in states.tables[1].render(style="markdown").splitlines()[3]
    pictures = {picture.file: picture.draw(tmp_path / picture.file) for picture in states.pictures}
    assert list(pictures) == ["tokens.png", "similarity-cosine.png", "similarity-svcca.png"]
    assert all(path.stat().st_size > 1000 for path in pictures.values())
    assert set(states.first.sides) == {"before", "after"}


def test_each_reader_has_the_report_of_its_own_states(states: ReaderStates, trained: ZeroShotStudy) -> None:
    folders = [trained.folder / "states" / source for source in ("en", "zh")]
    titles = [(folder / "transfer.md").read_text("utf-8").partition("\n")[0] for folder in folders]
    assert [title.partition(" in ")[0] for title in titles] == ["# Transfer from en", "# Transfer from zh"]
    assert ["before" in json.loads((folder / "transfer.json").read_text("utf-8"))["sides"] for folder in folders] == [
        True,
        False,
    ]


def test_pairs_that_score_alike_have_no_correlation(states: ReaderStates, tmp_path: Path) -> None:
    alike = {pair: replace(score, exact_match=50.0, f1=50.0) for pair, score in states.scores.items()}
    states = replace(states, scores=alike)
    assert states.tables[1].render(style="csv").splitlines()[1] == "cosine,EM,6,-,-,-,-"
    assert states.pictures[1].draw(tmp_path / "similarity.png").is_file()


def right(system: int, of_set: int) -> int:
    """How many questions a system answers in the report's test."""
    return (system + of_set) % (QUESTIONS + 1)


def share(system: str, name: str) -> float:
    return 100 * right(NAMES.index(system), SETS.index(name)) / QUESTIONS


def no_states(readers: dict[str, tuple[Path, SystemScores]], corpora: list[str], *_: Any) -> SimpleNamespace:
    """Takes the place of reading the states of checkpoints, which the systems of this test have not."""
    assert list(readers) == list(LANGUAGES) and [spec.partition("=")[0] for spec in corpora] == SETS[:6]
    assert all(checkpoint.name == f"{name}-0" and run.system == name for name, (checkpoint, run) in readers.items())
    return SimpleNamespace(tables=[], pictures=[])


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study whose systems answer as many questions as `right` says."""
    small = of(tmp_path_factory.mktemp("reported"))

    def answer(systems: list[System], *_: Any, **__: Any) -> None:
        sets = [(spec.partition("=")[0], spec.partition("=")[2]) for spec in small.corpora.evaluation_specs]
        golds = {
            name: {each.id: each.answers[0].text for each in read_examples(path, language=name[-2:], corpus="study")}
            for name, path in sets
        }
        for place, system in enumerate(systems):
            folder = system.folder(small.folder, 0)
            folder.mkdir()
            for number, (name, texts) in enumerate(golds.items()):
                known = dict(list(texts.items())[: right(place, number)])
                file = folder / f"predictions_{name.replace('/', '_')}.json"
                file.write_text(json.dumps(dict.fromkeys(texts, "") | known), encoding="utf-8")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_xlqa.experiment.paper_study.study", answer)
        patch.setattr("hf_xlqa.experiment.zero_shot_study.read_states", no_states)
        patch.setattr("hf_xlqa.experiment.zero_shot_study.Settings", partial(Settings, resamples=100))
        text = small.run()
    assert "Table 2: languages and translations trained on" in text
    return small.folder


def cells(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_report_has_the_tables_tests_and_pictures(reported: Path) -> None:
    page = (reported / "scores.md").read_text(encoding="utf-8")
    titles = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert titles[:5] == [
        "Table 1: Chinese by what was trained on",
        "Table 2: languages and translations trained on",
        "Table 3: permuted languages",
        "Table 4: code-switched English",
        "Table 6: orders of subject, verb and object",
    ]
    assert len(titles) == 12 and "right in 33.3 % of the questions" in page
    pictures = ["translated-en", "translated-zh", "permuted", "switched", "orders"]
    assert all(f"![{name}]({name}.png)" in page for name in pictures)
    assert all((reported / f"{name}.png").stat().st_size > 1000 for name in pictures)
    second = {(row[0], row[1]): float(row[4]) for row in cells(reported / "table2.csv")[1:] if row[1] in SETS}
    assert {system for system, _ in second} == set(NAMES[:-5]) - {"en+zh"}
    assert second["zh-ko", "biographies/de"] == pytest.approx(share("zh-ko", "biographies/de"))
    sixth = {row[0] for row in cells(reported / "table6.csv")[1:]}
    assert sixth == {"en", *NAMES[-5:]}
    third = {(row[0], row[1]): float(row[2]) for row in cells(reported / "table3.csv")[1:]}
    assert third == {
        ("en → en", "untouched"): pytest.approx(share("en", "biographies/en")),
        ("en → en", "permuted"): pytest.approx(share("en", "permuted/en")),
        ("en → zh", "untouched"): pytest.approx(share("en", "biographies/zh")),
        ("en → zh", "permuted"): pytest.approx(share("en", "permuted/zh")),
        ("zh → zh", "untouched"): pytest.approx(share("zh", "biographies/zh")),
        ("zh → zh", "permuted"): pytest.approx(share("zh", "permuted/zh")),
    }
    fourth = cells(reported / "table4.csv")
    assert fourth[0] == ["train → test", "words", "EM", "F1", "words replaced"] and len(fourth) == 13
    assert float(fourth[4][2]) == pytest.approx(share("en", "switched-ko/en")) and fourth[4][:2] == [
        "en → en",
        "with ko",
    ]
    assert 0.4 < float(fourth[4][4]) < 0.7 and float(fourth[1][4]) == 0


def test_each_family_is_compared_with_its_untouched_corpus(reported: Path) -> None:
    families = {place: cells(reported / f"tests{place}.csv") for place in range(1, 6)}
    columns = families[1][0]
    baseline, system, name = (columns.index(each) for each in ("baseline", "system", "set"))
    found = {
        place: ({row[baseline] for row in rows[1:]}, {row[system] for row in rows[1:]}, {row[name] for row in rows[1:]})
        for place, rows in families.items()
    }
    three = {"biographies/en", "biographies/zh", "biographies/ko", "biographies, pooled"}
    pooled = {each for each in three if "pooled" not in each} | {'"biographies'}
    assert found[1] == ({"en"}, {"en half", "en-zh", "en-ja", "en-ko", "en-de", "en+zh", "zh-en"}, pooled)
    assert found[2] == ({"zh"}, {"zh half", "zh-en", "zh-ja", "zh-ko", "zh-de", "en+zh", "en-zh"}, pooled)
    assert found[3] == ({"en"}, set(NAMES[-5:]), pooled)
    switched = {f"with {language}" for language in LANGUAGES if language != "en"}
    assert found[4] == ({"untouched"}, {"permuted", *switched}, {"biographies/en"})
    assert found[5] == ({"untouched"}, {"permuted"}, {"biographies/zh"})


def test_factors_are_told_apart() -> None:
    """Chinese costs 20 points, a half 2, a translation 10, another language 1 a place in the table."""

    def score(name: str, language: str, place: int) -> Score:
        f1 = 80 - 20 * name.startswith("zh") - 2 * ("half" in name) - 10 * ("-" in name) - place
        return Score(f"biographies/{language}", language, "universal", f1, f1 + 0.01 * (len(name) % 3), 6, "signature")

    rows = {name: [score(name, each, place) for place, each in enumerate(("en", "zh", "ko"))] for name in NAMES}
    assert [each.name for each in of_languages(rows, ["ko"])["zh"]] == ["biographies/ko"]
    table = [line.split(",") for line in factors_table(rows, style="csv").splitlines()]
    assert [row[0] for row in table[1:]] == ["corpus", "size", "translated", "asked in"]
    alone, beside = ({row[0]: float(row[column]) for row in table[1:]} for column in (3, 6))
    assert alone["corpus"] > 0.7 > 0.3 > alone["translated"] > alone["asked in"]
    assert all(each > 0.99 for each in beside.values())


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`part` must be one of dev, test, but is 'train' instead"):
        of(tmp_path, part="train")
