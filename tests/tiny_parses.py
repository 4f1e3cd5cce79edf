"""Small hand-written parses: a sentence a string, a word an item `form/UPOS/label/head`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PARSES = {
    "intransitive": "The/DET/det/2 dog/NOUN/nsubj/3 barks/VERB/root/0 ./PUNCT/punct/3",
    "transitive": "The/DET/det/2 king/NOUN/nsubj/3 won/VERB/root/0 the/DET/det/5 war/NOUN/obj/3 in/ADP/case/7 "
    "1905/NUM/obl/3 ./PUNCT/punct/3",
    "passive": "In/ADP/case/2 1905/NUM/obl/7 ,/PUNCT/punct/7 the/DET/det/5 war/NOUN/nsubj:pass/7 was/AUX/aux:pass/7 "
    "won/VERB/root/0 by/ADP/case/9 him/PRON/obl/7 ./PUNCT/punct/7",
    "copula": "The/DET/det/2 king/NOUN/nsubj/5 was/AUX/cop/5 very/ADV/advmod/5 old/ADJ/root/0 ./PUNCT/punct/5",
    "copula with auxiliaries": "But/CCONJ/cc/5 he/PRON/nsubj/5 has/AUX/aux/5 been/AUX/cop/5 king/NOUN/root/0 "
    "since/ADP/case/7 1905/NUM/obl/5 ./PUNCT/punct/5",
    "auxiliary and negation": "He/PRON/nsubj/4 did/AUX/aux/4 not/PART/advmod/4 win/VERB/root/0 it/PRON/obj/4 "
    "./PUNCT/punct/4",
    "infinitive": "She/PRON/nsubj/2 wants/VERB/root/0 to/PART/mark/4 win/VERB/xcomp/2 the/DET/det/6 war/NOUN/obj/4 "
    "./PUNCT/punct/2",
    "relative clause": "The/DET/det/2 man/NOUN/nsubj/7 who/PRON/nsubj/4/PronType=Rel won/VERB/acl:relcl/2 "
    "the/DET/det/6 war/NOUN/obj/4 died/VERB/root/0 ./PUNCT/punct/7",
    "coordination": "He/PRON/nsubj/2 won/VERB/root/0 wars/NOUN/obj/2 and/CCONJ/cc/5 lost/VERB/conj/2 "
    "friends/NOUN/obj/5 ./PUNCT/punct/2",
    "complement clause": "They/PRON/nsubj/2 say/VERB/root/0 that/SCONJ/mark/6 the/DET/det/5 broker/NOUN/nsubj/6 "
    "took/VERB/ccomp/2 them/PRON/obj/6 out/ADP/compound:prt/6 for/ADP/case/10 lunch/NOUN/obl/6 "
    "frequently/ADV/advmod/6 ./PUNCT/punct/2",
    "expletive": "There/PRON/expl/2 is/VERB/root/0 a/DET/det/4 king/NOUN/nsubj/2 in/ADP/case/6 Norway/PROPN/obl/2 "
    "./PUNCT/punct/2",
    "object question": "What/PRON/obj/5/PronType=Int did/AUX/aux/5 the/DET/det/4 king/NOUN/nsubj/5 win/VERB/root/0 "
    "?/PUNCT/punct/5",
    "adverb question": "When/ADV/advmod/5 did/AUX/aux/5 the/DET/det/4 king/NOUN/nsubj/5 win/VERB/root/0 "
    "it/PRON/obj/5 ?/PUNCT/punct/5",
    "copula question": "Who/PRON/root/0/PronType=Int was/AUX/cop/1 the/DET/det/4 king/NOUN/nsubj/1 ?/PUNCT/punct/1",
    "no subject": "Eat/VERB/root/0 the/DET/det/3 cake/NOUN/obj/1 now/ADV/advmod/1 !/PUNCT/punct/1",
    "no verb": "The/DET/det/2 king/NOUN/root/0 of/ADP/case/4 Norway/PROPN/nmod/2 ./PUNCT/punct/2",
    "nested": "He/PRON/nsubj/2 said/VERB/root/0 she/PRON/nsubj/4 knows/VERB/ccomp/2 they/PRON/nsubj/6 "
    "ate/VERB/ccomp/4 it/PRON/obj/6 ./PUNCT/punct/2",
    "clausal subject": "Winning/VERB/csubj/3 wars/NOUN/obj/1 made/VERB/root/0 him/PRON/obj/3 famous/ADJ/xcomp/3 "
    "./PUNCT/punct/3",
    "outer subject": "The/DET/det/2 plan/NOUN/nsubj:outer/6 is/AUX/cop/6 that/SCONJ/mark/6 he/PRON/nsubj/6 "
    "wins/VERB/root/0 it/PRON/obj/6 ./PUNCT/punct/6",
}
"""Parses by what they show, as `conllu` reads them."""


def conllu(*parses: str, **comments: str) -> str:
    """The text of a CoNLL-U file."""
    head = "".join(f"# {name} = {value}\n" for name, value in comments.items())
    return "".join(head + _block(parse) + "\n" for parse in parses)


def write_conllu(folder: Path, *parses: str, name: str = "parses.conllu") -> Path:
    """A CoNLL-U file of parses."""
    path = folder / name
    path.write_text(conllu(*parses), "utf-8")
    return path


def _block(parse: str) -> str:
    return "".join(_line(number, item.split("/")) for number, item in enumerate(parse.split(), start=1))


def _line(number: int, item: Iterable[str]) -> str:
    form, upos, label, head, *features = item
    return "\t".join([str(number), form, "_", upos, "_", *(features or ["_"]), head, label, "_", "_"]) + "\n"
