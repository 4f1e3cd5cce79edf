"""How well the language of a text can be told from the frozen states of a model.

A fresh linear classifier sees what is there to be read (a probe); the discriminator of a checkpoint, which it was
trained against, may be fooled while the language still stands there (Elazar and Goldberg 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from hf_xlqa.analysis.hidden_states import window_batches
from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.reports.grid import Style, render

OTHERS = "others"
"""All languages but the source, where a discriminator tells only the source from them."""


@dataclass(frozen=True)
class Confusion:
    """Which language was taken for which.

    Args:
        languages: the languages.
        counts: how many texts of each language (rows) were taken for each (columns), (languages, languages).
    """

    languages: tuple[str, ...]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, true: Sequence[str], told: Sequence[str], languages: Sequence[str]) -> Confusion:
        """The counts of the languages of texts and what they were taken for."""
        places = {language: place for place, language in enumerate(languages)}
        counts = np.zeros((len(languages), len(languages)), np.int64)
        for one, other in zip(true, told, strict=True):
            counts[places[one], places[other]] += 1
        return cls(tuple(languages), counts)

    @property
    def accuracy(self) -> float:
        """Share of the texts whose language was told, in [0, 1]."""
        return float(self.counts.trace() / self.counts.sum())

    @property
    def chance(self) -> float:
        """The accuracy of naming the most frequent language always, in [0, 1]: what states that tell nothing give."""
        return float(self.counts.sum(axis=1).max() / self.counts.sum())

    def table(self, style: Style = "markdown") -> str:
        """A row a language, a column for what its texts were taken for, in percent of the row; see `grid.render`."""
        rows = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        grid = [["language \\ taken for", *self.languages, "texts"]]
        for language, shares, counts in zip(self.languages, rows, self.counts, strict=True):
            grid.append([language, *(f"{100 * share:.1f}" for share in shares), str(counts.sum())])
        return render(grid, style)


def probe_languages(
    states: NDArray[Any], languages: Sequence[str], groups: Sequence[str], *, folds: int = 5, seed: int = 0
) -> Confusion:
    """How well a linear classifier (logistic regression on standardised states) tells the languages of texts.

    Every text is judged by a classifier that has seen no text of its group, so that nothing is told by what a text
    says: translations of one question make a group.

    Args:
        states: a vector a text, (texts, W).
        languages: of the texts.
        groups: of the texts, such as their parallel ids.
        folds: how many parts the groups are dealt into, each judged by what the others taught.
        seed: of the dealing.

    Raises:
        ImportError: when scikit-learn is missing.
        ValueError: when the numbers of texts differ, there are fewer than two languages, or fewer groups than folds.
    """
    if not len(states) == len(languages) == len(groups):
        raise ValueError(
            f"`languages` and `groups` must be of the {len(states)} texts of `states`, but are of {len(languages)} "
            f"and {len(groups)} instead."
        )
    names = list(dict.fromkeys(languages))
    if len(names) < 2:
        raise ValueError(f"`languages` must be two or more, but are {', '.join(names) or 'none'} instead.")
    if len(set(groups)) < folds:
        raise ValueError(f"`groups` must be {folds} or more, one a fold at least, but are {len(set(groups))} instead.")
    predict, classifier, dealt = _scikit_learn(folds, seed)
    told = predict(classifier, states, np.array(languages), groups=np.array(groups), cv=dealt)
    return Confusion.of(languages, told.tolist(), names)


@torch.inference_mode()
def discriminator_confusion(
    model: AdversarialForQuestionAnswering,
    windows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    languages: Sequence[str],
    *,
    batch_size: int = 64,
) -> Confusion:
    """How well the discriminator of a checkpoint tells the languages of questions.

    Args:
        model: the checkpoint.
        windows: as `prepare_features` gives them.
        tokenizer: that of the windows.
        languages: of the question of each window.
        batch_size: windows in a batch.

    Returns:
        The confusion of its languages; of the source and `OTHERS`, where it gives one score.

    Raises:
        ValueError: when the numbers of windows and languages differ, or the discriminator knows not all of them.
    """
    config: Any = model.config
    if len(languages) != len(windows):
        raise ValueError(f"`languages` must be of {len(windows)} windows, but are of {len(languages)} instead.")
    unknown = sorted(set(languages) - set(config.languages))
    if unknown:
        raise ValueError(
            f"`languages` must be of {', '.join(config.languages)}, which the discriminator knows, but are of "
            f"{', '.join(unknown)} instead."
        )
    told: list[int] = []
    for batch in window_batches(model, windows, tokenizer, batch_size=batch_size):
        (states, mask), *_ = model.features(**batch)
        scores = model.discriminator(states, mask)
        told += (scores.argmax(dim=-1) if scores.dim() > 1 else (scores <= 0).long()).tolist()
    if config.scores > 1:
        return Confusion.of(languages, [config.languages[each] for each in told], config.languages)
    names = (config.source_language, OTHERS)
    true = [each if each == config.source_language else OTHERS for each in languages]
    return Confusion.of(true, [names[each] for each in told], names)


def _scikit_learn(folds: int, seed: int) -> tuple[Any, Any, Any]:
    """Prediction by folds, the classifier, and the dealing of groups into folds."""
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GroupKFold, cross_val_predict
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise ImportError("A language probe needs scikit-learn: pip install 'hf-xlqa[analysis]'") from error
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return cross_val_predict, classifier, GroupKFold(folds, shuffle=True, random_state=seed)
