import json
import re

import pytest

from hf_xlqa.corpora.catalog import CATALOG, CorpusSpec, load_corpus, metric_of, parse_spec
from hf_xlqa.corpora.squad_format import CorpusReader
from hf_xlqa.metrics import load_metric


@pytest.mark.parametrize(
    ("spec", "language", "expected"),
    [
        ("squad", None, ("squad", "en", "en", None)),
        ("xquad/zh", None, ("xquad", "zh", "zh", None)),
        ("xquad", "de", ("xquad", "de", "de", None)),
        ("mlqa/en.de", None, ("mlqa", "en", "de", None)),
        ("drcd=some/folder=1/dev.json", None, ("drcd", "zh", "zh", "some/folder=1/dev.json")),
        ("drcd/en=dev.json", None, ("drcd", "en", "en", "dev.json")),
        ("xquad/zh.de=x.json", None, ("xquad", "zh", "de", "x.json")),
        ("my-corpus/fr=own.jsonl.gz", None, ("my-corpus", "fr", "fr", "own.jsonl.gz")),
    ],
)
def test_specifications(spec, language, expected):
    name, context, question, path = parse_spec(spec, language=language)
    assert (name, context, question, path and str(path)) == expected
    assert isinstance(parse_spec(spec, language=language), CorpusSpec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("sqad", "`corpus` must be one of squad, .*, sample, or NAME/LANGUAGE=PATH, but is 'sqad' instead"),
        ("mine=own.json", "`corpus` must be one of squad, "),
        ("xquad", "`corpus` must name a language, as in xquad/en, but is 'xquad'"),
        ("xquad/ja", "`language` of xquad must be one of en, ar, .*, zh, but is 'ja' instead"),
        ("mlqa/en.ja", "`language` of mlqa must be one of en, ar, .*, zh, but is 'ja' instead"),
        ("squad/zh", "`language` of squad must be one of en, but is 'zh' instead"),
        ("xquad/en.de", "`corpus` xquad must have questions in the language of its contexts.*en.de"),
        ("mlqa/en/de", re.escape("must be NAME[/CONTEXT[.QUESTION]][=PATH], but is 'mlqa/en/de' instead")),
        ("", "must be NAME"),
    ],
)
def test_unknown_names_list_the_known_ones(spec, message):
    with pytest.raises(ValueError, match=message):
        load_corpus(spec)


def test_a_local_path_is_read_with_repairs_that_are_counted(tmp_path):
    golds = [{"text": "Anna", "answer_start": "0"}, {"text": "Peter", "answer_start": -1}]
    questions = [{"id": "q1", "question": "Who?", "answers": golds}]
    paragraphs = [{"context": "Anna left.", "qas": questions}]
    (tmp_path / "dev.json").write_text(json.dumps({"data": [{"title": "T", "paragraphs": paragraphs}]}))
    for path in (tmp_path, tmp_path / "dev.json"):
        corpus = load_corpus(f"drcd/en.de={path}")
        assert isinstance(corpus, CorpusReader)
        (example,) = corpus
        assert (example.corpus, example.context_language, example.question_language) == ("drcd", "en", "de")
        assert [answer.text for answer in example.answers] == ["Anna"]
        assert corpus.report.dropped_answers == {"negative_offset/absent": ["q1"]}


def test_an_absent_path_is_refused():
    with pytest.raises(FileNotFoundError, match="`path` must be a corpus file or a folder"):
        load_corpus("drcd=absent.json")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_sample_is_a_corpus_like_any_other(split):
    examples = list(load_corpus("sample/de", split=split))
    assert {(example.context_language, example.question_language) for example in examples} == {("de", "de")}
    crossed = list(load_corpus("sample/de.hi", split=split))
    assert [(each.id, each.context, each.answers) for each in crossed] == [
        (each.id, each.context, each.answers) for each in examples
    ]
    hindi = [each.question for each in load_corpus("sample/hi", split=split)]
    assert [(each.question, each.question_language) for each in crossed] == [(question, "hi") for question in hindi]


def test_an_unknown_split_lists_the_known_ones():
    with pytest.raises(
        ValueError, match="`split` of sample must be one of train, validation, test, but is 'dev' instead"
    ):
        load_corpus("sample/de", split="dev")
    with pytest.raises(ValueError, match="`split` of google/xquad must be one of validation, but is 'train' instead"):
        load_corpus("xquad/de", split="train")


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("squad", "squad"),
        ("squadshifts_reddit", "squad"),
        ("xquad", "squad"),
        ("mlqa", "mlqa"),
        ("cmrc2018", "cmrc2018"),
        ("drcd", "drcd"),
        ("korquad", "korquad"),
        ("jaquad", "universal"),
        ("tydiqa", "tydiqa"),
        ("sample", "universal"),
    ],
)
def test_a_corpus_is_scored_by_its_official_rule_or_the_universal_one(name, rule):
    assert metric_of(name) == rule


def test_the_rule_of_an_unknown_corpus_lists_the_known_ones():
    with pytest.raises(ValueError, match="`corpus` must be one of squad, .*, sample, but is 'nothing' instead"):
        metric_of("nothing")


@pytest.mark.parametrize("name", CATALOG)
def test_the_rule_of_a_corpus_is_a_file_and_takes_all_its_languages(name):
    gold = {"id": "1", "answers": {"text": ["1889"], "answer_start": [0]}}
    for language in CATALOG[name].languages:
        metric = load_metric(metric_of(name), language=language)
        result = metric.compute(predictions=[{"id": "1", "prediction_text": "1889"}], references=[gold])
        assert result["exact_match"] == 100


def test_commits_are_pinned_but_where_the_parquet_conversion_is_all_there_is():
    for corpus in CATALOG.values():
        if corpus.hub:
            pinned = re.fullmatch("[0-9a-f]{40}", corpus.hub.revision) is not None
            assert pinned == (corpus.hub.data_files is None)
