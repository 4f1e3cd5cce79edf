"""The leak guard: evaluation examples that training or model selection has already seen."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from hf_xlqa.schema import Example

_IDS_SHOWN = 5


class LeakWarning(UserWarning):
    """Something of an evaluation set is used where it must not be."""


@dataclass(frozen=True, slots=True)
class LeakReport:
    """How many seen examples share an id or a context with the evaluation set, and a few of their ids."""

    by_id: int
    by_context: int
    sample: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.by_id or self.by_context)


def find_leaks(seen: Iterable[Example], evaluated: Iterable[Example]) -> LeakReport:
    """Seen examples whose id or parallel id, or whose context, is also in the evaluation set.

    Translations keep their ids, so a translated copy of an evaluation example is found by its id.
    Both sides are read once; 8 bytes are held for each id and each context of the evaluation set
    (two different texts share a digest with probability 2^-64).

    Args:
        seen: what training or selection uses.
        evaluated: the evaluation set.
    """
    ids, contexts = _digests_of(evaluated)
    by_id = by_context = 0
    leaked: list[str] = []
    for example in seen:
        same_id = not ids.isdisjoint(map(_digest, (example.id, example.parallel_id)))
        same_context = _digest(example.context) in contexts
        by_id += same_id
        by_context += same_context
        if (same_id or same_context) and len(leaked) < _IDS_SHOWN:
            leaked.append(example.id)
    return LeakReport(by_id, by_context, tuple(leaked))


def warn_of_leaks(
    seen: Iterable[Example], evaluated: Iterable[Example], *, name: str, role: str = "training"
) -> LeakReport:
    """`find_leaks`, and a `LeakWarning` where it finds any.

    Args:
        seen, evaluated: as in `find_leaks`.
        name: name of the evaluation set, for the message.
        role: what the seen examples are used for: "training" or "selection".
    """
    report = find_leaks(seen, evaluated)
    if report:
        warnings.warn(
            f"Scores on `{name}` are too high to be trusted: {report.by_id} {role} examples share an id with it and "
            f"{report.by_context} share a context (such as {', '.join(report.sample)}). Take them out of {role}.",
            LeakWarning,
            stacklevel=2,
        )
    return report


def _digests_of(examples: Iterable[Example]) -> tuple[set[bytes], set[bytes]]:
    ids: set[bytes] = set()
    contexts: set[bytes] = set()
    for example in examples:
        ids.update(map(_digest, (example.id, example.parallel_id)))
        contexts.add(_digest(example.context))
    return ids, contexts


def _digest(text: str) -> bytes:
    return blake2b(text.strip().encode("utf-8", "surrogatepass"), digest_size=8).digest()
