"""A question-answering model as a reader: any checkpoint, texts of any length, translations where it reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from tempfile import TemporaryDirectory
from typing import Any, Self

import torch
from datasets.utils import tqdm
from torch.utils.data import DataLoader
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.alignment import AlignedWindows, align_windows
from hf_xlqa.collator import WindowCollator, to_window_positions
from hf_xlqa.evaluation import SortedWindows
from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.language_numbers import languages_read
from hf_xlqa.messages import check_counts, first_few
from hf_xlqa.models.pipeline_xlqa import TASK, CrossLingualQuestionAnsweringPipeline
from hf_xlqa.models.span_head import mask_logits
from hf_xlqa.models.window_sizes import check_max_length, fixed_length
from hf_xlqa.objectives.objective import forward_arguments
from hf_xlqa.reading import Reader, ReaderPrediction
from hf_xlqa.reports import NO_TRANSLATIONS
from hf_xlqa.schema import Example, Prediction
from hf_xlqa.spans import extract_predictions
from hf_xlqa.translated_examples import check_translators, translate_examples
from hf_xlqa.translation.backend import Translator, shown

_LABELS = {"start_positions", "end_positions"}


@dataclass(frozen=True)
class CrossLingualReader(Reader):
    """Answers questions with a model, exactly as an evaluation does: by windows, the longest first, in batches.

    >>> reader = CrossLingualReader.from_pretrained("xlqa/xltt", translators={"ja": ...})  # doctest: +SKIP
    >>> reader("Wo steht die Brücke?", "Die Brücke steht in Bonn.", language="de").text  # doctest: +SKIP
    'Bonn'

    Args:
        model: with `start_logits` and `end_logits` in its output; it is put into evaluation mode.
        tokenizer: its tokenizer, a fast one or another with offsets as `models.QANetTokenizer`.
        translators: for a model that reads translations, one for each language it shall read, all from the
            language of the questions. Texts are translated sentence by sentence. For a language without one
            the model takes what it was made to take (`missing`), and predictions say so.
        max_length, window_step, max_question_length: sizes of the windows in tokens, see `prepare_features`.
        batch_size: windows in a batch.
        n_best, max_answer_tokens, max_answer_characters: see `spans.extract_predictions`.

    Raises:
        ValueError: when a translator is of no use to the model, it has no positions for `max_length` tokens, or
            `batch_size` is below 1.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    translators: Mapping[str, Translator] = field(default_factory=dict)
    max_length: int = 384
    window_step: int = 128
    max_question_length: int = 64
    batch_size: int = 32
    n_best: int = 20
    max_answer_tokens: int = 30
    max_answer_characters: int | None = None

    def __post_init__(self) -> None:
        check_counts(batch_size=self.batch_size)
        check_translators(self.translators, self.languages)
        check_max_length(self.model, self.max_length)

    @classmethod
    def from_pretrained(
        cls,
        name: str | PathLike[str],
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
        revision: str = "main",
        trust_remote_code: bool = False,
        **options: Any,
    ) -> Self:
        """A question-answering checkpoint and its tokenizer.

        Args:
            name: a folder or the id of a repository on the Hub.
            device: where it computes; by default the accelerator, or the CPU where there is none.
            dtype: of its weights; by default that of the checkpoint.
            revision: branch, tag or commit.
            trust_remote_code: whether to run the model code that the checkpoint brings.
            options: other arguments of the class.

        Raises:
            ValueError: when there is no such checkpoint, or it lacks weights such as those of the head.
        """
        loading: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
        tokenizer, model = _load(str(name), loading, {} if dtype is None else {"dtype": dtype})
        accelerator = torch.accelerator.current_accelerator(check_available=True)
        model.to(device or accelerator or torch.device("cpu"))
        return cls(model, tokenizer, **options)

    def save_pretrained(self, folder: str | PathLike[str]) -> None:
        """Write model, tokenizer and the pipeline `xlqa-question-answering`, which then needs this library no more."""
        CrossLingualQuestionAnsweringPipeline(
            self.model, self.tokenizer, task=TASK, device=self.model.device
        ).save_pretrained(folder)

    @property
    def languages(self) -> Sequence[str]:
        """The languages of the translations that the model reads; none for most."""
        return tuple(getattr(self.model.config, "parallel_languages", ()))

    @property
    def missing(self) -> str:
        """What the model makes of translations that are missing: "copy" or "skip"."""
        return str(getattr(self.model.config, "missing", NO_TRANSLATIONS))

    @property
    def default_language(self) -> str:
        """The language that the translators translate from, else the tokenizer's, else one that is not known."""
        sources = [translator.source_language for translator in self.translators.values()]
        own = getattr(self.tokenizer, "language", None)
        return str((sources + [own])[0] or super().default_language)

    def check(self, examples: Sequence[Example]) -> None:
        """Refuse questions of more tokens than a window has for them.

        Raises:
            ValueError: names the first.
        """
        with TemporaryDirectory() as folder:
            asked = [replace(example, id=str(row), context="", answers=()) for row, example in enumerate(examples)]
            longer = self.windows(asked, directory=folder).report.truncated_questions
        if longer:
            raise ValueError(
                f"`question` must have at most {self.max_question_length} tokens, but {len(longer)} of {len(examples)} "
                f"have more instead, first {shown(examples[int(longer[0])].question)}; shorten it or raise "
                "`max_question_length`."
            )

    def answer(self, examples: Sequence[Example]) -> list[ReaderPrediction]:
        """The n best spans of each example; questions that are too long are cut, as in an evaluation.

        Raises:
            ValueError: when an example is not in the language of the translators, see also `prepare_features`.
            TranslationError: when a translator fails.
        """
        if not examples:
            return []
        asked = [replace(example, parallel_id=str(row)) for row, example in enumerate(examples)]
        translated = {
            language: translate_examples(examples, self.translators[language]) if language in self.translators else []
            for language in (self.languages if self.translators else ())
        }
        with TemporaryDirectory(prefix="hf_xlqa_reader_") as folder:
            features = self.windows(asked, directory=folder)
            others = {
                language: self.windows(_numbered(each), directory=folder) for language, each in translated.items()
            }
            parallel = align_windows(features, others) if others else None
            predictions = self.answer_windows(asked, features, parallel)
        return [self._with_provenance(row, each, translated) for row, each in enumerate(predictions)]

    def windows(
        self, examples: Sequence[Example], *, directory: str | None = None, progress: bool = False
    ) -> PreparedFeatures:
        """The windows of examples in the sizes of this reader.

        Args:
            examples: the examples.
            directory, progress: see `prepare_features`.
        """
        return prepare_features(
            examples,
            self.tokenizer,
            max_length=self.max_length,
            window_step=self.window_step,
            max_question_length=self.max_question_length,
            languages=languages_read(self.model.config, examples),
            directory=directory,
            progress=progress,
        )

    def answer_windows(
        self,
        examples: Sequence[Example],
        features: PreparedFeatures,
        parallel: AlignedWindows | None = None,
        *,
        progress: bool = False,
    ) -> list[Prediction]:
        """The n best spans of examples whose windows are there.

        Args:
            examples: at least one.
            features: their windows.
            parallel: the same with those of the translations.
            progress: whether to show a bar.
        """
        windows = SortedWindows(features, parallel)
        loader = DataLoader(
            windows,
            batch_size=self.batch_size,
            collate_fn=WindowCollator(
                self.tokenizer,
                languages=windows.languages,
                pad_to_multiple_of=fixed_length(self.model, self.max_length),
            ),
            pin_memory=self.model.device.type == "cuda",
        )
        self.model.eval()
        batches = tqdm(loader, desc="Answers", unit=" batches", disable=not progress)
        logits = windows.restore([self._logits(batch) for batch in batches])
        return extract_predictions(
            examples,
            features.windows,
            *logits,
            n_best=self.n_best,
            max_answer_tokens=self.max_answer_tokens,
            max_answer_characters=self.max_answer_characters,
        )

    @torch.inference_mode()
    def _logits(self, batch: Mapping[str, torch.Tensor]) -> tuple[Any, Any]:
        """Start and end logits of a batch, (batch, length) each, counted from the first real token."""
        inputs = {name: each.to(self.model.device, non_blocking=True) for name, each in batch.items()}
        accepted = forward_arguments(self.model) - _LABELS
        outputs = self.model(**{name: each for name, each in inputs.items() if name in accepted})
        masked = (
            mask_logits(each.float(), inputs["answer_mask"]) for each in (outputs.start_logits, outputs.end_logits)
        )
        start, end = (to_window_positions(each, inputs["attention_mask"]).cpu().numpy() for each in masked)
        return start, end

    def _with_provenance(
        self, row: int, prediction: Prediction, translated: Mapping[str, Sequence[Example | None]]
    ) -> ReaderPrediction:
        names = {
            language: self.translators[language].name if any(translated.get(language, ())[row : row + 1]) else None
            for language in self.languages
        }
        translations = {language: name or self.missing for language, name in names.items()}
        return ReaderPrediction(prediction.id, prediction.spans, prediction.null_score, translations)


def _numbered(translated: Sequence[Example | None]) -> list[Example]:
    """The translations that are there, each with the row of its example as `parallel_id`."""
    return [replace(each, parallel_id=str(row)) for row, each in enumerate(translated) if each is not None]


def _load(name: str, loading: dict[str, Any], weights: dict[str, Any]) -> tuple[PreTrainedTokenizerBase, Any]:
    """Tokenizer and model of a checkpoint that has all its weights."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **loading)
        model, report = AutoModelForQuestionAnswering.from_pretrained(
            name, output_loading_info=True, **loading, **weights
        )
    except (OSError, ValueError) as error:
        raise ValueError(
            "`model` must be the folder of a question-answering model with its tokenizer, or the id of one on the "
            f"Hub, but is {name!r} instead: {error}"
        ) from error
    absent = sorted(report["missing_keys"])
    if absent:
        raise ValueError(
            f"`model` must be trained for question answering, but {name!r} has no weights for "
            f"{first_few(absent)} instead."
        )
    return tokenizer, model
