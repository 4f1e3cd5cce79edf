"""Configuration of a question-answering model together with its language discriminator."""

from typing import Any

from .configuration_qanet import QANetConfig
from .language_discriminator import KINDS
from .wrapped_config import WrappedReaderConfig

READS = ("parts", "cls", "question", "cls_sep")


class AdversarialConfig(WrappedReaderConfig):
    """Configuration of `AdversarialForQuestionAnswering`.

    Args:
        qa_config, languages: see `WrappedReaderConfig`.
        source_language: the one the discriminator scores high, by default the first; every other is a target.
        layer: which of an encoder's hidden states the discriminator reads, -1 for the last.
        transform: whether the states of that layer go through a linear layer of the same width before the layers
            above and the discriminator read them (the "transform layer" of Hsu et al. 2019, GAN-layer 8 and 11). It
            begins as the identity, so that the model begins as it was.
        feature_size: width of the states, by default the model's `hidden_size`.
        discriminator_kind: "convolution" (Lee & Lee 2019) or "perceptron" (AT 2020).
        discriminator_reads: "parts" (question and context as two sequences), "cls" ([CLS]), "question" (the mean of
            the question's tokens) or "cls_sep" ([CLS] and the separator after the question, end to end); by default
            "parts" for convolutions and "cls" for a perceptron.
        discriminator_scores: "source" (one score, high for the source language) or "languages" (one class each); by
            default "source" for convolutions and "languages" for a perceptron.
        discriminator_channels, discriminator_blocks, discriminator_kernel, discriminator_head,
            discriminator_max_length: see `LanguageDiscriminator`; the defaults are the paper's.
        discriminator_hidden_size, discriminator_hidden_layers: see `PerceptronDiscriminator`; by default two layers
            of four times `feature_size`, 3,072 for multilingual BERT.

    Raises:
        ValueError: when `languages` are fewer than two or repeat, or `source_language`, `discriminator_kind`,
            `discriminator_reads` or `discriminator_scores` is unknown.
    """

    model_type = "adversarial"
    keys_to_ignore_at_inference = ("features",)
    brought_along = (QANetConfig,)  # which it loads where no Auto class knows it
    fewest_languages = 2

    transform: bool = False
    feature_size: int | None = None
    discriminator_kind: str = "convolution"
    discriminator_reads: str | None = None
    discriminator_scores: str | None = None
    discriminator_channels: int = 96
    discriminator_blocks: int = 5
    discriminator_kernel: int = 5
    discriminator_head: str = "mean"
    discriminator_max_length: int | None = None
    discriminator_hidden_size: int | None = None
    discriminator_hidden_layers: int = 2
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)
        self.feature_size = self.feature_size or int(self.qa_config.hidden_size)
        self._choose_discriminator()

    def _choose_discriminator(self) -> None:
        """Fill in what depends on the kind of discriminator, and refuse what is unknown."""
        reads, scores = ("parts", "source") if self.discriminator_kind == "convolution" else ("cls", "languages")
        self.discriminator_reads = self.discriminator_reads or reads
        self.discriminator_scores = self.discriminator_scores or scores
        self.discriminator_hidden_size = self.discriminator_hidden_size or 4 * int(self.feature_size or 0)
        for name, valid in (("kind", KINDS), ("reads", READS), ("scores", ("source", "languages"))):
            value = getattr(self, f"discriminator_{name}")
            if value not in valid:
                raise ValueError(f"`discriminator_{name}` must be one of {', '.join(valid)}, but is {value!r} instead.")

    @property
    def scores(self) -> int:
        """How many scores a sequence gets."""
        return 1 if self.discriminator_scores == "source" else len(self.languages or [])
