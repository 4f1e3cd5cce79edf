"""Evaluation corpora: their translations, where these come from, and the golds they are scored with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_corpora import TOWNS, article, gold, questions_of, write_articles, write_language
from tiny_tokenizers import tiny_tokenizer

from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.corpora.sample.grammar import LANGUAGES
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets, sample_translations, selection_set
from hf_xlqa.experiment.scoring import metric_name
from hf_xlqa.schema import ParallelExample, Prediction, Span

TOKENIZER = tiny_tokenizer("bert")
TEST = sample_examples("test", "hi", paragraphs=3)


def arguments(**options: Any) -> DataArguments:
    sizes = {"max_length": 192, "window_step": 96, "max_question_length": 64}
    return DataArguments(**{**sizes, "max_evaluation_examples": 6, "languages": ["en", "ja", "ko"], **options})


def only(*, missing: str | None = None, **options: Any) -> EvaluationSet:
    """The one evaluation set of some arguments."""
    (each,) = evaluation_sets(arguments(**options), TOKENIZER, missing=missing)
    return each


def absent(each: EvaluationSet, language: str) -> int:
    """How many windows have no window in a language."""
    assert each.parallel is not None
    return each.parallel.report[language].unpaired


def predictions(texts: dict[str, str]) -> list[Prediction]:
    return [Prediction(id, (Span(text, 0, len(text), 0.0),)) for id, text in texts.items()]


def test_gold_translations_tell_the_same_in_another_language() -> None:
    gold_of = {example.parallel_id: example for example in sample_examples("test", "ko", paragraphs=3)}
    assert sample_translations(TEST, "ko", "gold") == [gold_of[example.parallel_id] for example in TEST]


@pytest.mark.parametrize("kind", ["gold", "lexicon"])
def test_the_translation_to_the_own_language_is_the_text_itself(kind: str) -> None:
    assert sample_translations(TEST, "hi", kind) == TEST


def test_lexicon_translations_are_of_the_words_as_they_stand() -> None:
    words = sample_translations(TEST, "en", "lexicon")
    assert [example.parallel_id for example in words] == [example.parallel_id for example in TEST]
    assert {example.context_language for example in words} == {"en"}
    assert [example.context for example in words] != [
        example.context for example in sample_translations(TEST, "en", "gold")
    ]
    assert all(word.isascii() for example in words for word in example.context.split())


@pytest.mark.parametrize("language", ["ko", "hi"])
def test_wrong_translations_are_of_another_paragraph(language: str) -> None:
    for example, wrong in zip(TEST, sample_translations(TEST, language, "wrong"), strict=True):
        assert (wrong.parallel_id, wrong.context_language) == (example.parallel_id, language)
        assert wrong.title != example.title


@pytest.mark.parametrize("kind", ["gold", "lexicon", "wrong"])
def test_a_model_of_translations_reads_the_kind_that_is_asked_for(kind: str) -> None:
    each = only(evaluate=["sample/zh"], sample_translations=kind, missing="copy")
    assert (each.translations, each.language, len(each.examples)) == (kind, "zh", 6)
    assert each.parallel is not None and list(each.parallel.report) == ["ja", "ko"]
    assert absent(each, "ja") == absent(each, "ko") == 0


@pytest.mark.parametrize("missing", ["copy", "skip"])
def test_what_stands_in_for_translations_is_said_where_there_are_none(missing: str) -> None:
    each = only(evaluate=["sample/zh"], sample_translations="none", missing=missing)
    assert (each.translations, each.parallel) == (missing, None)


def test_a_model_of_one_language_gets_no_translations() -> None:
    each = only(evaluate=["sample/zh"], sample_translations="gold")
    assert (each.translations, each.parallel) == ("none", None)


def test_the_default_is_the_test_split_in_all_six_languages() -> None:
    sets = evaluation_sets(arguments(max_evaluation_examples=3), TOKENIZER)
    assert [each.name for each in sets] == [f"sample/{language}" for language in LANGUAGES]
    assert {each.examples[0].title for each in sets} == {"test-0"}


def test_translations_come_from_files_and_their_absence_is_said(tmp_path: Path) -> None:
    options = {
        "evaluate": [f"bridges/en={write_language(tmp_path, 'en', range(3))}"],
        "missing": "skip",
    }
    korean = f"bridges/en:ko={write_language(tmp_path, 'ko', range(3))}"
    japanese = f"bridges/en:ja={write_language(tmp_path, 'ja', [0, 2])}"
    whole = only(evaluation_translations=[korean, japanese], **options)
    assert (whole.translations, absent(whole, "ko"), absent(whole, "ja")) == ("given", 0, 2)
    partial = only(evaluation_translations=[korean], **options)
    assert (partial.translations, absent(partial, "ko"), absent(partial, "ja")) == ("given, skip for ja", 0, 6)
    assert only(**options).translations == "skip"


def test_translations_must_be_of_an_evaluated_corpus() -> None:
    with pytest.raises(ValueError, match=r"must be of corpora in `evaluate`, but \['xquad/hi'\] are not"):
        only(evaluate=["sample/zh"], evaluation_translations=["xquad/hi:en=a.json"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"evaluate": ["xqad/hi"]}, "`corpus` must be one of squad, .*xquad.*, but is 'xqad/hi' instead"),
        ({"evaluate": ["xquad/fr"]}, "`language` of xquad must be one of en, .*, but is 'fr' instead"),
        ({"evaluate": ["xquad"]}, "`corpus` must name a language, as in xquad/en"),
        ({"evaluate": ["sample/fr"]}, "`language` .*must be one of .*, but is 'fr' instead"),
        ({"evaluate": ["mlqa/en"], "evaluation_split": "dev"}, "`split` of .*must be one of .*, but is 'dev' instead"),
    ],
)
def test_unknown_names_list_the_known_ones(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        only(**options)


def test_a_language_the_rule_does_not_know_is_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`language` must be .*en.*, but is 'fr' instead"):
        only(evaluate=[f"mlqa/fr={write_language(tmp_path, 'en', [0])}"])


def test_two_sets_of_one_name_are_refused_before_training() -> None:
    with pytest.raises(ValueError, match="must have a different name for each set, but has sample/zh, sample/zh"):
        only(evaluate=["sample/zh", "sample/zh"])


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent.json"):
        only(evaluate=[f"bridges/en={tmp_path / 'absent.json'}"])


def test_a_corpus_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    articles = [article(0, "en")]
    for question in questions_of(articles).values():
        del question["question"]
    with pytest.raises(ValueError, match="`bridges/en=.*` must hold examples, but holds none that can be read"):
        only(evaluate=[f"bridges/en={write_articles(tmp_path / 'en.json', articles)}"])


def test_golds_that_do_not_stand_in_their_context_count_in_the_score(tmp_path: Path) -> None:
    """As in the official scripts, which compare texts only."""
    articles = [article(number, "en") for number in range(2)]
    answers = questions_of(articles)["1-where"]["answers"]
    answers[0] = gold("nowhere", "the city of Bonn")
    assert answers[0]["answer_start"] == -1
    each = only(evaluate=[f"squad/en={write_articles(tmp_path / 'en.json', articles)}"])
    texts = {"0-where": TOWNS[0]["en"], "0-when": "1800", "1-where": "city of Bonn", "1-when": "1801"}
    assert each.score(predictions(texts)).exact_match == 100
    assert each.score(predictions({**texts, "1-where": "Bonn"})).exact_match == 75


def test_only_the_golds_of_the_first_examples_are_asked_for(tmp_path: Path) -> None:
    each = only(evaluate=[f"squad/en={write_language(tmp_path, 'en')}"], max_evaluation_examples=3)
    score = each.score(predictions({"0-where": TOWNS[0]["en"], "0-when": "1799", "1-where": TOWNS[1]["en"]}))
    assert (score.questions, score.exact_match) == (3, pytest.approx(200 / 3))


def test_the_rule_is_that_of_the_corpus() -> None:
    assert (metric_name("mlqa"), metric_name("xquad"), metric_name("my_own")) == ("mlqa", "squad", "universal")


@pytest.mark.parametrize(("parallel", "provenance"), [(True, "given"), (False, "none")])
def test_held_out_pivots_keep_their_own_translations(parallel: bool, provenance: str) -> None:
    english, korean = (sample_examples("dev", language, paragraphs=2) for language in ("en", "ko"))
    pairs = [ParallelExample(pivot, {"ko": other}) for pivot, other in zip(english, korean, strict=True)]
    pairs[0] = ParallelExample(english[0])
    data = arguments(languages=["en", "ko"])
    each = selection_set("bridges", pairs, TOKENIZER, data, parallel=parallel)
    assert (each.name, each.language, each.translations, each.metric) == (
        "bridges_held_out/en",
        "en",
        provenance,
        "universal",
    )
    assert list(each.examples) == english
    if parallel:
        windows = [row for row in each.features.windows["example_index"] if row == 0]
        assert absent(each, "ko") == len(windows)


def test_held_out_examples_of_the_sample_are_read_with_gold_translations() -> None:
    examples = [ParallelExample(each) for each in sample_examples("dev", "ko", paragraphs=1)]
    each = selection_set("sample", examples, TOKENIZER, arguments(languages=["ko"]), parallel=True)
    assert (each.name, each.translations, each.metric) == ("sample_held_out/ko", "gold", metric_name("sample"))
