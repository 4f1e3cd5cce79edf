"""Predictions of a system: files of `{id: text}`, found for the sets they answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hf_xlqa.corpora.files import open_corpus
from hf_xlqa.corpora.findings import CorpusError, Kind
from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.messages import first_few, shown
from hf_xlqa.reports import NO_TRANSLATIONS

Texts = dict[str, str]
"""Predicted texts by the id of the question."""

_FORM = '`{path}` must hold predictions, {{"ID": "TEXT", ...}}, but {found} instead'
_FAULTS = {Kind.EMPTY_FILE: "is empty", Kind.LFS_POINTER: "is a Git LFS pointer (run `git lfs pull`)"}


@dataclass(frozen=True)
class Answers:
    """What a system answers to one set.

    Args:
        questions: the set.
        texts: the best answers by id.
        translations: what the system read beside the set ("none" where it reads no translations).
    """

    questions: QuestionSet
    texts: Texts
    translations: str = NO_TRANSLATIONS


class _Repeated(ValueError):
    """A JSON object has a key twice."""


def read_predictions(path: Path) -> Texts:
    """The predictions of a JSON file `{id: text}`, plain or gzip.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is of another form: empty, an LFS pointer, not UTF-8, not JSON (with the
            line), a list, an n-best file, a corpus; or an id comes twice or has no text.
    """
    try:
        with open_corpus(path) as text:
            payload = json.loads(text.read(), object_pairs_hook=_without_repetitions)
    except CorpusError as error:
        found = _FAULTS.get(error.finding.kind)
        raise (ValueError(f"{_FORM.format(path=path, found=found)}.") if found else error) from error
    except json.JSONDecodeError as error:
        found = f"is no JSON at line {error.lineno}, column {error.colno} ({error.msg})"
        raise ValueError(f"{_FORM.format(path=path, found=found)}.") from error
    except _Repeated as error:
        raise ValueError(f"`{path}` must have each id once, but repeats {error}.") from error
    except (ValueError, RecursionError) as error:  # numbers and nesting beyond what Python reads
        raise ValueError(f"{_FORM.format(path=path, found=f'cannot be read ({error})')}.") from error
    _check(path, payload)
    return dict(payload)


def find_predictions(options: Sequence[str], sets: Sequence[QuestionSet]) -> dict[str, Path]:
    """The prediction file of every set, by the name of the set.

    Args:
        options: folders with `predictions_CORPUS_LANGUAGE.json` (a training run leaves such files) and
            `predictions_CORPUS_CONTEXT.QUESTION.json`, SET=FILE, or, for a single set, a file.
        sets: the sets.

    Raises:
        FileNotFoundError: when there is no such folder or file.
        ValueError: when a set has no file or several, or a file is of no set.
    """
    found: dict[str, list[Path]] = {each.name: [] for each in sets}
    folders = []
    for option in options:
        name, equals, file = option.partition("=")
        if Path(option).is_dir():
            folders.append(Path(option))
        elif equals and not Path(option).exists():
            found[_set_of(name, sets)].append(_existing(file))
        elif len(sets) == 1:
            found[sets[0].name].append(_existing(option))
        else:
            raise ValueError(
                f"`--predictions` must be a folder or SET=FILE for {len(sets)} sets, but is {option!r} instead."
            )
    for each in sets:
        stems = [name.replace("/", "_") for name in _names(each)]
        files = [folder / f"predictions_{stem}.json" for folder in folders for stem in stems]
        found[each.name] = found[each.name] or [file for file in files if file.exists()]
    _check_found(found, folders, sets)
    return {name: file for name, (file,) in found.items()}


def unused(options: Sequence[str], files: Mapping[str, Path]) -> list[Path]:
    """Prediction files of the folders that are of none of the sets."""
    folders = [Path(option) for option in options if Path(option).is_dir()]
    return sorted({file for folder in folders for file in folder.glob("predictions_*.json")} - set(files.values()))


def only_questions(texts: Texts, each: QuestionSet, *, subset: bool, source: str) -> tuple[Texts, int]:
    """Predictions of the questions of a set, and how many others were left out.

    Args:
        texts: predictions.
        each: the set.
        subset: whether the set may be a part of what the predictions answer.
        source: name of their file, for the error.

    Raises:
        ValueError: when there are others and `subset` is False, or none is of the set.
    """
    ids = set(each.ids)
    unknown = [id_ for id_ in texts if id_ not in ids]
    listed = first_few([*map(repr, unknown)], 5)
    if unknown and len(unknown) == len(texts):
        raise ValueError(
            f"`{source}` must answer questions of {each.name}, but none of its {len(unknown)} ids is one: {listed}."
        )
    if unknown and not subset:
        raise ValueError(
            f"`{source}` must answer questions of {each.name} only, but {len(unknown)} of its {len(texts)} ids are "
            f"unknown: {listed}; --subset leaves them out."
        )
    return {id_: text for id_, text in texts.items() if id_ in ids}, len(unknown)


def _without_repetitions(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        raise _Repeated(first_few([*map(repr, repeated)], 5))
    return found


def _check(path: Path, payload: Any) -> None:
    if not isinstance(payload, dict):
        raise ValueError(f"{_FORM.format(path=path, found=f'is of type {type(payload).__name__}')}.")
    if not payload:
        raise ValueError(f"{_FORM.format(path=path, found='holds none')}.")
    for key, value in payload.items():
        if _is_n_best(value):
            raise ValueError(
                f"{_FORM.format(path=path, found=f'holds the n-best answers of {shown(key)}')}; "
                "the best alone are in the file named predictions_."
            )
        if key == "data" and isinstance(value, list):
            raise ValueError(f"{_FORM.format(path=path, found='holds a corpus')}.")
        if not isinstance(value, str):
            raise ValueError(f"{_FORM.format(path=path, found=f'holds {shown(value)} for {shown(key)}')}.")
        if not key or not _is_unicode(key + value):
            fault = "half of a surrogate pair in" if key else "no id for"
            raise ValueError(f"{_FORM.format(path=path, found=f'has {fault} {shown({key: value})}')}.")


def _is_unicode(text: str) -> bool:
    """Whether a text can be written to a file."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _is_n_best(value: Any) -> bool:
    """Whether a value is a list of candidates, as ours (`spans`) or those of the BERT and transformers scripts."""
    listed = value.get("spans") if isinstance(value, dict) else value
    return isinstance(listed, list) and all(isinstance(each, dict) and "text" in each for each in listed)


def _set_of(name: str, sets: Sequence[QuestionSet]) -> str:
    """The set that a name is of; that of a corpus is enough where it has one set."""
    own = [each.name for each in sets if each.corpus == name]
    found = own if len(own) == 1 else [each.name for each in sets if name in _names(each)]
    if not found:
        valid = ", ".join(each.name for each in sets)
        raise ValueError(f"`--predictions` must be of one of {valid}, but is of {name!r} instead.")
    return found[0]


def _names(each: QuestionSet) -> list[str]:
    """The names a set goes by: on the diagonal a matrix may have xquad/de.de beside xquad/de.en."""
    return list(dict.fromkeys([each.name, f"{each.corpus}/{each.context_language}.{each.question_language}"]))


def _existing(file: str) -> Path:
    if not Path(file).is_file():
        raise FileNotFoundError(f"`--predictions` must be a folder, a file or SET=FILE, but {file!r} does not exist.")
    return Path(file)


def _check_found(found: Mapping[str, Sequence[Path]], folders: Sequence[Path], sets: Sequence[QuestionSet]) -> None:
    for name, files in found.items():
        if len(files) > 1:
            raise ValueError(f"`--predictions` must hold one file for {name}, but hold {', '.join(map(str, files))}.")
    absent = [f"predictions_{each.stem}.json" for each in sets if not found[each.name]]
    if absent:
        held = sorted(file.name for folder in folders for file in folder.glob("predictions_*.json"))
        raise ValueError(
            f"`--predictions` must hold a file for every set, but {len(absent)} are absent: {', '.join(absent)}; "
            f"there are {', '.join(held) or 'none'}."
        )
