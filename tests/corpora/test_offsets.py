import pytest

from hf_xlqa.corpora.findings import Cause
from hf_xlqa.corpora.offsets import explain
from hf_xlqa.schema import Answer

HOTEL = "The  Grand Hotel opened in May 1890.  Anna sold it\u00a0to Paul in 1920 and left in 1920."


@pytest.mark.parametrize(
    ("context", "text", "offset", "cause", "repair"),
    [
        ("𠮷田屋は1890年から", "1890年", 5, Cause.UTF16_COUNT, 4),
        ("𠮷𠮷𠮷 田 田", "田", 7, Cause.UTF16_COUNT, 4),
        (HOTEL, " Grand ", 5, Cause.OUTER_BLANK, 5),
        (HOTEL, "Grand Hotel ", 4, Cause.OUTER_BLANK, 5),
        (HOTEL, "Anna", 36, Cause.OUTER_BLANK, 38),
        (HOTEL, "may 1890", 27, Cause.CASE_DIFFERENCE, None),
        (HOTEL, "may 1890", 0, Cause.CASE_DIFFERENCE, None),
        (HOTEL, "The Grand", 0, Cause.BLANK_DIFFERENCE, None),
        (HOTEL, "sold it to", 0, Cause.BLANK_DIFFERENCE, None),
        (HOTEL, "Paul", 0, Cause.OTHER_OCCURRENCE, HOTEL.index("Paul")),
        (HOTEL, "Paul", -1, Cause.OTHER_OCCURRENCE, HOTEL.index("Paul")),
        (HOTEL, "Paul", 10_000, Cause.OTHER_OCCURRENCE, HOTEL.index("Paul")),
        (HOTEL, "1920", 0, Cause.OTHER_OCCURRENCE, None),
        ("baaab", "aa", 0, Cause.OTHER_OCCURRENCE, None),
        ("Cafe\u0301 noir", "Café", 0, Cause.NORMALISATION, None),
        (HOTEL, "1890.0", -1, Cause.SPREADSHEET_NUMBER, None),
        (HOTEL, "Peter", 3, Cause.ABSENT, None),
        (HOTEL, "Peter", -1, Cause.ABSENT, None),
    ],
)
def test_each_cause_is_told_apart_and_only_safe_ones_are_repaired(context, text, offset, cause, repair):
    location = explain(context, text, offset)
    assert location.cause is cause
    assert location.repair == (None if repair is None else Answer(text.strip(), repair))


def test_the_detail_lists_where_an_ambiguous_gold_stands():
    first, second = HOTEL.index("1920"), HOTEL.rindex("1920")
    assert explain(HOTEL, "1920", 0).detail == f"it stands 2 times, at {first}, {second}"
