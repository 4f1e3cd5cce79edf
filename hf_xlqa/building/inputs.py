"""What a user gives to a build, in the places of the options that wait for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hf_xlqa import plugins
from hf_xlqa.building.config import CorpusConfig, Given, Variant
from hf_xlqa.corpora.sample.dictionary import with_sample
from hf_xlqa.transforms.transform import Transform
from hf_xlqa.translation import make_translator
from hf_xlqa.translation.backend import Translator
from hf_xlqa.translation.cache import CachedTranslator

_MEANING = {
    "dictionary": "a file of word translations",
    "backend": "a translator such as seq2seq:MODEL",
    "parses": "CoNLL-U files",
}

_OF_FILES = ("lexicon", "parallel_files")
"""Backends whose argument is files, which must be there before anything is built."""


def make_transform(variant: Variant, config: CorpusConfig, learned: Mapping[str, Any]) -> Transform | None:
    """The transform of a variant, ready to change examples; None where the variant changes nothing.

    Args:
        variant: names the transform and its options.
        config: has what its options wait for.
        learned: the options that `Transform.learned` found in the corpus.

    Raises:
        ValueError: when there is no such transform, something is not given, or an option is refused.
        ImportError: when a translator needs an extra that is not installed.
        OSError: when a file that was given cannot be read.
    """
    if variant.transform is None:
        return None
    transform: Transform = transform_class(variant)(**made_options(variant, config), **learned)
    return transform


def transform_class(variant: Variant) -> type[Transform]:
    """The class that a variant names, which must name one.

    Raises:
        ValueError: when there is no such transform; lists those there are.
    """
    found: type[Transform] = plugins.find("transforms", str(variant.transform))
    return found


def made_options(variant: Variant, config: CorpusConfig) -> dict[str, Any]:
    """The options of a variant with everything in its place; translators are made, files are named."""
    return {
        name: _made(value, config, variant) if isinstance(value, Given) else value
        for name, value in variant.options.items()
    }


def _made(given: Given, config: CorpusConfig, variant: Variant) -> Any:
    value = given_value(given, config, variant)
    if given.name != "backend":
        return value
    return _translator(value, given.source_language, given.target_language, config.cache)


@cache
def _translator(spec: str, source_language: str, target_language: str, cache: str | None) -> Translator:
    """One for all variants and shards that a process builds: a model may be large, and slow to load."""
    translator = make_translator(spec, source_language, target_language)
    return CachedTranslator(translator, cache) if cache else translator


def forget_translators() -> None:
    """Lets translators go, so that what is made next reads their files anew."""
    _translator.cache_clear()


def given_value(given: Given, config: CorpusConfig, variant: Variant) -> Any:
    """What the user gave for an option, as text or a list of texts.

    Raises:
        ValueError: when nothing was given; names the option.
    """
    value = getattr(config, given.name)
    if not value:
        pair = f" from {given.source_language} to {given.target_language}" if given.target_language else ""
        raise ValueError(
            f"`{given.name}` must be {_MEANING[given.name]}{pair}, for {variant.transform} "
            f"in the configuration {config.name}, but is not given instead."
        )
    if given.name == "parses":
        return list(value)
    languages = (given.source_language, given.target_language)
    named = str(value).replace("{source}", languages[0]).replace("{target}", languages[1])
    return with_sample(named, *languages)


def backend_name(config: CorpusConfig) -> str | None:
    """The backend without the folders its files stand in, which differ from machine to machine."""
    if config.backend is None:
        return None
    kind, _, argument = config.backend.partition(":")
    named = (Path(part).name if Path(part).is_absolute() else part for part in argument.split(","))
    return f"{kind}:{','.join(named)}"


def given_files(config: CorpusConfig) -> Iterator[Path]:
    """Every file or folder that decides what the variants give: dictionaries, parses, files of backends.

    Raises:
        ValueError: as `given_value`.
        FileNotFoundError: when a dictionary, a file of parses or of a backend that reads files is not there.
    """
    for variant in config.variants:
        for given in (value for value in variant.options.values() if isinstance(value, Given)):
            value = given_value(given, config, variant)
            if given.name == "backend":
                kind, _, named = value.partition(":")
                paths = [Path(part) for part in named.split(",") if part]
                if kind not in _OF_FILES:  # a model, known by its name
                    yield from (path for path in paths if path.is_file())
                    continue
            else:
                paths = [Path(part) for part in ([value] if isinstance(value, str) else value)]
            for path in paths:
                if not path.is_file():
                    raise FileNotFoundError(f"`{given.name}` must be a file, but {str(path)!r} is none instead.")
                yield path
