"""Scores of predictions: which rule, whose language, question by question."""

from __future__ import annotations

import pytest

from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.experiment.scoring import Rule, metric_name, score_set, signatures


def question_set(name: str, context: str, question: str, **golds: list[str]) -> QuestionSet:
    references = [
        {"id": id_, "answers": {"text": texts, "answer_start": [0] * len(texts)}} for id_, texts in golds.items()
    ]
    return QuestionSet(name, context, question, [], references)


def test_the_rule_is_that_of_the_corpus_in_the_language_of_the_context() -> None:
    """The article "die" counts for nothing in German contexts, and for a word in English ones."""
    texts = {"a": "die Donau", "b": "Elbe"}
    scored = [
        score_set(question_set(name, context, question, a=["Donau"], b=["Rhein"]), texts, Rule())
        for name, context, question in (("mlqa/de.en", "de", "en"), ("mlqa/en.de", "en", "de"))
    ]
    german, english = (each.score for each in scored)
    assert (german.exact_match, german.f1, german.questions, german.metric) == (50, 50, 2, "mlqa")
    assert english.exact_match == 0
    assert english.f1 == pytest.approx(100 / 3)  # 2 / (2 + 1) for one of two
    assert (german.language, german.question_language) == ("de", "en")
    assert scored[1].by_id("f1") == {"a": pytest.approx(2 / 3), "b": 0.0}
    assert "rule:mlqa" in german.signature and "language:de" in german.signature and "corpus:mlqa" in german.signature
    assert signatures(scored) == [f"mlqa/de.en: {german.signature}", f"mlqa/en.de: {english.signature}"]


def test_golds_and_missing_predictions_are_counted_as_asked() -> None:
    each = question_set("squad/en", "en", "en", a=["one", "two"], b=["three"])
    texts = {"a": "two"}
    with pytest.raises(ValueError, match="squad/en: `predictions` must answer every question.*: 'b'"):
        score_set(each, texts, Rule())
    assert score_set(each, texts, Rule(missing="zero")).score.exact_match == 50
    assert score_set(each, texts, Rule(missing="zero", golds="first")).score.exact_match == 0


def test_another_rule_is_used_on_demand_and_stands_in_the_score() -> None:
    each = question_set("squad/en", "en", "en", a=["one"])
    score = score_set(each, {"a": "one"}, Rule("mlqa"), translations="copy").score
    assert (score.metric, score.translations) == ("mlqa", "copy")


def test_a_variant_of_a_rule_is_named_after_a_colon() -> None:
    each = question_set("korquad/ko", "ko", "ko", a=["서울 시"])
    first, second = (score_set(each, {"a": "서울시"}, Rule(name)).score for name in ("korquad", "korquad:2.0"))
    assert "rule:korquad|version:1.0" in first.signature and "rule:korquad|version:2.0" in second.signature
    assert (first.exact_match, second.exact_match) == (0, 100)  # blanks count in 1.0 alone
    with pytest.raises(
        ValueError, match="korquad/ko cannot be scored by korquad:3: `config_name` must be one of 1.0, 2.0"
    ):
        Rule("korquad:3").check([each])
    with pytest.raises(ValueError, match="`config_name` must be one of 1.0, 2.0, but is '' instead"):
        Rule("korquad:").check([each])


def test_unknown_rules_and_languages_are_refused() -> None:
    each = question_set("mlqa/ja", "ja", "ja", a=["一"])
    with pytest.raises(ValueError, match="`bleu` must be one of .*squad"):
        Rule("bleu").check([each])
    with pytest.raises(
        ValueError, match="mlqa/ja cannot be scored by mlqa: `language` must be .* `--rule universal` scores every"
    ):
        Rule().check([each])
    with pytest.raises(ValueError, match="mlqa/ja cannot be scored by squad: `golds` must be one of all, first"):
        Rule("squad", golds="second").check([each])
    with pytest.raises(ValueError, match=r'must be a code such as "zh" or "zh-TW", but is \'Japanese\' instead\.$'):
        Rule("squad").check([question_set("mine/Japanese", "Japanese", "Japanese", a=["一"])])


def test_corpora_of_ones_own_are_scored_by_the_rule_for_every_language() -> None:
    assert (metric_name("mlqa"), metric_name("mine")) == ("mlqa", "universal")
