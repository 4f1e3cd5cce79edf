"""Everything of ours that reads files users bring: the format, sound documents of it, and what is done with them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from damaged_tables import Rows
from judging import readable
from tiny_builders import Toy, write_towns
from tiny_corpora import article
from tiny_dictionaries import CEDICT, ENGLISH_CHINESE, ENGLISH_FRENCH
from tiny_parses import PARSES, conllu
from tiny_runs import quick_training
from tiny_scores import system

from hf_xlqa.analysis.states_store import StoreSettings, _matrices, _table
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.export import Export
from hf_xlqa.building.report import reports
from hf_xlqa.building.rows import FEATURES, row
from hf_xlqa.building.shard import ShardReport, make_changes
from hf_xlqa.building.source import reading_of
from hf_xlqa.building.spill import bucket_paths, read_bucket, spill
from hf_xlqa.checkpoints import is_whole
from hf_xlqa.cli.doctor import _lines as doctor_lines
from hf_xlqa.corpora.doctor import diagnose
from hf_xlqa.corpora.newsqa import NewsQA
from hf_xlqa.corpora.repair import repair
from hf_xlqa.corpora.squad_format import read_examples, references, write_jsonl, write_squad
from hf_xlqa.experiment.comparison import Settings, compare_files
from hf_xlqa.experiment.evaluate import Request, evaluate_predictions
from hf_xlqa.experiment.evaluation_report import report_of
from hf_xlqa.experiment.finished_runs import FinishedRun
from hf_xlqa.experiment.predictions import only_questions, read_predictions
from hf_xlqa.experiment.questions import QuestionSet, read_questions
from hf_xlqa.experiment.recipe import load_recipe
from hf_xlqa.experiment.scoring import Rule
from hf_xlqa.json_record import write_record
from hf_xlqa.reports import Score
from hf_xlqa.run_record import RunRecord
from hf_xlqa.transforms.parses import ConlluParses, MissingParse
from hf_xlqa.translation.cache import CachedTranslator
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
        documents: sound ones: values that JSON knows, `Rows` of a table, texts, or bytes.
        uses: what is done with a file.
        share: of all files, those of this format; less where they take long.
    """

    name: str
    file: str
    documents: Sequence[Any]
    uses: Sequence[Use]
    share: float = 0.05


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
    readable(reader.report.lines())
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
    examples = read_examples(path, language="en", corpus="toy", on_defect="repair")
    spill(examples, folder, 2)
    rows = [row(example) for bucket in bucket_paths(folder, 2) for example in read_bucket(bucket)]
    pq.write_table(pa.Table.from_pylist(rows, schema=FEATURES.arrow_schema), path.with_name("rows.parquet"))
    write_record(path.with_name("reading.out"), reading_of(examples))


def _references(path: Path) -> None:
    json.dumps(list(references(read_examples(path, language="en", corpus="toy", on_defect="repair"))))


def _diagnose(path: Path) -> None:
    diagnosis = diagnose(path)
    json.dumps(diagnosis.to_dict())
    lines = doctor_lines(diagnosis, limit=FINDINGS)
    readable(lines)
    assert len(lines) <= 6 + len(diagnosis.counts) * (1 + FINDINGS)


def _repair(path: Path) -> None:
    fixed = path.with_name("repaired" + "".join(path.suffixes))
    readable(repair(path, fixed).lines())
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
    comparison = compare_files([path, path.with_name(SOUND_SCORES)], Settings(resamples=10))
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
    readable(news.report.lines())


def _parallel(path: Path) -> None:
    other = path.with_name(JAPANESE)
    for source, target in ((path, other), (other, path)):
        assert ParallelFiles(source, target, "en", "ja").ambiguous is not None


def _translations(path: Path) -> None:
    """What a cache has, and what it has not."""
    for left in path.parent.glob(f"{path.name}-*"):
        left.unlink()
    cached = CachedTranslator(Capitals(), path, progress=False)
    try:
        assert all(isinstance(text, str) for text in cached.translate(["a town", "a bridge", "a new one"]))
    finally:
        cached.close()


def _claim(path: Path) -> None:
    """A build that is called again in its folder."""
    Export(Toy.corpus_name(), _toy(path.with_name(TOWNS_FILE)), path.parents[2])._claim()


@cache
def _toy(towns: Path) -> CorpusConfig:
    return Toy.configured("permuted", files={"train": str(towns)})


def _reports(path: Path) -> None:
    assert [name for name, _ in reports(path.parents[2])] == ["permuted"]


def _learned(path: Path) -> None:
    make_changes(_toy(path.with_name(TOWNS_FILE)), path)


def _bucket(path: Path) -> None:
    json.dumps([row(example) for example in read_bucket(path)])


def _finished(path: Path) -> None:
    run = _finished_run()
    run.path = path
    run.read()


@cache
def _finished_run() -> FinishedRun:
    return FinishedRun(quick_training(Path("run"), seed=1), {"part": "toy"})


def _store_settings(path: Path) -> None:
    assert StoreSettings.read(path.parent).shards


def _vectors(path: Path) -> None:
    _matrices(path, "layer_0")
    _table(path, ["example_id"]).to_pylist()


def _whole_checkpoint(path: Path) -> None:
    assert is_whole(path.parent) in (True, False)


def _run_record(path: Path) -> None:
    record = RunRecord.read(path)
    assert RunRecord.from_json(record.to_json()) == record


def _recipe(path: Path) -> None:
    load_recipe(path)


MULTIWORD = (
    "# text = Vom Haus.\n1-2\tVom\t_\t_\t_\t_\t_\t_\t_\t_\n1\tVon\t_\tADP\t_\t_\t3\tcase\t_\t_\n"
    "2\tdem\t_\tDET\t_\t_\t3\tdet\t_\t_\n3\tHaus\t_\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No\n"
    "3.1\tis\t_\tVERB\t_\t_\t_\t_\t_\t_\n4\t.\t_\tPUNCT\t_\t_\t3\tpunct\t_\t_\n\n"
)
"""A sentence with a token of two words, an empty node and its text."""
SOUND, ANSWERS, JAPANESE, SOUND_SCORES = "sound.json", "answers.json", "ja.json", "other.json"
TOWNS_FILE = "towns.json"
FINDINGS = 3
_BUILT = "out/build/permuted/"


def write_sound_files(folder: Path) -> None:
    """What some formats are read together with, where their files are written."""
    for name, content in ((SOUND, _squad()), (ANSWERS, _answers()), (JAPANESE, _squad("ja"))):
        (folder / name).write_text(json.dumps(content))
    (folder / _BUILT).mkdir(parents=True, exist_ok=True)
    write_towns(folder / _BUILT / TOWNS_FILE, paragraphs=2)
    system("other", {"mlqa/de": [0, 1, 0.5], "mlqa/zh": [1, 1, 0]}).write(folder / SOUND_SCORES)


_READ: list[Use] = [partial(_read, on_defect=each) for each in ("raise", "repair", "drop")]
_SQUAD: list[Use] = [*_READ, _build, _references, _diagnose, _repair]
_DOCUMENTS = [_squad(), _squad("ja"), _late_titles(), _squad()["data"]]
_OURS = json.loads(system("ours", {"mlqa/de": [1, 1, 0.25], "mlqa/zh": [0, 1, 0]}).to_json())


class Capitals:
    """Translates into capitals."""

    source_language, target_language, name = "en", "fr", "capitals"

    def translate(self, texts: Sequence[str]) -> list[str]:
        return [text.upper() for text in texts]


def _table_rows() -> list[dict[str, Any]]:
    """As builds write them."""
    languages = {"context_language": "en", "question_language": "en"}
    return [{**record, "parallel_id": record["id"], **languages} for record in _records()]


def _finish(path: Path) -> Path:
    run = _finished_run()
    run.path = path
    run.write({"none": [Score(**_SCORE)]})
    return path


def _signed(path: Path) -> Path:
    return write_record(path, asdict(_SETTINGS))


def _written(make: Callable[[Path], Any]) -> bytes:
    """What is written into a file."""
    with TemporaryDirectory() as folder:
        made = make(Path(folder) / "made")
        return (made if isinstance(made, Path) else Path(folder) / "made").read_bytes()


def _record(make: Callable[[Path], Any]) -> Any:
    return json.loads(_written(make))


def _manifest(path: Path) -> Path:
    export = Export(Toy.corpus_name(), _toy(write_towns(path.with_name(TOWNS_FILE), paragraphs=2)), path)
    export._claim()
    return export.manifest


def _spilled(path: Path) -> Path:
    corpus = path.with_name("corpus.json")
    corpus.write_text(json.dumps(_squad()))
    spill(read_examples(corpus, language="en", corpus="toy"), path, 1)
    return bucket_paths(path, 1)[0]


def _cache(path: Path) -> None:
    cached = CachedTranslator(Capitals(), path, progress=False)
    cached.translate(["a town", "a bridge"])
    cached.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _states(path: Path) -> None:
    states = pa.FixedSizeListArray.from_arrays(pa.array([0.5] * 12, pa.float32()), 4)
    pq.write_table(pa.table({"example_id": ["a", "b", "c"], "layer_0": states}), path, compression="none")


_SHARD_REPORT = ShardReport(2, 10, "d", 20, [Counter(words=3)], {"gone": ["a"]}, Counter({"en.zh": 2}))
_CONFIG_REPORT = {"manifest": {"source": "squad"}, "splits": {"train": {"examples": 2}}}
_LEARNED = [{"vocabulary": ["a", "b", "c"]}]
_SETTINGS = StoreSettings(("cls",), (0, 1), 3, 2, "w", "m", "BertModel", "1")
_SCORE = _OURS["sets"][0]["score"]
_RUN = {
    "method": "xltt",
    "base_model": "bert",
    "training": [{"name": "drcd", "languages": ["zh"], "licence": "CC", "examples": 2, "dropped": {"gone": 1}}],
    "scores": [_SCORE],
    "hyper_parameters": {"learning_rate": 4e-5},
    "seed": 1,
    "versions": {"python": "3.11"},
    "command": "train",
}
_RECIPE = (
    "paper: A paper of 2021\nshared:\n  method: xltt\n  max_steps: 3\nrows:\n  first row:\n    title: First\n"
    "    arguments: {seed: 1, learning_rate: 3.0e-5}\n    published: {de: [60.1, 70.2]}\n"
    "  second row:\n    needs:\n      train: a file\n    unsupported: 'no'\n"
)
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
    Reader("parquet", "corpus.parquet", [Rows(_records()), Rows(_table_rows())], [*_READ, _build, _references]),
    Reader("manifest", f"{_BUILT}manifest.json", [_record(_manifest)], [_claim], share=0.02),
    Reader("report", f"{_BUILT}report.json", [_record(partial(write_record, record=_CONFIG_REPORT))], [_reports]),
    Reader("shard", f"{_BUILT}shard.json", [_record(_SHARD_REPORT.write)], [ShardReport.read], share=0.02),
    Reader("learned", f"{_BUILT}learned.json", [_record(partial(write_record, record=_LEARNED))], [_learned]),
    Reader("bucket", "bucket.jsonl", [_written(_spilled).decode()], [_bucket], share=0.02),
    Reader("cache", "cache.db", [_written(_cache)], [_translations], share=0.02),
    Reader("run", "results.json", [_RUN], [_run_record], share=0.02),
    Reader("finished", "finished.json", [_record(_finish)], [_finished], share=0.02),
    Reader("store", "settings.json", [_record(_signed)], [_store_settings], share=0.02),
    Reader("states", "cls-00000.parquet", [_written(_states)], [_vectors], share=0.02),
    Reader(
        "checkpoint", "trainer_state.json", [{"global_step": 3, "log_history": []}], [_whole_checkpoint], share=0.01
    ),
    Reader("recipe", "table.yaml", [_RECIPE], [_recipe], share=0.02),
)
"""All formats."""
