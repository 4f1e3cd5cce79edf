import gzip
import json
import pickle
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.corpora.findings import CorpusError, Kind
from hf_xlqa.corpora.squad_format import read_examples, references, write_jsonl, write_squad
from hf_xlqa.schema import Answer, Example

FIXTURES = Path(__file__).parents[1] / "fixtures" / "corpora"
ANNA = "Anna left Oslo."
QUESTION = {"id": "q1", "question": "Who left?", "answers": [{"text": "Anna", "answer_start": 0}]}
FLAT = {"id": "q1", "question": "Who left?", "context": ANNA, "answers": {"text": ["Anna"], "answer_start": [0]}}
PARAGRAPH = {"context": ANNA, "qas": [QUESTION]}


def _read(path, **options):
    return read_examples(path, language="en", corpus="test", **options)


def _document(*questions, **paragraph):
    return {"data": [{"title": "Oslo", "paragraphs": [{"context": ANNA, "qas": list(questions), **paragraph}]}]}


def _saved(folder, value, name="corpus.json"):
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def _example(**changes):
    fields = {"id": "q1", "parallel_id": "q1", "title": "Oslo", "context": ANNA, "question": "Who left?"}
    languages = {"context_language": "en", "question_language": "en", "corpus": "test"}
    return Example(**{**fields, "answers": (Answer("Anna", 0),), **languages, **changes})


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ({"version": "1.1", "data": [{"title": "Oslo", "paragraphs": [PARAGRAPH]}]}, "Oslo"),
        ({"data": [{"paragraphs": [PARAGRAPH], "title": "Oslo"}], "version": "1.1"}, "Oslo"),
        ({"data": [{"paragraphs": [PARAGRAPH]}]}, ""),
        ({"data": [PARAGRAPH]}, ""),
        ({"data": [FLAT | {"title": "Oslo"}]}, "Oslo"),
        ([{"paragraphs": [PARAGRAPH], "title": "Oslo"}], "Oslo"),
        ([FLAT], ""),
        ({"title": "Oslo", "paragraphs": [PARAGRAPH]}, "Oslo"),
        (FLAT, ""),
    ],
)
@pytest.mark.parametrize("name", ["corpus.json", "corpus.jsonl"])
def test_every_shape_of_the_format_is_read(tmp_path, content, title, name):
    path = _saved(tmp_path, json.dumps(content, indent=None if name.endswith("l") else 1), name)
    assert list(_read(path)) == [_example(title=title)]


def test_lines_are_read_whatever_the_name_of_the_file_and_gzip_too(tmp_path):
    lines = "\n".join(json.dumps(FLAT | {"id": f"q{number}"}) for number in range(3)) + "\n\n"
    for name in ("corpus.json", "corpus.jsonl"):
        assert [example.id for example in _read(_saved(tmp_path, lines, name))] == ["q0", "q1", "q2"]
    zipped = tmp_path / "corpus.jsonl.gz"
    zipped.write_bytes(gzip.compress(lines.encode()))
    assert [example.id for example in _read(zipped)] == ["q0", "q1", "q2"]


def test_titles_behind_their_paragraphs_go_to_the_right_articles(tmp_path):
    articles = [
        {"paragraphs": [{"context": ANNA, "qas": [QUESTION | {"id": f"{title}{k}"} for k in range(2)]}], "title": title}
        for title in ("A", "B", "C")
    ]
    articles.insert(1, {"paragraphs": [], "title": "empty"})
    examples = list(_read(_saved(tmp_path, {"data": articles})))
    assert [(example.id, example.title) for example in examples] == [(t + str(k), t) for t in "ABC" for k in range(2)]


def test_a_folder_is_read_shard_by_shard_with_ids_unique_over_all(tmp_path):
    for name, identifier in (("1.json", "q1"), ("2.json", "q2"), ("3.json", "q1")):
        _saved(tmp_path, _document(QUESTION | {"id": identifier}), name)
    with pytest.raises(CorpusError, match=r"3\.json: `id` must be unique, but 'q1' occurs again"):
        list(_read(tmp_path))
    reader = _read(tmp_path, on_defect="drop")
    assert [example.id for example in reader] == ["q1", "q2"]
    assert reader.report.dropped == {"duplicate_id": ["q1"]}


def test_a_reader_reads_anew_at_every_iteration(tmp_path):
    reader = _read(_saved(tmp_path, _document(QUESTION)))
    assert list(reader) == list(reader)
    assert reader.report.examples == 1


def test_a_reader_goes_to_other_processes_also_after_an_iteration(tmp_path):
    reader = _read(_saved(tmp_path, _document(QUESTION)))
    examples = list(reader)
    assert list(pickle.loads(pickle.dumps(reader))) == examples


def test_languages_corpus_and_parallel_id_are_those_given(tmp_path):
    path = _saved(tmp_path, _document(QUESTION | {"parallel_id": "p7"}))
    reader = read_examples(path, language="zh", question_language="de", corpus="mlqa")
    assert list(reader) == [_example(parallel_id="p7", context_language="zh", question_language="de", corpus="mlqa")]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            {"text": "Oslo", "answer_start": 3},
            "'q1' must be where 'Oslo' stands, but is 3 instead: it stands at 10 only",
        ),
        ({"text": "Anna", "answer_start": -1}, "but is -1 instead"),
        ({"text": "Anna", "answer_start": "0"}, "must be a whole number, but is the string '0' instead"),
        (
            {"text": "Anna", "answer_start": 10**30},
            "but is 1000000000000000000000000000000 instead: it stands at 0 only",
        ),
        ({"text": "Anna", "answer_start": "9" * 5_000}, "must be a whole number, but is '9999.*9999' instead"),
        ({"text": "Anna", "answer_start": 0.5}, "must be a whole number, but is 0.5 instead"),
        ({"text": "Anna", "answer_start": True}, "must be a whole number, but is True instead"),
        ({"text": "Anna"}, "must be a whole number, but is missing instead"),
        ({"text": "", "answer_start": -1}, "must be a gold, but is '' at -1 instead"),
        ({"text": " ", "answer_start": 4}, "must be a gold, but is ' ' at 4 instead"),
        ({"text": "FAKE_ANSWER_1", "answer_start": -1}, "must be a gold, but is the blank 'FAKE_ANSWER_1' instead"),
        ({"text": None, "answer_start": 0}, "must be a string, but is None instead"),
        ({"text": "A\ud800", "answer_start": 0}, "must be Unicode text, but holds the lone surrogate"),
        ("Anna", "must be a whole number, but is missing instead"),
    ],
)
def test_strict_reading_names_file_record_and_remedy_of_a_bad_gold(tmp_path, answer, message):
    path = _saved(tmp_path, _document(QUESTION | {"answers": [answer]}))
    with pytest.raises(CorpusError, match=message) as error:
        list(_read(path))
    assert str(error.value).startswith(f"{path}: ")
    assert "hf-xlqa doctor --repair" in str(error.value)
    assert error.value.finding.record == "q1"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"id": 7}, "`id` must be a string, but is the number 7 instead"),
        ({"id": None}, "`id` of a question of 'Oslo' must be a string, but is None instead"),
        ({"question": None}, "`question` of 'q1' must be a string, but is None instead"),
        ({"question": "Who \udc00?"}, "`question` of 'q1' must be Unicode text"),
        ({"id": "q\ud800"}, "`id` of 'q.*' must be Unicode text, but holds the lone surrogate '.ud800' instead"),
        ({"parallel_id": "p\udfff"}, "`parallel_id` of 'q1' must be Unicode text"),
        ({"answers": []}, "`answers` of 'q1' must hold golds, but is empty instead.*require_answers=False"),
        ({"answers": None}, "`answers` of 'q1' must hold golds"),
    ],
)
def test_strict_reading_refuses_a_bad_question(tmp_path, question, message):
    with pytest.raises(CorpusError, match=message):
        list(_read(_saved(tmp_path, _document(QUESTION | question))))


def test_strict_reading_refuses_a_bad_context_and_an_entry_that_is_no_question(tmp_path):
    with pytest.raises(CorpusError, match="`context` of 'q1' must be a string, but is 5 instead"):
        list(_read(_saved(tmp_path, _document(QUESTION, context=5))))
    with pytest.raises(CorpusError, match="`title` of 'q1' must be Unicode text, but holds the lone surrogate"):
        list(_read(_saved(tmp_path, {"data": [_document(QUESTION)["data"][0] | {"title": "O\ud800"}]})))
    with pytest.raises(CorpusError, match="`id` of a question of 'Oslo' must be a string"):
        list(_read(_saved(tmp_path, _document("not a question"))))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"data": [\n{"title": "x",]}', "line 2: the file must be JSON, but is malformed instead"),
        ('{"data": []} trailing', "line 1: the file must be JSON, but is malformed instead"),
        ('{"a": "b"}', "must be in SQuAD format.*but holds the keys 'a' instead"),
        ('{"data": [1]}', "must be in SQuAD format.*but holds 1 instead"),
        ('{"data": [{"paragraphs": [{"text": 1}]}]}', "but holds the keys 'text' instead"),
        ('{"data": [{"paragraphs": ["text"]}]}', "but holds 'text' instead"),
        ("17", "must be in SQuAD format.*but holds 17 instead"),
        ('{"data": [' + "[" * 100_000, "nested too deeply"),
        ('{"data": []}', "must hold usable golds, but none of its 0 questions has one"),
    ],
)
def test_files_that_are_no_corpus_are_refused_by_name(tmp_path, content, message):
    path = _saved(tmp_path, content)
    with pytest.raises(CorpusError, match=message) as error:
        list(_read(path))
    assert str(path) in str(error.value)


def test_a_file_of_blanked_golds_is_refused_even_when_defects_are_dropped():
    with pytest.raises(CorpusError, match="none of its 2 questions has one") as error:
        list(_read(FIXTURES / "blanked.json", on_defect="drop"))
    assert error.value.finding.kind is Kind.NO_USABLE_GOLDS


def test_malformed_lines_are_refused_by_line():
    with pytest.raises(CorpusError, match=r"malformed\.jsonl, line 2: .* malformed instead: Expecting value"):
        list(_read(FIXTURES / "malformed.jsonl"))


def test_dropping_and_repairing_count_every_gold_with_its_reason(tmp_path, caplog):
    golds = [("Anna", 0), ("Oslo", 3), ("Peter", 0), ("Anna", "0")]
    answers = [{"text": text, "answer_start": start} for text, start in golds]
    path = _saved(
        tmp_path, _document(QUESTION | {"answers": answers}, QUESTION | {"id": "q2", "answers": answers[2:3]})
    )

    dropping = _read(path, on_defect="drop")
    assert [example.answers for example in dropping] == [(Answer("Anna", 0),)]
    assert dropping.report.dropped_answers == {
        "wrong_offset/other_occurrence": ["q1"],
        "wrong_offset/absent": ["q1", "q2"],
        "string_offset": ["q1"],
    }
    assert dropping.report.dropped == {"no_golds_left": ["q2"]}
    assert "dropped golds: 2 wrong_offset/absent (q1, q2)" in caplog.text

    repairing = _read(path, on_defect="repair")
    assert [example.answers for example in repairing] == [(Answer("Anna", 0), Answer("Oslo", 10), Answer("Anna", 0))]
    assert repairing.report.repaired == {"wrong_offset/other_occurrence": ["q1"], "string_offset": ["q1"]}
    assert repairing.report.dropped_answers == {"wrong_offset/absent": ["q1", "q2"]}


def test_questions_are_read_without_answers_on_request(tmp_path):
    unanswered = {"id": "q2", "question": "Who?"}
    path = _saved(tmp_path, _document(QUESTION | {"answers": []}, unanswered))
    assert [example.answers for example in _read(path, require_answers=False)] == [(), ()]
    absent = QUESTION | {"answers": [{"text": "Peter", "answer_start": 0}]}
    reader = _read(_saved(tmp_path, _document(absent)), require_answers=False, on_defect="repair")
    assert [example.answers for example in reader] == [()]
    assert reader.report.dropped_answers == {"wrong_offset/absent": ["q1"]}


def test_an_unknown_treatment_of_defects_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="`on_defect` must be one of raise, repair, drop, but is 'ignore' instead"):
        _read(_saved(tmp_path, _document(QUESTION)), on_defect="ignore")


def test_references_are_the_golds_untouched(tmp_path):
    golds = [("Anna", "0"), ("Peter", -1), ("Oslo", "late"), ("Oslo", 3)]
    answers = [{"text": text, "answer_start": start} for text, start in golds]
    reader = _read(_saved(tmp_path, _document(QUESTION | {"answers": answers})), on_defect="repair")
    expected = {"text": ["Anna", "Peter", "Oslo", "Oslo"], "answer_start": [0, -1, -1, 3]}
    assert list(references(reader)) == [{"id": "q1", "answers": expected}]
    assert list(references([_example()])) == [{"id": "q1", "answers": {"text": ["Anna"], "answer_start": [0]}}]


def test_references_refuse_what_no_file_of_scores_can_hold(tmp_path):
    question = QUESTION | {"answers": [{"text": "Anna"}]}
    with pytest.raises(CorpusError, match="`context` of 'q1' must be Unicode text, but holds the lone surrogate"):
        list(references(_read(_saved(tmp_path, _document(question, context="Anna \ud800")), on_defect="repair")))


def test_references_have_offsets_that_are_no_numbers_at_all(tmp_path):
    (tmp_path / "a.json").write_text(
        '[{"context": "Oslo", "qas": [{"id": "a", "question": "?", "answers": '
        '[{"text": "Oslo", "answer_start": Infinity}, {"text": "Oslo", "answer_start": NaN}]}]}]'
    )
    (found,) = references(_read(tmp_path / "a.json", on_defect="repair"))
    assert found["answers"] == {"text": ["Oslo", "Oslo"], "answer_start": [-1, -1]}


def test_references_refuse_blanked_golds():
    with pytest.raises(CorpusError, match="of 'one' must be a gold, but is '' at 0 instead"):
        list(references(_read(FIXTURES / "blanked.json", on_defect="drop")))


@st.composite
def _examples(draw):
    contexts = draw(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=3))
    examples = []
    for number, context in enumerate(contexts):
        start = draw(st.integers(0, len(context) - 1).filter(lambda at, text=context: text[at:].strip()))
        end = draw(st.integers(start + 1, len(context)).filter(lambda at, s=start, text=context: text[s:at].strip()))
        examples.append(
            _example(
                id=f"q{number}",
                parallel_id=draw(st.sampled_from([f"q{number}", "shared"])) + str(number),
                title=draw(st.sampled_from(["", "Oslo"]) | st.text()),
                context=context,
                question=draw(st.text()),
                answers=(Answer(context[start:end], start),),
            )
        )
    return examples


@given(examples=_examples())
@pytest.mark.parametrize("name", ["written.json", "written.json.gz", "written.jsonl"])
def test_writing_and_reading_keeps_every_code_point(tmp_path_factory, name, examples):
    path = tmp_path_factory.mktemp("round") / name
    write = write_jsonl if "jsonl" in name else write_squad
    assert write(path, examples) == len(examples)
    assert list(_read(path)) == examples


def test_the_characters_that_corpora_trip_over_survive(tmp_path):
    context = "\ufeffCafe\u0301\r\nمی\u200cرود 𠮷\u2028\u00a0\x00 end"
    example = _example(context=context, answers=(Answer("𠮷", context.index("𠮷")),))
    for write, name in ((write_squad, "a.json"), (write_jsonl, "a.jsonl")):
        write(tmp_path / name, [example])
        assert list(_read(tmp_path / name)) == [example]


def test_neighbours_of_one_title_and_context_share_article_and_paragraph(tmp_path):
    other = _example(id="q3", parallel_id="q3", context="Anna came.", answers=(Answer("Anna", 0),))
    examples = [_example(), _example(id="q2", parallel_id="q2"), other, _example(id="q4", parallel_id="q4", title="B")]
    write_squad(tmp_path / "a.json", examples)
    written = json.loads((tmp_path / "a.json").read_text())
    assert written["version"] == "1.1"
    shape = [(a["title"], [[q["id"] for q in p["qas"]] for p in a["paragraphs"]]) for a in written["data"]]
    assert shape == [("Oslo", [["q1", "q2"], ["q3"]]), ("B", [["q4"]])]


def _large_corpus(path, title_first):
    paragraph = json.dumps({"context": ANNA + " word" * 400, "qas": [QUESTION]})
    with open(path, "w") as text:
        text.write('{"data": [{' + ('"title": "T", ' if title_first else "") + '"paragraphs": [')
        for number in range(4000):
            text.write(("," if number else "") + paragraph.replace("q1", f"q{number}"))
        text.write("]" + ("" if title_first else ', "title": "T"') + "}]}")


@pytest.mark.parametrize("title_first", [True, False])
def test_memory_stays_flat_though_the_file_is_one_article(tmp_path, title_first):
    path = tmp_path / "large.json"
    _large_corpus(path, title_first)
    assert path.stat().st_size > 8_000_000
    tracemalloc.start()
    try:
        assert sum(example.title == "T" for example in _read(path)) == 4000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
