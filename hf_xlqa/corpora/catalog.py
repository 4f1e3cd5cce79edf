"""The corpora known by name: where they come from, their languages, licence and official rule."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hf_xlqa.corpora.hub import HubRows, HubSource
from hf_xlqa.corpora.squad_format import CorpusReader, OnDefect, read_examples
from hf_xlqa.messages import check_choice
from hf_xlqa.schema import Example

_SPEC = re.compile(r"(?P<name>[\w-]+)(/(?P<context>[A-Za-z-]+)(\.(?P<question>[A-Za-z-]+))?)?(=(?P<path>.+))?")
_PARQUET_BRANCH = "refs/convert/parquet"
_TYDIQA_LANGUAGES = {
    "ar": "arabic",
    "bn": "bengali",
    "en": "english",
    "fi": "finnish",
    "id": "indonesian",
    "ko": "korean",
    "ru": "russian",
    "sw": "swahili",
    "te": "telugu",
}


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus known by name.

    Args:
        name: its name in specifications.
        languages: ISO 639-1 codes of its contexts.
        licence: licence of its texts.
        metric: the file of metrics/ that scores it: its official rule, `universal` where there is none.
        hub: where it is on the Hub; None for the embedded sample.
        is_cross_lingual: whether questions come in each language of the contexts too (G-XLT).
    """

    name: str
    languages: tuple[str, ...]
    licence: str
    metric: str
    hub: HubSource | None
    is_cross_lingual: bool = False


CATALOG = {
    corpus.name: corpus
    for corpus in (
        Corpus(
            "squad",
            ("en",),
            "CC BY-SA 4.0",
            "squad",
            HubSource(
                "rajpurkar/squad",
                "7b6d24c440a36b6815f21b70d25016731768db1f",
                {"train": "train", "validation": "validation"},
                config="plain_text",
            ),
        ),
        Corpus(
            "squadshifts_new_wiki",
            ("en",),
            "CC BY 4.0",
            "squad",
            HubSource(
                "ludwigschmidt/squadshifts",
                _PARQUET_BRANCH,
                {"test": "test"},
                data_files="new_wiki/{split}/*.parquet",
            ),
        ),
        Corpus(
            "squadshifts_reddit",
            ("en",),
            "CC BY 4.0",
            "squad",
            HubSource(
                "ludwigschmidt/squadshifts",
                _PARQUET_BRANCH,
                {"test": "test"},
                data_files="reddit/{split}/*.parquet",
            ),
        ),
        Corpus(
            "xquad",
            ("en", "ar", "de", "el", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"),
            "CC BY-SA 4.0",
            "squad",
            HubSource(
                "google/xquad",
                "51adfef1c1287aab1d2d91b5bead9bcfb9c68583",
                {"validation": "validation"},
                config="xquad.{context}",
            ),
        ),
        Corpus(
            "mlqa",
            ("en", "ar", "de", "es", "hi", "vi", "zh"),
            "CC BY-SA 3.0",
            "mlqa",
            HubSource(
                "facebook/mlqa",
                _PARQUET_BRANCH,
                {"validation": "validation", "test": "test"},
                data_files="mlqa.{context}.{question}/{split}/*.parquet",
            ),
            is_cross_lingual=True,
        ),
        Corpus(
            "cmrc2018",
            ("zh",),
            "CC BY-SA 4.0",
            "cmrc2018",
            HubSource(
                "hfl/cmrc2018",
                "137f2c45a24275fb68f6961c4d357f46288886aa",
                {"train": "train", "validation": "validation", "test": "test"},
            ),
        ),
        Corpus(
            "drcd",
            ("zh",),
            "CC BY-SA 3.0",
            "drcd",
            HubSource(
                "voidful/DRCD",
                _PARQUET_BRANCH,
                {"train": "train", "validation": "dev", "test": "test"},
                data_files="default/{split}/*.parquet",
            ),
        ),
        Corpus(
            "korquad",
            ("ko",),
            "CC BY-ND 2.0 KR",
            "korquad",
            HubSource(
                "KorQuAD/squad_kor_v1",
                "01aad23853355e5f4f6317eeaaa8186811424834",
                {"train": "train", "validation": "validation"},
                config="squad_kor_v1",
            ),
        ),
        Corpus(
            "jaquad",
            ("ja",),
            "CC BY-SA 3.0",
            "universal",
            HubSource(
                "SkelterLabsInc/JaQuAD",
                _PARQUET_BRANCH,
                {"train": "train", "validation": "validation"},
                data_files="default/{split}/*.parquet",
            ),
        ),
        Corpus(
            "tydiqa",
            tuple(_TYDIQA_LANGUAGES),
            "Apache-2.0",
            "tydiqa",
            HubSource(
                "google-research-datasets/tydiqa",
                "da78f23f9119363459acbaf46bf89426ff26c259",
                {"train": "train", "validation": "validation"},
                config="secondary_task",
                id_prefixes=_TYDIQA_LANGUAGES,
            ),
        ),
        Corpus("sample", ("en", "zh", "ja", "ko", "de", "hi"), "Apache-2.0", "universal", None, is_cross_lingual=True),
    )
}
"""The known corpora by name. `validation` is what a corpus calls its development set."""


class CorpusSpec(NamedTuple):
    """What `NAME[/CONTEXT[.QUESTION]][=PATH]` names."""

    name: str
    context_language: str
    question_language: str
    path: Path | None


def parse_spec(spec: str, *, language: str | None = None) -> CorpusSpec:
    """Reads a specification of a corpus and checks it against the catalog.

    Args:
        spec: NAME, NAME/LANGUAGE, or NAME/CONTEXT_LANGUAGE.QUESTION_LANGUAGE, each optionally followed
            by `=PATH`, a local file or folder of shards to read instead of the Hub. With a path and a
            language the name may be any: it is the user's own corpus.
        language: language of contexts and questions where the specification names none.

    Raises:
        ValueError: when the name or a language is unknown, or the language is missing; lists what is valid.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise ValueError(f"`corpus` must be NAME[/CONTEXT[.QUESTION]][=PATH], but is {spec!r} instead.")
    name, path = match["name"], Path(match["path"]) if match["path"] else None
    corpus = CATALOG.get(name)
    context = match["context"] or language or (corpus.languages[0] if corpus and len(corpus.languages) == 1 else None)
    if corpus is None and (path is None or context is None):
        valid = ", ".join(CATALOG)
        raise ValueError(f"`corpus` must be one of {valid}, or NAME/LANGUAGE=PATH, but is {spec!r} instead.")
    if context is None:
        raise ValueError(f"`corpus` must name a language, as in {name}/{CATALOG[name].languages[0]}, but is {spec!r}.")
    question = match["question"] or context
    if corpus and path is None:
        _check_languages(corpus, context, question)
    return CorpusSpec(name, context, question, path)


def _check_languages(corpus: Corpus, context: str, question: str) -> None:
    for language in (context, question):
        if language not in corpus.languages:
            valid = ", ".join(corpus.languages)
            raise ValueError(f"`language` of {corpus.name} must be one of {valid}, but is {language!r} instead.")
    if context != question and not corpus.is_cross_lingual:
        raise ValueError(
            f"`corpus` {corpus.name} must have questions in the language of its contexts, "
            f"but is asked for {context}.{question} instead."
        )


def load_corpus(
    spec: str,
    *,
    language: str | None = None,
    split: str = "train",
    on_defect: OnDefect = "repair",
    require_answers: bool = True,
) -> Iterable[Example]:
    """The examples of a corpus, by name from the Hub or from a local copy.

    Public corpora have known defects, so by default safe repairs are applied, the rest is dropped, and
    both are counted in the `report` of the reader and logged. Scores need the untouched golds: see
    `squad_format.references`.

    Args:
        spec: see `parse_spec`.
        language: see `parse_spec`.
        split: train, validation or test; a local path is read whole, whatever the split.
        on_defect: see `CorpusReader`.
        require_answers: see `CorpusReader`.

    Raises:
        ValueError: when the corpus, its language or its split is unknown; lists what is valid.
        FileNotFoundError: when there is nothing at the path.
    """
    name, context, question, path = parse_spec(spec, language=language)
    if path is not None:
        return read_examples(
            path,
            language=context,
            question_language=question,
            corpus=name,
            on_defect=on_defect,
            require_answers=require_answers,
        )
    hub = CATALOG[name].hub
    if hub is None:
        return _sample(split, context, question)
    return CorpusReader([HubRows(hub, split, context, question)], context, question, name, on_defect, require_answers)


def _sample(split: str, language: str, question_language: str) -> Iterable[Example]:
    from hf_xlqa.corpora.sample.parallel import sample_examples

    if split == "train":
        return sample_examples("train", language, question_language=question_language)
    if split == "validation":
        return sample_examples("dev", language, question_language=question_language)
    if split == "test":
        return sample_examples("test", language, question_language=question_language)
    raise ValueError(f"`split` of sample must be one of train, validation, test, but is {split!r} instead.")


def metric_of(name: str) -> str:
    """The rule a corpus is scored by.

    Raises:
        ValueError: when the corpus is unknown; lists what is valid.
    """
    check_choice("corpus", name, CATALOG)
    return CATALOG[name].metric
