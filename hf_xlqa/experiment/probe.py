"""What checkpoints know of the language of a question: a probe of their states, and their own discriminator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from hf_xlqa.analysis.hidden_states import Read, first_windows, gather_states
from hf_xlqa.analysis.language_probe import Confusion, discriminator_confusion, probe_languages
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.training_windows import cut
from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import ABSENT
from hf_xlqa.schema import Example

READS: dict[Read, str] = {"cls": "[CLS]", "question": "question"}
_OWN = "own discriminator"


def probe_table(
    checkpoints: Mapping[str, Sequence[str | Path]],
    questions: Mapping[str, Sequence[Example]],
    settings: Mapping[str, Sequence[str]],
    data: DataArguments,
    *,
    style: Style = "markdown",
) -> str:
    """How many questions of 100 have their language told by a probe of the last states, and by the discriminator.

    Args:
        checkpoints: folders by name of the system, one a seed; the figures are means over them.
        questions: by language, the translations of one question on one context each, under one parallel id.
        settings: which languages a probe tells apart, by name.
        data: sizes of the windows.
        style: see `grid.render`.
    """
    columns = [f"{label} {setting}" for setting in settings for label in READS.values()]
    rows = {}
    for name, folders in checkpoints.items():
        seeds = [probe_checkpoint(folder, questions, settings, data) for folder in folders]
        rows[name] = [_shown([seed[column] for seed in seeds if column in seed]) for column in [*columns, _OWN]]
    return render([["% told (chance)", *columns, _OWN], *([name, *row] for name, row in rows.items())], style)


def probe_checkpoint(
    folder: str | Path,
    questions: Mapping[str, Sequence[Example]],
    settings: Mapping[str, Sequence[str]],
    data: DataArguments,
) -> dict[str, Confusion]:
    """What `probe_table` shows of one checkpoint, by column."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForQuestionAnswering.from_pretrained(folder)
    examples = [example for group in questions.values() for example in group]
    windows = first_windows(cut(examples, tokenizer, data).windows)
    states = gather_states(model, windows, tokenizer, reads=list(READS))
    told = {}
    for setting, languages in settings.items():
        rows = _asked_in(languages, examples)
        spoken, ids = ([getattr(examples[row], name) for row in rows] for name in ("question_language", "parallel_id"))
        for read, label in READS.items():
            told[f"{label} {setting}"] = probe_languages(states[read][rows, -1], spoken, ids)
    if isinstance(model, AdversarialForQuestionAnswering):
        known: Any = model.config.languages
        rows = _asked_in(known, examples)
        spoken = [examples[row].question_language for row in rows]
        told[_OWN] = discriminator_confusion(model, windows.select(rows), tokenizer, spoken)
    return told


def _asked_in(languages: Sequence[str], examples: Sequence[Example]) -> list[int]:
    return [row for row, example in enumerate(examples) if example.question_language in languages]


def _shown(seeds: Sequence[Confusion]) -> str:
    if not seeds:
        return ABSENT
    return f"{100 * fmean(each.accuracy for each in seeds):.1f} ({100 * seeds[0].chance:.1f})"
