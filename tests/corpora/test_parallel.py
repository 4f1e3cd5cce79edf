import json
import tracemalloc

import pytest

from hf_xlqa.corpora.doctor import parallel
from hf_xlqa.corpora.findings import CorpusError
from hf_xlqa.corpora.parallel import MissingTranslation

TEXTS = {"en": "Anna left.", "de": "Anna ging.", "zh": "Anna走了。"}


def _write(folder, language, ids, **changes):
    path = folder / f"{language}.json"
    answers = [{"text": "Anna", "answer_start": 0}]
    questions = [{"id": each, "question": "?", "answers": answers, **changes} for each in ids]
    path.write_text(
        json.dumps({"data": [{"title": "T", "paragraphs": [{"context": TEXTS[language], "qas": questions}]}]})
    )
    return path


def _ids(corpus):
    return [(example.pivot.id, list(example.translations)) for example in corpus]


def test_examples_are_joined_by_id_whatever_the_order_of_the_files(tmp_path):
    files = {"en": _write(tmp_path, "en", "abc"), "de": _write(tmp_path, "de", "cab")}
    corpus = parallel(files, corpus="drcd")
    joined = {example.pivot.id: example for example in corpus}
    assert set(joined) == {"a", "b", "c"}
    assert joined["a"].pivot.context == TEXTS["en"]
    assert joined["a"].translations["de"].context == TEXTS["de"]
    assert joined["a"].translations["de"].corpus == "drcd"
    assert (corpus.report.paired, corpus.report.partial, corpus.report.is_whole) == (3, 0, True)


def test_what_does_not_pair_is_kept_and_reported_with_its_ids(tmp_path, caplog):
    files = {language: _write(tmp_path, language, ids) for language, ids in (("en", "abd"), ("de", "ab"), ("zh", "bc"))}
    corpus = parallel(files)
    assert _ids(corpus) == [("b", ["de", "zh"]), ("a", ["de"]), ("d", [])]
    assert corpus.report.missing == {"zh": ["a", "d"], "de": ["c", "d"], "en": ["c"]}
    assert (corpus.report.paired, corpus.report.partial) == (1, 2)
    assert "missing in en: 1 (c)" in caplog.text
    assert _ids(parallel(files, missing="drop")) == [("b", ["de", "zh"])]


def test_a_missing_translation_is_named_with_its_language(tmp_path):
    files = {"en": _write(tmp_path, "en", "ab"), "de": _write(tmp_path, "de", "a")}
    with pytest.raises(MissingTranslation, match="`de` must have a counterpart of 'b', which en has, but has none"):
        list(parallel(files, missing="raise"))


def test_any_language_may_be_the_pivot(tmp_path):
    files = {"en": _write(tmp_path, "en", "a"), "de": _write(tmp_path, "de", "a")}
    assert [example.pivot.context_language for example in parallel(files, pivot="de")] == ["de"]


def test_examples_are_joined_by_parallel_id_and_repetitions_are_reported(tmp_path):
    files = {"en": _write(tmp_path, "en", "ab", parallel_id="p"), "de": _write(tmp_path, "de", "xy")}
    corpus = parallel(files)
    assert _ids(corpus) == [("a", [])]
    assert corpus.report.repeated == {"en": ["b"]}
    assert corpus.report.missing == {"de": ["p"], "en": ["x", "y"]}


def test_what_the_readers_drop_is_in_the_report(tmp_path):
    lost = {"answers": [{"text": "", "answer_start": "0"}]}
    files = {"en": _write(tmp_path, "en", "a"), "de": _write(tmp_path, "de", "ab")}
    broken = json.loads(files["de"].read_text())
    broken["data"][0]["paragraphs"][0]["qas"][0] |= lost
    files["de"].write_text(json.dumps(broken))
    corpus = parallel(files, on_defect="repair")
    assert _ids(corpus) == [("a", [])]
    assert corpus.report.readings["de"].dropped == {"no_golds_left": ["a"]}
    with pytest.raises(CorpusError, match=r"de\.json: `answer_start` of 'a' must be a whole number"):
        list(parallel(files))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pivot": "fr"}, "`pivot` must be one of en, de, but is 'fr' instead"),
        ({"missing": "guess"}, "`missing` must be one of keep, drop, raise, but is 'guess' instead"),
    ],
)
def test_unknown_options_list_the_known_ones(tmp_path, options, message):
    files = {"en": _write(tmp_path, "en", "a"), "de": _write(tmp_path, "de", "a")}
    with pytest.raises(ValueError, match=message):
        parallel(files, **options)


def test_one_language_is_not_parallel(tmp_path):
    with pytest.raises(ValueError, match="`files` must hold two languages or more, but holds"):
        parallel({"en": _write(tmp_path, "en", "a")})


def test_memory_stays_flat_while_files_are_in_the_same_order(tmp_path):
    paragraph = {"context": "Anna left." + " word" * 400}
    for language in ("en", "de"):
        answers = [{"text": "Anna", "answer_start": 0}]
        paragraphs = [
            paragraph | {"qas": [{"id": str(number), "question": "?", "answers": answers}]} for number in range(2000)
        ]
        (tmp_path / language).write_text(json.dumps({"data": [{"title": "T", "paragraphs": paragraphs}]}))
    del paragraphs
    corpus = parallel({"en": tmp_path / "en", "de": tmp_path / "de"})
    tracemalloc.start()
    try:
        assert sum(1 for _ in corpus) == 2000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000
