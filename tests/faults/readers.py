"""Everything of ours that reads files users bring: the format, sound documents of it, and what is done with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tiny_corpora import article
from tiny_dictionaries import CEDICT, ENGLISH_CHINESE, ENGLISH_FRENCH
from tiny_parses import PARSES, conllu
from tiny_scores import system

from hf_xlqa.building.rows import FEATURES, row
from hf_xlqa.building.spill import bucket_paths, read_bucket, spill
from hf_xlqa.cli.doctor import _lines as doctor_lines
from hf_xlqa.corpora.doctor import diagnose
from hf_xlqa.corpora.newsqa import NewsQA
from hf_xlqa.corpora.repair import repair
from hf_xlqa.corpora.squad_format import read_examples, references, write_jsonl, write_squad
from hf_xlqa.experiment.comparison import Settings, compare_files
from hf_xlqa.experiment.evaluate import Request, evaluate_predictions
from hf_xlqa.experiment.evaluation_report import report_of
from hf_xlqa.experiment.predictions import only_questions, read_predictions
from hf_xlqa.experiment.questions import QuestionSet, read_questions
from hf_xlqa.experiment.scoring import Rule
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.transforms.parses import ConlluParses, MissingParse
from hf_xlqa.translation.dictionaries import read_dictionary, read_frequencies
from hf_xlqa.translation.lexicon import Lexicon
from hf_xlqa.translation.parallel_files import ParallelFiles
from hf_xlqa.word_vectors.vec_file import read_vectors

Use = Callable[[Path], Any]
"""Does with a file what users have done with it; what it writes goes beside the file."""


@dataclass(frozen=True)
class Reader:
    """A format.

    Args:
        name: of the format.
        file: name of the files.
        documents: sound ones: values that JSON knows, or texts.
        uses: what is done with a file.
        share: of all files, those of this format; less where they take long.
    """

    name: str
    file: str
    documents: Sequence[Any]
    uses: Sequence[Use]
    share: float = 0.07

    @property
    def is_json(self) -> bool:
        """Whether documents are values, and not texts."""
        return not isinstance(self.documents[0], str)


def _squad(language: str = "en") -> dict[str, Any]:
    return {"version": "1.1", "data": [article(number, language) for number in range(2)]}


def _late_titles() -> dict[str, Any]:
    articles = [dict(reversed(each.items())) for each in _squad()["data"]]
    return {"data": articles, "version": "1.1"}


def _records() -> list[dict[str, Any]]:
    return [
        {
            "id": qa["id"],
            "title": each["title"],
            "context": paragraph["context"],
            "question": qa["question"],
            "answers": {key: [gold[key] for gold in qa["answers"]] for key in ("text", "answer_start")},
        }
        for each in _squad()["data"]
        for paragraph in each["paragraphs"]
        for qa in paragraph["qas"]
    ]


def _answers() -> dict[str, str]:
    return {record["id"]: record["answers"]["text"][0] for record in _records()}


_STORY = "OSLO, Norway -- The old bridge reopened on Monday, the mayor said."
_NEWS = {
    "version": 1,
    "data": [
        {
            "storyId": "./cnn/a.story",
            "text": _STORY,
            "type": "train",
            "questions": [
                {"q": "What reopened?", "consensus": {"s": 16, "e": 31}},
                {"q": "When?", "consensus": {"s": 43, "e": 49}},
                {"q": "Who paid?", "consensus": {"noAnswer": True}},
            ],
        },
        {
            "storyId": "b",
            "text": "Riga won.",
            "type": "dev",
            "questions": [{"q": "Who?", "consensus": {"s": 0, "e": 4}}],
        },
    ],
}
_NEWS_LINES = (
    "story_id,question,answer_char_ranges,is_answer_absent,is_question_bad,validated_answers,story_text\n"
    f'a.story,What reopened?,16:31|16:31,0.0,0.0,,"{_STORY}"\n'
    f'a.story,When?,43:49|None,0.0,0.0,"{{""43:49"": 2, ""none"": 1}}","{_STORY}"\n'
    "b.story,Who?,0:4|0:4,0.0,0.0,,Riga won.\n"
)


def _read(path: Path, on_defect: Any) -> None:
    reader = read_examples(path, language="en", corpus="toy", on_defect=on_defect)
    examples = list(reader)
    reader.report.lines()
    write_squad(path.with_name("written.json"), examples)
    write_jsonl(path.with_name("written.jsonl"), examples)
    assert list(read_examples(path.with_name("written.json"), language="en", corpus="toy")) == examples


def _build(path: Path) -> None:
    """What a build does: the examples to buckets and back, and to rows of parquet."""
    folder = path.with_name("buckets")
    for bucket in bucket_paths(folder, 2):
        bucket.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
    spill(read_examples(path, language="en", corpus="toy", on_defect="repair"), folder, 2)
    rows = [row(example) for bucket in bucket_paths(folder, 2) for example in read_bucket(bucket)]
    pq.write_table(pa.Table.from_pylist(rows, schema=FEATURES.arrow_schema), path.with_name("rows.parquet"))


def _references(path: Path) -> None:
    json.dumps(list(references(read_examples(path, language="en", corpus="toy", on_defect="repair"))))


def _diagnose(path: Path) -> None:
    diagnosis = diagnose(path)
    json.dumps(diagnosis.to_dict())
    "\n".join(doctor_lines(diagnosis, limit=3)).encode()


def _repair(path: Path) -> None:
    fixed = path.with_name("repaired" + "".join(path.suffixes))
    repair(path, fixed).lines()
    assert not diagnose(fixed).defects


def _predictions(path: Path) -> None:
    only_questions(read_predictions(path), _questions(path.with_name(SOUND)), subset=True, source=str(path))


@cache
def _questions(path: Path) -> QuestionSet:
    (asked,) = read_questions([f"xquad/en={path}"]).sets
    return asked


def _score(path: Path, *, corpus: str = "", answers: str = "") -> None:
    """An evaluation with a file as the corpus or the predictions, whichever is not named."""
    request = Request([f"xquad/en={path.with_name(corpus or path.name)}"], Rule(missing="zero"), system="toy")
    evaluation = evaluate_predictions(request, [f"xquad/en={path.with_name(answers or path.name)}"], subset=True)
    evaluation.scores.write(path.with_name("scores.out"))
    report_of(evaluation).text("plain").encode()


def _compare(path: Path) -> None:
    system_name = SystemScores.read(path).system
    try:
        comparison = compare_files([path, path.with_name(SOUND_SCORES)], Settings(resamples=10))
    except ValueError as error:
        if type(error) is ValueError and system_name in str(error):
            return  # not of the file: systems of sound files that cannot be compared, by their names
        raise
    (comparison.to_json() + comparison.report.text("plain")).encode()


def _dictionary(path: Path, source: str, target: str) -> None:
    read_dictionary(path, source, target)
    Lexicon(path, source, target).translate(["The king of Norway died.", "國王死了。"])


def _parse(path: Path) -> None:
    parses = ConlluParses([path])
    with suppress(MissingParse):
        parses.sentences("The dog barks.")


def _newsqa(path: Path) -> None:
    news = NewsQA(path, split="train")
    list(news)
    news.report.lines()


def _parallel(path: Path) -> None:
    other = path.with_name(JAPANESE)
    for source, target in ((path, other), (other, path)):
        assert ParallelFiles(source, target, "en", "ja").ambiguous is not None


MULTIWORD = (
    "# text = Vom Haus.\n1-2\tVom\t_\t_\t_\t_\t_\t_\t_\t_\n1\tVon\t_\tADP\t_\t_\t3\tcase\t_\t_\n"
    "2\tdem\t_\tDET\t_\t_\t3\tdet\t_\t_\n3\tHaus\t_\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No\n"
    "3.1\tis\t_\tVERB\t_\t_\t_\t_\t_\t_\n4\t.\t_\tPUNCT\t_\t_\t3\tpunct\t_\t_\n\n"
)
"""A sentence with a token of two words, an empty node and its text."""
SOUND, ANSWERS, JAPANESE, SOUND_SCORES = "sound.json", "answers.json", "ja.json", "other.json"


def write_sound_files(folder: Path) -> None:
    """What some formats are read together with, where their files are written."""
    for name, content in ((SOUND, _squad()), (ANSWERS, _answers()), (JAPANESE, _squad("ja"))):
        (folder / name).write_text(json.dumps(content))
    system("other", {"mlqa/de": [0, 1, 0.5], "mlqa/zh": [1, 1, 0]}).write(folder / SOUND_SCORES)


_READ: list[Use] = [partial(_read, on_defect=each) for each in ("raise", "repair", "drop")]
_SQUAD: list[Use] = [*_READ, _build, _references, _diagnose, _repair]
_DOCUMENTS = [_squad(), _squad("ja"), _late_titles(), _squad()["data"]]
_OURS = json.loads(system("ours", {"mlqa/de": [1, 1, 0.25], "mlqa/zh": [0, 1, 0]}).to_json())
_VECTORS = "king 0.5 -1\nlaw 1e-3 2\nqueen 0 0\n"

READERS = (
    Reader("squad", "corpus.json", _DOCUMENTS, _SQUAD),
    Reader("records", "corpus.jsonl", [_records(), _squad()["data"], _squad()], _SQUAD),
    Reader("evaluated", "corpus.json", _DOCUMENTS, [partial(_score, answers=ANSWERS)], share=0.01),
    Reader("predictions", "predictions.json", [_answers()], [_predictions]),
    Reader("scored", "predictions.json", [_answers()], [partial(_score, corpus=SOUND)], share=0.01),
    Reader("scores", "scores.json", [_OURS], [_compare]),
    Reader("parallel", "en.json", [_squad(), _records()], [_parallel]),
    Reader("newsqa", "news.json", [_NEWS], [_newsqa]),
    Reader("newsqa lines", "news.csv", [_NEWS_LINES], [_newsqa]),
    Reader("conllu", "parses.conllu", [conllu(*PARSES.values()), MULTIWORD], [_parse]),
    Reader("muse", "words.txt", [ENGLISH_FRENCH], [partial(_dictionary, source="en", target="fr")]),
    Reader("muse zh", "words.txt", [ENGLISH_CHINESE], [partial(_dictionary, source="en", target="zh-Hans")]),
    Reader("cedict", "cedict.u8", [CEDICT], [partial(_dictionary, source="zh", target="en")]),
    Reader("cedict en", "cedict.u8", [CEDICT], [partial(_dictionary, source="en", target="zh")]),
    Reader("frequencies", "counts.txt", ["le 10\nroi 3\nloi 2\n"], [read_frequencies]),
    Reader("vectors", "words.vec", [f"3 2\n{_VECTORS}", _VECTORS], [partial(read_vectors, words=["king", "law"])]),
)
"""All formats."""
