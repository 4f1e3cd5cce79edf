"""Answer Aligner or Answer Verifier: its training data, its training, and the answers found by way of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

from hf_xlqa.back_translation import BackTranslation, BackTranslationReader, write_training_data
from hf_xlqa.back_translation.reader import KINDS, Kind, Method
from hf_xlqa.corpora.catalog import load_corpus
from hf_xlqa.corpora.sample.dictionary import SAMPLE, with_sample
from hf_xlqa.corpora.squad_format import references
from hf_xlqa.default_record import command_of
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.experiment.run import build_trainer, hold_out
from hf_xlqa.experiment.scoring import Rule, score_set
from hf_xlqa.experiment.training_data import TrainingCorpus, read_training_corpora, split_by_article
from hf_xlqa.json_record import write_text
from hf_xlqa.messages import check_choice
from hf_xlqa.reader import CrossLingualReader
from hf_xlqa.reports import Score, xlt_table
from hf_xlqa.reports.system import ScoredSet, SystemScores
from hf_xlqa.run_record import installed_versions
from hf_xlqa.schema import Example
from hf_xlqa.trainer import CrossLingualQATrainer
from hf_xlqa.training_args import CrossLingualQATrainingArguments
from hf_xlqa.translation import make_translator
from hf_xlqa.translation.backend import Translator
from hf_xlqa.translation.cache import CachedTranslator

logger = logging.getLogger(__name__)

_READERS_SHARE = 0.5
_UNREAD = ("train_amounts", "unlabelled")
_SUMMARY = "Finds an answer that was translated back again in its passage (Cui et al. 2019, sections 3.3 and 3.4)."


@dataclass
class BackTranslationArguments:
    """By way of which language questions are answered, and what finds the answers again.

    Raises:
        ValueError: when `kind` or `start` is unknown.
    """

    kind: str = field(default="aligner", metadata={"help": "What is trained: aligner or verifier."})
    target_language: str = field(default="zh", metadata={"help": "Language of the training and evaluation corpora."})
    source_language: str = field(default="en", metadata={"help": "Language that questions are answered in."})
    translator: str = field(
        default=f"lexicon:{SAMPLE}",
        metadata={"help": "BACKEND:ARGUMENT, of passages and questions into the source language."},
    )
    back_translator: str = field(
        default=f"lexicon:{SAMPLE}", metadata={"help": "BACKEND:ARGUMENT, of answers into the target language."}
    )
    source_reader: str | None = field(
        default=None,
        metadata={
            "help": "Checkpoint that answers in the source language; without one it is trained on half of the articles "
            "of the training corpora, which have to be parallel, and the other half is left for the aligner."
        },
    )
    start: str = field(
        default="encoder",
        metadata={"help": "What the aligner starts from: encoder, or reader: the weights of the source reader."},
    )
    source_train: list[str] = field(
        default_factory=list,
        metadata={"help": "Corpora the source reader was trained on, NAME/LANGUAGE[=PATH], to warn of leaks."},
    )

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, KINDS)
        check_choice("start", self.start, ("encoder", "reader"))

    @property
    def provenance(self) -> str:
        """What reports say of the translations."""
        return f"{self.translator.partition(':')[0]}, back by {self.back_translator.partition(':')[0]}"

    def translators(self, folder: Path) -> tuple[Translator, Translator]:
        """Both translators, there and back, whose translations are kept in a folder."""
        there, back = (self.target_language, self.source_language), (self.source_language, self.target_language)
        return _cached(self.translator, *there, folder), _cached(self.back_translator, *back, folder)


def run_back_translation(
    options: BackTranslationArguments, method: Encoder, data: DataArguments, training: CrossLingualQATrainingArguments
) -> str:
    """Trains an aligner or verifier, and scores the answers by way of the source language with and without it.

    The output folder then holds the checkpoint with `results.json` and its card, the training data
    (`KIND.jsonl`) with its provenance, the table (`scores.md`), and a folder with predictions and
    `scores.json` for each way into the passage, as `hf-xlqa compare` reads them.

    Args:
        options: languages and translators.
        method: what the aligner starts from, and the source reader unless there is one.
        data: corpora in the target language, or parallel ones; `languages` are those of the options.
        training: of both.

    Returns:
        The table.

    Raises:
        ValueError: as the parts say; when there is no source reader and the corpora are not parallel, or `data` asks
            for what is done for other methods only.
        TranslationError: when a translator fails.
    """
    _check_read(data)
    study = _Study(options, method, data, training)
    corpora = read_training_corpora(replace(data, languages=[options.target_language, options.source_language]))
    for_reader: Sequence[TrainingCorpus] = ()
    if options.source_reader is None:
        for_reader, corpora = _divided(corpora, options.source_language)
    source_reader = study.source_reader(for_reader)
    translator, back_translator = options.translators(study.folder)
    pipeline = BackTranslation(translator, source_reader, back_translator)
    sets = evaluation_sets(study.target, source_reader.tokenizer)
    trainer = study.train_finder(pipeline, corpora, sets, study.read_by_source(for_reader))
    ways: dict[Method, CrossLingualReader | None] = {"none": None, "simple_match": None}
    ways[cast(Kind, options.kind)] = study.reader_of(trainer)
    scored = study.score(pipeline, sets, ways)
    study.leave(trainer, [each.score for each in scored[cast(Kind, options.kind)]])
    table = xlt_table({way: [each.score for each in group] for way, group in scored.items()})
    write_text(study.folder / "scores.md", f"{table}\n")
    return table


def _check_read(data: DataArguments) -> None:
    """Refuse arguments that nobody would read."""
    for name in _UNREAD:
        given = getattr(data, name)
        if given:
            raise ValueError(
                f"`{name}` must be empty where an aligner or verifier is trained, but is {', '.join(given)} instead; "
                "`max_train_examples` takes fewer questions of each corpus."
            )


@dataclass(frozen=True)
class _Study:
    """The parts of a run, which share its arguments."""

    options: BackTranslationArguments
    method: Encoder
    data: DataArguments
    training: CrossLingualQATrainingArguments

    @property
    def folder(self) -> Path:
        return Path(cast(str, self.training.output_dir))

    @property
    def target(self) -> DataArguments:
        return replace(self.data, languages=[self.options.target_language])

    @property
    def reader_name(self) -> str:
        return self.options.source_reader or str(self.folder / "source_reader")

    def source_reader(self, corpora: Sequence[TrainingCorpus]) -> CrossLingualReader:
        """The given one, or one that is trained."""
        if self.options.source_reader is not None:
            return CrossLingualReader.from_pretrained(self.reader_name, **self._sizes)
        trainer = build_trainer(
            self.method,
            replace(self.data, languages=[self.options.source_language]),
            replace(self.training, output_dir=self.reader_name),
            corpora=corpora,
            held_out={},
        )
        trainer.train()
        trainer.save_model()
        return self.reader_of(trainer)

    def reader_of(self, trainer: CrossLingualQATrainer) -> CrossLingualReader:
        """The model that was trained."""
        return CrossLingualReader(cast(Any, trainer.network), cast(Any, trainer.processing_class), **self._sizes)

    def read_by_source(self, corpora: Sequence[TrainingCorpus]) -> list[Example]:
        """What the source reader was trained on, as far as it is known."""
        given = chain.from_iterable(load_corpus(spec) for spec in self.options.source_train)
        own = chain.from_iterable(corpus.of_languages([self.options.source_language]) for corpus in corpora)
        return [*given, *own]

    def train_finder(
        self,
        pipeline: BackTranslation,
        corpora: Sequence[TrainingCorpus],
        sets: Sequence[EvaluationSet],
        read_by_source: Sequence[Example],
    ) -> CrossLingualQATrainer:
        """The aligner or verifier, trained on the corpora sent through the pipeline."""
        kind = cast(Kind, self.options.kind)
        path = self.folder / f"{kind}.jsonl"
        provenance = write_training_data(
            path,
            pipeline,
            [each for corpus in corpora for each in corpus.of_languages([self.options.target_language])],
            kind,
            source_reader=self.reader_name,
            evaluated={each.name: each.examples for each in sets},
            read_by_source=read_by_source,
        )
        for line in provenance.lines():
            logger.info("%s", line)
        spec = f"{kind}/{self.options.target_language}={path}"
        data = replace(self.target, train=[spec], parallel=[], max_train_examples=None)
        kept, held_out = hold_out(read_training_corpora(data), data)
        method = replace(self.method, encoder=self.reader_name) if self.options.start == "reader" else self.method
        trainer = build_trainer(method, data, self.training, corpora=kept, held_out=held_out)
        trainer.train()
        return trainer

    def score(
        self,
        pipeline: BackTranslation,
        sets: Sequence[EvaluationSet],
        ways: Mapping[Method, CrossLingualReader | None],
    ) -> dict[Method, list[ScoredSet]]:
        """The scores of every way into the passage, written with its predictions; the pipeline runs once."""
        scored: dict[Method, list[ScoredSet]] = {way: [] for way in ways}
        for each in sets:
            found = list(pipeline(each.examples))
            golds = list(references(each.examples) if each.references is None else each.references)
            asked = QuestionSet(each.name, each.language, each.language, each.examples, golds)
            for way, finder in ways.items():
                predictions = BackTranslationReader(pipeline, method=way, finder=finder).place(found)
                each.write(predictions, self.folder / way)
                texts = {prediction.id: prediction.text for prediction in predictions}
                scored[way].append(score_set(asked, texts, Rule(), translations=self.options.provenance))
        for way, group in scored.items():
            system = SystemScores(
                system=f"back translation, {way}",
                sets=tuple(group),
                seed=self.training.seed,
                versions=installed_versions(),
                command=command_of(sys.argv),
            )
            system.write(self.folder / way / "scores.json")
        return scored

    def leave(self, trainer: CrossLingualQATrainer, scores: Sequence[Score]) -> None:
        """The checkpoint with its card and record, which has the scores of the whole way."""
        name = f"answer_{self.options.kind}"
        hyper_parameters = {**trainer.record.hyper_parameters, **asdict(self.options)}
        trainer.record = replace(
            trainer.record,
            method=name,
            summary=_SUMMARY,
            scores=tuple(scores),
            hyper_parameters=hyper_parameters,
        )
        write_text(self.folder / "results.json", trainer.record.to_json())
        trainer.save_model()
        trainer.create_model_card()

    @property
    def _sizes(self) -> dict[str, Any]:
        return {
            "max_length": self.data.max_length,
            "window_step": self.data.window_step,
            "max_question_length": self.data.max_question_length,
            "batch_size": self.training.per_device_eval_batch_size,
        }


def _divided(
    corpora: Sequence[TrainingCorpus], source_language: str
) -> tuple[list[TrainingCorpus], list[TrainingCorpus]]:
    """Half of the articles of each corpus for the source reader, the others for the aligner.

    A reader that knows the articles would answer them better than others, and an aligner learn to trust it.
    """
    for_reader, for_aligner = [], []
    for corpus in corpora:
        rest, half = split_by_article(corpus.examples, _READERS_SHARE)
        for_reader.append(TrainingCorpus(corpus.name, half))
        for_aligner.append(TrainingCorpus(corpus.name, rest, corpus.dropped))
        if not for_reader[-1].of_languages([source_language]):
            raise ValueError(
                f"`--source_reader` must be given where {corpus.name} has no examples in {source_language} to train "
                "one on, but is not; parallel corpora have (`--parallel`)."
            )
    return for_reader, for_aligner


def _cached(spec: str, source: str, target: str, folder: Path) -> Translator:
    translator = make_translator(with_sample(spec, source, target), source, target)
    return CachedTranslator(translator, folder / "translations.sqlite")
