"""Training data of Answer Aligner and Answer Verifier: target data sent through the pipeline."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hf_xlqa.back_translation.pipeline import BackTranslation
from hf_xlqa.back_translation.reader import KINDS, Kind, to_find
from hf_xlqa.corpora.squad_format import write_jsonl, write_squad
from hf_xlqa.json_record import write_text
from hf_xlqa.leaks import LeakReport, LeakWarning, find_leaks, warn_of_leaks
from hf_xlqa.messages import check_choice
from hf_xlqa.schema import Example

_NO_GOLD = "no gold"
_WRITERS = {".json": write_squad, ".jsonl": write_jsonl}


@dataclass
class Provenance:
    """Where training data of an aligner or verifier came from.

    Args:
        kind: what they train.
        translators: names of the translators, there and back, by the language they translate into.
        source_reader: what answered in the source language.
        examples: how many there are.
        dropped: ids of the others, by reason.
        leaks: what the evaluation sets (by name) and the training of the source reader have in common with them.
    """

    kind: Kind
    translators: dict[str, str]
    source_reader: str
    examples: int = 0
    dropped: dict[str, list[str]] = field(default_factory=dict)
    leaks: dict[str, LeakReport] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """What became of the examples, for people."""
        dropped = [f"dropped, {reason}: {len(ids):,}" for reason, ids in sorted(self.dropped.items())]
        return [f"{self.examples:,} examples to train the {self.kind} on", *dropped]

    def write(self, path: Path) -> None:
        """Write the record as JSON."""
        write_text(path, json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n")


def write_training_data(
    path: str | Path,
    pipeline: BackTranslation,
    examples: Iterable[Example],
    kind: Kind,
    *,
    source_reader: str,
    evaluated: Mapping[str, Iterable[Example]] | None = None,
    read_by_source: Iterable[Example] | None = None,
) -> Provenance:
    """Sends target examples through the pipeline and writes what a model is trained on to find their golds.

    The "question" of an example becomes its translated answer, with the kind "verifier" followed by its question;
    context, golds and ids stay. Examples are written as they come, a batch in memory; where the process is
    killed, the next run translates only what its `CachedTranslator`s do not hold. What could not be used is
    counted by reason in the provenance, which is returned and written to PATH.provenance.json.

    Args:
        path: a new SQuAD-format file, .json (nested) or .jsonl (flat), each also .gz.
        pipeline: translates, reads and translates back.
        examples: with golds, in the target language; read anew for every check of leaks.
        kind: what is trained.
        source_reader: name of the pipeline's reader, for the provenance.
        evaluated: evaluation sets by name. A `LeakWarning` tells where one has an id or context in common.
        read_by_source: what the pipeline's reader was trained on, in any language. It answers such examples
            better than others, and the model would learn to trust it: a `LeakWarning` tells of those.

    Raises:
        ValueError: when `kind` is unknown, the path has another ending, or no example is left.
        TranslationError: see `BackTranslation`.
    """
    path = Path(path)
    check_choice("kind", kind, KINDS)
    write = _WRITERS.get(Path(path.name.removesuffix(".gz")).suffix)
    if write is None:
        valid = ", ".join(f"{suffix}[.gz]" for suffix in _WRITERS)
        raise ValueError(f"`path` must end in {valid}, but is {str(path)!r} instead.")
    provenance = Provenance(kind, pipeline.translations, source_reader)
    for name, others in (evaluated or {}).items():
        provenance.leaks[name] = warn_of_leaks(examples, others, name=name)
    if read_by_source is not None:
        provenance.leaks["training of the source reader"] = _warn_of_known(read_by_source, examples)
    path.parent.mkdir(parents=True, exist_ok=True)
    provenance.examples = write(path, _usable(_to_find(pipeline, examples, provenance), provenance))
    provenance.write(path.with_name(f"{path.name}.provenance.json"))
    return provenance


def _to_find(pipeline: BackTranslation, examples: Iterable[Example], provenance: Provenance) -> Iterator[Example]:
    for found in pipeline(examples):
        if reason := found.fault or ("" if found.example.answers else _NO_GOLD):
            provenance.dropped.setdefault(reason, []).append(found.example.id)
        else:
            yield to_find(found, provenance.kind)


def _usable(examples: Iterator[Example], provenance: Provenance) -> Iterator[Example]:
    """The examples, at least one; else the file is not written."""
    first = next(examples, None)
    if first is None:
        found = ", ".join(f"{reason}: {len(ids)}" for reason, ids in provenance.dropped.items()) or "there are none"
        raise ValueError(f"`examples` must have golds and translated answers, but none has both instead ({found}).")
    yield first
    yield from examples


def _warn_of_known(known: Iterable[Example], examples: Iterable[Example]) -> LeakReport:
    report = find_leaks(known, examples)
    if report:
        warnings.warn(
            f"The source reader was trained on {report.by_id} examples with an id and {report.by_context} with a "
            f"context of the training data (such as {', '.join(report.sample)}), which it answers better than others. "
            "Train it on other articles.",
            LeakWarning,
            stacklevel=3,
        )
    return report
