"""The corpora of Hsu et al. (2019, Tables 1-4 and 6) made of the embedded sample, as files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hf_xlqa.corpora.sample import sample_parallel, word_by_word
from hf_xlqa.corpora.sample.dictionary import sample_dictionary
from hf_xlqa.corpora.sample.grammar import LANGUAGES
from hf_xlqa.corpora.sample.names import Split
from hf_xlqa.corpora.sample.parses import write_sample_parses
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.json_record import write_text
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.schema import Example, ParallelExample
from hf_xlqa.transforms.code_switch import CodeSwitch
from hf_xlqa.transforms.permute import Permute
from hf_xlqa.transforms.transform import Transform, paragraph_rng
from hf_xlqa.transforms.typology import Typology
from hf_xlqa.transforms.word_order import Order
from hf_xlqa.words import Han

ENGLISH, CHINESE, KOREAN = "en", "zh", "ko"
SOURCES = (ENGLISH, CHINESE)
"""Languages whose corpora are also trained on in half, and in translations."""

TRANSLATED = {source: tuple(each for each in ("en", "zh", "ja", "ko", "de") if each != source) for source in SOURCES}
"""Languages of the translations; German stands where the paper has French."""

ORDERS: tuple[Order, ...] = ("sov", "vos", "vso", "osv", "ovs")
SWITCHED = tuple(each for each in LANGUAGES if each != ENGLISH)
PERMUTED_SET, SWITCHED_SET, PLAIN_SET = "permuted", "switched", "biographies"
"""Names of the evaluation corpora; that of a code-switched one ends in its language, as "switched-ko"."""

_HAN: Han = "characters"  # jieba cuts an invented name now here, now there
_RECORD, _SHARE = "corpora.json", "substitution ratio"


@dataclass(frozen=True)
class ChangedCorpus:
    """What a change made of a corpus.

    Args:
        name: of the changed corpus.
        questions: how many there were.
        lost: how many of them have no answer any more.
        told: what the change reports, by name.
    """

    name: str
    questions: int
    lost: int
    told: dict[str, Any]


@dataclass(frozen=True)
class ZeroShotCorpora:
    """The corpora of the study in a folder.

    Sources and their translations are of the same paragraphs, so that a translated corpus differs from one of its
    language by the translator alone: word by word through the sample's lexicon, answers at their exact place.

    Args:
        folder: where the files are.
        paragraphs: of the training split; "half" corpora have the questions on the first half of them.
        part: which split is evaluated.
        questions: of the evaluated split; None for all.
    """

    folder: Path
    paragraphs: int
    part: Split
    questions: int | None

    def write(self) -> None:
        """Write all files, and the record of what was changed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_untouched()
        changed = [*self._write_orders(), *self._write_unseen()]
        write_text(self.folder / _RECORD, json.dumps([asdict(each) for each in changed], indent=2) + "\n")

    def training_spec(self, name: str, language: str) -> str:
        """What `DataArguments.train` names: a language, "en half", "en-zh" (translated) or "en-sov" (reordered)."""
        return f"{name.replace(' ', '_')}/{language}={self._path('train', name)}"

    @property
    def evaluation_specs(self) -> list[str]:
        """What `DataArguments.evaluate` names: every language, permuted and code-switched corpora."""
        sets = [(PLAIN_SET, language) for language in LANGUAGES]
        sets += [(PERMUTED_SET, language) for language in SOURCES]
        sets += [(f"{SWITCHED_SET}-{language}", ENGLISH) for language in SWITCHED]
        return [f"{corpus}/{language}={self._path(self.part, corpus, language)}" for corpus, language in sets]

    def changes(self) -> dict[str, ChangedCorpus]:
        """What the changes made, by name of the corpus, as `write` has recorded it."""
        record = json.loads((self.folder / _RECORD).read_text(encoding="utf-8"))
        return {fields["name"]: ChangedCorpus(**fields) for fields in record}

    def replaced(self, language: str) -> float:
        """Share of the words that are in a language in its code-switched corpus, 0 to 1."""
        return float(self.changes()[f"{SWITCHED_SET}-{language}"].told[_SHARE])

    def evaluated(self, language: str) -> list[Example]:
        """The questions of the evaluated split in a language, under the ids that all languages share."""
        return [replace(example, id=example.parallel_id) for example in self._evaluated[language]]

    @cached_property
    def _trained(self) -> dict[str, list[Example]]:
        return _by_language(sample_parallel("train", paragraphs=self.paragraphs))

    @cached_property
    def _evaluated(self) -> dict[str, list[Example]]:
        return _by_language(sample_parallel(self.part)[: self.questions])

    def _write_untouched(self) -> None:
        for language, told in self._trained.items():
            write_squad(self._path("train", language), told)
            write_squad(self._path(self.part, PLAIN_SET, language), self.evaluated(language))
        for source in SOURCES:
            told = self._trained[source]
            write_squad(self._path("train", f"{source} half"), told[: len(told) // 2])
            for target in TRANSLATED[source]:
                translated = [word_by_word(example, target) for example in told]
                write_squad(self._path("train", f"{source}-{target}"), translated)

    def _write_orders(self) -> list[ChangedCorpus]:
        english = self._trained[ENGLISH]
        texts = [text for example in english for text in (example.context, example.question)]
        parses = write_sample_parses(self.folder / "parses.conllu", texts)
        names = {order: f"{ENGLISH}-{order}" for order in ORDERS}
        return [
            _change(name, Typology(parses=parses, order=order), english, self._path("train", name))
            for order, name in names.items()
        ]

    def _write_unseen(self) -> list[ChangedCorpus]:
        """The evaluated split in languages that no encoder has met, and in two languages at once."""
        changed = []
        for language in SOURCES:
            examples = self.evaluated(language)
            permute = Permute(**Permute.learned(examples, han=_HAN), han=_HAN)
            path = self._path(self.part, PERMUTED_SET, language)
            changed.append(_change(f"{PERMUTED_SET}-{language}", permute, examples, path))
        english = self.evaluated(ENGLISH)
        for language in SWITCHED:
            dictionary = sample_dictionary(ENGLISH, language, names=False)
            switch = CodeSwitch(dictionary=dictionary, source=ENGLISH, target=language)
            name = f"{SWITCHED_SET}-{language}"
            changed.append(_change(name, switch, english, self._path(self.part, name, ENGLISH)))
        return changed

    def _path(self, *parts: str) -> Path:
        return self.folder / f"{'.'.join(parts).replace(' ', '_')}.json"


def changes_table(changes: Iterable[ChangedCorpus], style: Style = "markdown") -> str:
    """What was changed, a row a corpus."""
    grid = [["corpus", "questions", "without an answer", "changed"]]
    for each in changes:
        told = "; ".join(f"{name} {_shown(value)}" for name, value in each.told.items() if value)
        grid.append([each.name, str(each.questions), str(each.lost), told])
    return render(grid, style)


def _by_language(examples: Sequence[ParallelExample]) -> dict[str, list[Example]]:
    return {
        language: [each for example in examples for each in example if each.context_language == language]
        for language in LANGUAGES
    }


def _change(name: str, transform: Transform, examples: Sequence[Example], path: Path) -> ChangedCorpus:
    """Write a changed corpus."""
    transform.prepare(examples)
    outcomes = [transform(example, paragraph_rng(0, example.context)) for example in examples]
    kept = [each for each in outcomes if isinstance(each, Example)]
    write_squad(path, kept)
    return ChangedCorpus(name, len(examples), len(examples) - len(kept), transform.report(transform.counts))


def _shown(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
