"""The ids seen so far, at eight bytes a slot, so that millions of them leave memory flat."""

from __future__ import annotations

from array import array

_EMPTY = 0
_MASK = (1 << 64) - 1


class IdSet:
    """A set of strings that remembers 64-bit hashes only, in one open-addressed table.

    Two different ids are taken for one with probability n² / 2⁶⁵: 3e-8 for a million ids.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def add(self, identifier: str) -> bool:
        """Remembers an id; whether it is new."""
        key = hash(identifier) & _MASK or 1
        if not self._insert(key):
            return False
        self._used += 1
        if 2 * self._used > len(self._slots):
            self._grow()
        return True

    def _insert(self, key: int) -> bool:
        slots, mask = self._slots, len(self._slots) - 1
        at = key & mask
        while slots[at] != _EMPTY:
            if slots[at] == key:
                return False
            at = (at + 1) & mask
        slots[at] = key
        return True

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(16 * len(old)))
        for key in old:
            if key != _EMPTY:
                self._insert(key)
