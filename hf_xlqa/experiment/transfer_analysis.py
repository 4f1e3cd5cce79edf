"""What transfers between languages in a model: from parallel corpora to how alike its states and its tokens are."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.analysis.hidden_states import AnyRead, answer_windows
from hf_xlqa.analysis.states_store import StateStore
from hf_xlqa.analysis.states_writer import write_states
from hf_xlqa.analysis.transfer import (
    PairSimilarity,
    ScoreCorrelation,
    SimilaritySettings,
    TokenMap,
    compare_languages,
    correlate_with_scores,
    map_tokens,
)
from hf_xlqa.corpora.catalog import CATALOG, parse_spec
from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.default_record import command_of
from hf_xlqa.experiment.comparison import read_scores
from hf_xlqa.experiment.evaluate import ModelOptions
from hf_xlqa.experiment.questions import evaluation_reader
from hf_xlqa.features import prepare_features
from hf_xlqa.models.window_sizes import check_max_length
from hf_xlqa.pair_template import PairTemplate
from hf_xlqa.reports import Score
from hf_xlqa.run_record import installed_versions
from hf_xlqa.schema import Example

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    """What is analysed.

    Args:
        model: the question-answering model, and the windows it reads.
        corpora: parallel ones, LANGUAGE=PATH or NAME/LANGUAGE[=PATH], joined by their parallel ids.
        before: the encoder that the model was fine-tuned from, a folder, an id on the Hub or "sample"; None to
            analyse the model alone.
        source: language that the others are compared with, which the model learned from; None for the first.
        scores: of the model on corpora in these languages, a file that `hf-xlqa evaluate` wrote or its folder.
        read: what of each example is compared.
        layers: which hidden states; None for all. Tokens are read in the highest of them.
        settings: how states are compared.
        split: of corpora that are not files.
        max_examples: greatest number of the source's examples; None for all.
    """

    model: ModelOptions
    corpora: Sequence[str]
    before: str | None = None
    source: str | None = None
    scores: Path | None = None
    read: AnyRead = "answer"
    layers: Sequence[int] | None = None
    settings: SimilaritySettings = SimilaritySettings()
    split: str = "validation"
    max_examples: int | None = None


@dataclass(frozen=True)
class Side:
    """What is found in one model.

    Args:
        name: of the model.
        similarities: of the source with every other language, layer by layer.
        tokens: of all languages.
        correlations: of the similarities with scores; none without scores.
        without_answer: ids of examples whose gold is in no window, by language.
    """

    name: str
    similarities: Sequence[PairSimilarity]
    tokens: TokenMap
    correlations: Sequence[ScoreCorrelation]
    without_answer: Mapping[str, Sequence[str]]

    def record(self) -> dict[str, Any]:
        """The numbers, for JSON."""
        components = self.tokens.components
        return {
            "name": self.name,
            "tokens": {
                "layer": self.tokens.layer,
                "count": dict(self.tokens.tokens),
                "explained": components.explained.tolist(),
                "total_variance": components.total_variance,
                "between_languages": self.tokens.between,
            },
            "similarities": [asdict(each) for each in self.similarities],
            "correlations": [asdict(each) for each in self.correlations],
            "without_answer": {language: list(ids) for language, ids in self.without_answer.items()},
        }


@dataclass(frozen=True)
class TransferAnalysis:
    """What an analysis gave.

    Args:
        request: what was asked.
        source: the language that the others are compared with.
        sides: the models, by `BEFORE` and `AFTER` fine-tuning.
        scores: of the model by language.
        notes: what was left out, a line each.
        command: that repeats it.
        versions: of the packages.
    """

    request: TransferRequest
    source: str
    sides: Mapping[str, Side]
    scores: Mapping[str, Score]
    notes: Sequence[str]
    command: str = field(default_factory=lambda: command_of(sys.argv))
    versions: Mapping[str, str] = field(default_factory=installed_versions)

    def to_json(self) -> str:
        """The numbers, unrounded."""
        record = {
            "source": self.source,
            "read": self.request.read,
            "settings": asdict(self.request.settings),
            "sides": {name: side.record() for name, side in self.sides.items()},
            "scores": {language: asdict(score) for language, score in self.scores.items()},
            "notes": list(self.notes),
            "command": self.command,
            "versions": dict(self.versions),
        }
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def analyse_transfer(request: TransferRequest, folder: Path) -> TransferAnalysis:
    """Reads the states of a model, and of the encoder it comes from, and compares languages in them.

    States are written to `folder/states`; what is there of the same is not read again.

    Args:
        request: what is analysed.
        folder: where the states are written.

    Raises:
        ImportError: when there are scores, but SciPy is missing.
        ValueError: as the parts say: corpora that are not parallel, unknown languages, scores of none of them, a
            model that is not trained for question answering, too few texts for their directions.
    """
    corpora, names, notes = _read_corpora(request)
    source = request.source or next(iter(corpora))
    scores = {} if request.scores is None else _scores(request.scores, names, source)
    options = request.model
    reader = options.reader()
    models: dict[str, tuple[str, PreTrainedModel, PreTrainedTokenizerBase]] = {}
    if request.before is not None:
        models[BEFORE] = (request.before, *_encoder(request.before, options, reader.model.device))
    models[AFTER] = (options.name, reader.model, reader.tokenizer)
    sides = {}
    for label, (name, model, tokenizer) in models.items():
        stores = _Stores(request, folder / "states" / label, model, tokenizer)
        sides[label] = _side(name, stores, corpora, source, scores, request)
        notes += [f"{label}: {each}" for each in stores.notes]
    return TransferAnalysis(request, source, sides, scores, notes)


def _read_corpora(request: TransferRequest) -> tuple[dict[str, list[Example]], dict[str, str | None], list[str]]:
    """Examples by language, those of the source's texts alone; names of the corpora by language; what is left out."""
    corpora: dict[str, list[Example]] = {}
    names: dict[str, str | None] = {}
    for given in request.corpora:
        before_path, equals, _ = given.partition("=")
        is_bare = bool(equals) and "/" not in before_path and before_path not in CATALOG
        spec = f"corpus/{given}" if is_bare else given
        name, language, _, _ = parse_spec(spec)
        if language in corpora:
            raise ValueError(f"`corpora` must be of different languages, but {language} is there twice.")
        corpora[language] = list(evaluation_reader(spec, split=request.split))
        names[language] = None if is_bare else name
    source = request.source or next(iter(corpora), "")
    if len(corpora) < 2 or source not in corpora:
        raise ValueError(
            f"`corpora` must be of two languages or more, {source or 'the source'} among them, but are of "
            f"{', '.join(corpora) or 'none'} instead."
        )
    wanted = {each.parallel_id for each in corpora[source][: request.max_examples]}
    notes = []
    for language, examples in corpora.items():
        corpora[language] = [each for each in examples if each.parallel_id in wanted]
        if left := len(examples) - len(corpora[language]):
            notes.append(
                f"{language}: {left} of {len(examples)} examples are left out, not being of the source's texts"
            )
    return corpora, names, notes


def _scores(path: Path, names: Mapping[str, str | None], source: str) -> dict[str, Score]:
    """Scores by target language: of the corpus of that name, or of the only set in that language."""
    scored = [each for each in read_scores(path).scores if each.language == each.question_language]
    found = {}
    for language, name in names.items():
        own = [each for each in scored if each.language == language and (name is None or each.corpus == name)]
        if len(own) > 1:
            listed = ", ".join(each.name for each in own)
            raise ValueError(f"`corpora` must say which of {listed} goes with {language}, as {own[0].name}=PATH.")
        if own and language != source:
            found[language] = own[0]
    if not found:
        listed = ", ".join(each.name for each in scored) or "none"
        raise ValueError(f"`scores` must be of {', '.join(names)}, but {path} has {listed} instead.")
    return found


def _encoder(name: str, options: ModelOptions, device: torch.device) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    where = str(encoder_path()) if name == "sample" else name
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=options.trust_remote_code)
        with torch.random.fork_rng():  # a pooler that the checkpoint lacks must not make another model at every call
            torch.manual_seed(0)
            model = AutoModel.from_pretrained(where, trust_remote_code=options.trust_remote_code)
    except OSError as error:
        raise ValueError(f"`before` must be an encoder, but {name!r} cannot be loaded: {error}") from error
    check_max_length(model, options.max_length)
    return model.to(device), tokenizer


@dataclass
class _Stores:
    """Writes and finds the states of one model.

    Args:
        request: what is analysed.
        folder: where the states are.
        model: the model.
        tokenizer: its tokenizer.
        notes: what is left out, filled on the way.
    """

    request: TransferRequest
    folder: Path
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    notes: list[str] = field(default_factory=list)

    def texts(self, language: str, examples: Sequence[Example]) -> StateStore:
        """One vector an example, of its answer or what else is compared."""
        windows = answer_windows(self._windows(examples, self.request.model.window_step))
        store = self._write(self.folder / language, windows, examples, self.request.read, self.request.layers)
        if self.request.read == "answer" and (missed := len(store.without_answer)):
            self.notes.append(f"{language}: {missed} of {len(examples)} examples have their answer in no window")
        return store

    def tokens(self, language: str, examples: Sequence[Example], layer: int) -> StateStore:
        """The tokens of each context, beside its first question, in windows that overlap as little as can be."""
        contexts = list({each.context: each for each in reversed(examples)}.values())[::-1]
        options = self.request.model
        special = len(PairTemplate.probe(self.tokenizer).special_ids)
        widest = options.max_length - special - options.max_question_length
        windows = self._windows(contexts, widest)
        return self._write(self.folder / f"{language}-tokens", windows, contexts, "tokens", [layer])

    def _windows(self, examples: Sequence[Example], window_step: int) -> Any:
        options = self.request.model
        return prepare_features(
            examples,
            self.tokenizer,
            max_length=options.max_length,
            window_step=window_step,
            max_question_length=options.max_question_length,
            progress=False,
        ).windows

    def _write(
        self, folder: Path, windows: Any, examples: Sequence[Example], read: AnyRead, layers: Sequence[int] | None
    ) -> StateStore:
        batch = self.request.model.batch_size
        return write_states(
            folder, self.model, windows, self.tokenizer, examples, reads=[read], layers=layers, batch_size=batch
        )


def _side(
    name: str,
    stores: _Stores,
    corpora: Mapping[str, Sequence[Example]],
    source: str,
    scores: Mapping[str, Score],
    request: TransferRequest,
) -> Side:
    texts = {language: stores.texts(language, examples) for language, examples in corpora.items()}
    layers = texts[source].settings.layers
    tokens = {language: stores.tokens(language, examples, max(layers)) for language, examples in corpora.items()}
    similarities = list(compare_languages(texts, source, request.read, layers, request.settings))
    without = {language: store.without_answer for language, store in texts.items() if request.read == "answer"}
    return Side(
        name=name,
        similarities=similarities,
        tokens=map_tokens(tokens, max(layers), seed=request.settings.seed),
        correlations=correlate_with_scores(similarities, scores) if scores else (),
        without_answer=without,
    )
