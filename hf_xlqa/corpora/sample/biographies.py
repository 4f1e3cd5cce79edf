"""What a paragraph tells: the facts about one invented person, before any language.

A biography has three of five events, each with a town and a year, and three of four companions: three
candidates for every question that asks for a town, a year or a person.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from hf_xlqa.corpora.sample.names import Name, Split, names

EVENTS = ("birth", "study", "work", "award", "death")  # in the order in which they happen
COMPANIONS = ("teacher", "spouse", "friend", "rival")
FACTS_OF_A_KIND = 3
_EARLIEST_BIRTH, _LATEST_BIRTH = 1700, 1930
_YEARS_BETWEEN_EVENTS = (5, 18)


@dataclass(frozen=True, slots=True)
class Person:
    """A full name with its gender, "female" or "male"."""

    gender: str
    given: Name
    surname: Name


@dataclass(frozen=True, slots=True)
class Fact:
    """One relation of the subject: an event at a place in a year, or a companion.

    `fillers` has the keys "place" and "year", or the key "person".
    """

    relation: str
    fillers: dict[str, Name | Person | int]


@dataclass(frozen=True, slots=True)
class Biography:
    """A person and the facts told about it, in the order of telling."""

    subject: Person
    facts: tuple[Fact, ...]

    def asked(self, rng: random.Random) -> list[tuple[Fact, str]]:
        """One (fact, slot) to ask for of each answer type: a place, a year and a person."""
        return [
            (rng.choice([fact for fact in self.facts if slot in fact.fillers]), slot)
            for slot in ("place", "year", "person")
        ]


def biography(split: Split, rng: random.Random) -> Biography:
    """A random biography from the names of a split."""
    subject, *companions = _people(split, rng)
    towns = rng.sample(names(split, "place"), FACTS_OF_A_KIND)
    years = _years(rng)
    events = [
        Fact(event, {"place": town, "year": years[event]})
        for event, town in zip(rng.sample(EVENTS, FACTS_OF_A_KIND), towns, strict=True)
    ]
    relations = rng.sample(COMPANIONS, FACTS_OF_A_KIND)
    facts = events + [Fact(name, {"person": person}) for name, person in zip(relations, companions, strict=True)]
    return Biography(subject, tuple(rng.sample(facts, len(facts))))


def _people(split: Split, rng: random.Random) -> list[Person]:
    """The subject and its companions, all of different surnames."""
    surnames = rng.sample(names(split, "surname"), FACTS_OF_A_KIND + 1)
    genders = [rng.choice(("female", "male")) for _ in surnames]
    return [
        Person(gender, rng.choice(names(split, gender)), surname)
        for gender, surname in zip(genders, surnames, strict=True)
    ]


def _years(rng: random.Random) -> dict[str, int]:
    year, years = rng.randint(_EARLIEST_BIRTH, _LATEST_BIRTH), {}
    for event in EVENTS:
        years[event] = year
        year += rng.randint(*_YEARS_BETWEEN_EVENTS)
    return years
