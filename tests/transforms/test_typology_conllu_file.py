"""CoNLL-U as it is written, and every way in which it can be wrong, named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_parses import PARSES, conllu

from hf_xlqa.transforms.conllu_file import ConlluError, ReadSentence, read_conllu
from hf_xlqa.transforms.sentence_parse import Role

GOOD = conllu(PARSES["transitive"])


def read(folder: Path, text: str | bytes) -> list[ReadSentence]:
    path = folder / "parses.conllu"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_conllu(path))


def test_sentences_are_read(tmp_path: Path) -> None:
    (sentence,) = read(tmp_path, GOOD)
    assert sentence.characters == "Thekingwonthewarin1905."
    assert list(sentence.parse.ends) == [3, 7, 10, 13, 16, 18, 22, 23]
    assert list(sentence.parse.heads) == [1, 2, 2, 4, 2, 6, 2, 2]
    assert [role for role in sentence.parse.roles if role] == [Role.SUBJECT, Role.OBJECT, Role.MARK]
    assert list(sentence.parse.verbs) == [0, 0, 1, 0, 0, 0, 0, 0]


def test_marks_of_order_blank_lines_and_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    text = "\ufeff# newdoc id = 1\n# text = The king won the war in 1905.\n" + GOOD + "\n\n# only a comment\n\n" + GOOD
    (one, two) = read(tmp_path, text.replace("\n", "\r\n").removesuffix("\r\n"))
    assert one == two
    assert read(tmp_path, "") == []


def row(number: str, form: str, head: str = "_", label: str = "_", upos: str = "_", feats: str = "_") -> str:
    return "\t".join([number, form, "_", upos, "_", feats, head, label, "_", "_"]) + "\n"


def test_words_of_a_token_are_units_where_they_spell_it(tmp_path: Path) -> None:
    rows = row("1-2", "don't") + row("1", "do", "3", "aux") + row("2", "n't", "3", "advmod", "PART")
    (sentence,) = read(tmp_path, rows + row("3", "win", "0", "root", "VERB") + row("3.1", "you"))
    assert sentence.characters == "don'twin"
    assert list(sentence.parse.ends) == [2, 5, 8]
    assert set(sentence.parse.roles[:2]) == {Role.AUXILIARY}


def test_a_token_that_its_words_do_not_spell_is_one_unit_with_all_that_hangs_on_them(tmp_path: Path) -> None:
    rows = row("1-3", "dámelo") + row("1", "da", "0", "root", "VERB") + row("2", "me", "1", "iobj")
    (sentence,) = read(tmp_path, rows + row("3", "lo", "1", "obj") + row("4", "hoy", "3", "advmod"))
    assert list(sentence.parse.ends) == [6, 9]
    assert list(sentence.parse.heads) == [0, 0]
    assert sentence.parse.verbs == bytes([1, 0])


def test_the_word_nearest_the_root_stands_for_a_token(tmp_path: Path) -> None:
    rows = row("1-2", "zum") + row("1", "zu", "3", "case") + row("2", "dem", "0", "root", "VERB")
    (sentence,) = read(tmp_path, rows + row("3", "x", "2", "obj"))
    assert list(sentence.parse.heads) == [0, 0]


def test_blanks_within_a_form_do_not_count(tmp_path: Path) -> None:
    (sentence,) = read(tmp_path, "# text = 10 000 wars\n" + row("1", "10 000", "2") + row("2", "wars", "0", "root"))
    assert list(sentence.parse.ends) == [5, 9]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3\twon\t_\t", "3\twon\t", "must hold 10 columns parted by tabs on line 3, but holds 9 columns instead"),
        ("won", "w  on", "must hold 10 columns parted by tabs on line 3, but holds two blanks side by side instead"),
        ("\t7\tcase", "\tx\tcase", "must hold CoNLL-U on line 6, but does not: .*'x' is not a valid value"),
        (
            "\t7\tcase",
            f"\t{'9' * 5_000}\tcase",
            "must hold CoNLL-U on line 6, but does not: Exceeds the limit .4300 dig",
        ),
        ("3\twon", "x\twon", "must hold CoNLL-U on line 3, but does not: .*'x' is not a valid ID"),
        ("3\twon", "_\twon", "must hold the numbers of a word and its head on line 3, but holds `_`"),
        ("\t7\tcase", "\t_\tcase", "must hold the numbers of a word and its head on line 6, but holds `_`"),
        ("3\twon", "4\twon", "must have word 3 on line 3, but has 4 instead"),
        ("3\twon", "2-4\twon", "must have a token that starts at word 3 on line 3, but has 2-4 instead"),
        ("\t7\tcase", "\t9\tcase", "must hold a parse on line 6, but does not: the head must be 0 to 8, but is 9"),
        ("\t7\tcase", "\t-1\tcase", "must hold a parse on line 6, but does not: the head must be 0 to 8, but is -1"),
        ("\t7\tcase", "\t6\tcase", "on line 6, but does not: the words must hang on the root, but this one hangs on"),
        ("\t5\tdet", "\t4\tdet", "on line 4, but does not: the words must hang on the root, but this one hangs on"),
        (
            "\t0\troot",
            "\t1\troot",
            "on line 1, but does not: one word must be the root, with head 0, but 0 are instead",
        ),
        (
            "\t7\tcase",
            "\t0\tcase",
            "on line 1, but does not: one word must be the root, with head 0, but 2 are instead",
        ),
        (
            "obj",
            "dobj",
            "on line 5, but does not: labels must be of Universal Dependencies 2, such as obj, but one is dobj",
        ),
        ("won", "\u00a0", "on line 3, but does not: a form must not be blank, but is '\\\\xa0' instead"),
    ],
)
def test_faults_are_named_by_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert GOOD.count(old) == 1
    faulty = GOOD.replace(old, new)
    if new == "2-4\twon":  # the words of the token follow it
        faulty = faulty.replace("4\tthe", "3\twon\t_\tVERB\t_\t_\t0\troot\t_\t_\n4\tthe")
    with pytest.raises(ConlluError, match=message):
        read(tmp_path, faulty)


def test_a_longer_circle_is_no_tree(tmp_path: Path) -> None:
    rows = row("1", "a", "0", "root") + row("2", "b", "4") + row("3", "c", "2") + row("4", "d", "3")
    with pytest.raises(ConlluError, match="on line 2, but does not: the words must hang on the root"):
        read(tmp_path, rows)


def test_tokens_past_the_last_word_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConlluError, match="must have a token that starts at word 1 on line 1, but has 1-3 instead"):
        read(tmp_path, row("1-3", "ab") + row("1", "a", "0", "root") + row("2", "b", "1"))


def test_words_that_are_not_those_of_the_text_are_refused(tmp_path: Path) -> None:
    message = r"must have the words of its `# text` from line 2 on, but has 'Theking.*'The \(king\) won' as the text"
    with pytest.raises(ConlluError, match=message):
        read(tmp_path, "# text = The (king) won\n" + GOOD)


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConlluError, match="must be UTF-8, but is not at byte 3 of line 10"):
        read(tmp_path, GOOD.encode() + b"# \xe9\xff\n".replace(b" ", b" t"))
