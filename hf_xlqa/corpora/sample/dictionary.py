"""The lexicon of the embedded sample as a file, as transforms and translators read dictionaries."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import datasets

from hf_xlqa.corpora.sample.lexicon import lexicon
from hf_xlqa.corpora.sample.names import SPLITS
from hf_xlqa.json_record import write_text

SAMPLE = "{sample}"
"""What stands for the path of the file in options of builds and in specifications of translators."""


def with_sample(given: str, source: str, target: str) -> str:
    """An option in which the path of the file stands for `SAMPLE`.

    Args:
        given: the option, returned as it is where it does not name the sample.
        source, target: the languages of the dictionary.

    Raises:
        ValueError: when the sample does not have a language.
    """
    return given.replace(SAMPLE, str(sample_dictionary(source, target))) if SAMPLE in given else given


def sample_dictionary(source: str, target: str, *, names: bool = True) -> Path:
    """A dictionary of the form of MUSE in the cache of the datasets library, written where it is not there yet.

    Args:
        source, target: the languages.
        names: whether it has the names of people and towns, which dictionaries of real languages mostly have not.

    Raises:
        ValueError: when the sample does not have a language.
    """
    words = lexicon(source, target, splits=SPLITS if names else ())
    pairs = [f"{word} {each}\n" for word, found in words.items() for each in found]
    text = "".join(pairs)
    digest = blake2b(text.encode(), digest_size=8).hexdigest()
    path = Path(datasets.config.HF_DATASETS_CACHE) / "hf_xlqa" / digest / f"{source}-{target}.txt"
    if not path.is_file():
        write_text(path, text)
    return path
