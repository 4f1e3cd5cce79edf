"""What can be wrong with a corpus file, in names that the reader, the doctor and their reports share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What was found. Defects are what strict reading refuses; notes are worth knowing and read well."""

    WRONG_OFFSET = "wrong_offset"
    NEGATIVE_OFFSET = "negative_offset"
    STRING_OFFSET = "string_offset"
    OFFSET_TYPE = "offset_type"
    EMPTY_GOLD = "empty_gold"
    FAKE_GOLD = "fake_gold"
    NO_GOLDS = "no_golds"
    INTEGER_ID = "integer_id"
    DUPLICATE_ID = "duplicate_id"
    MISSING_KEY = "missing_key"
    LONE_SURROGATE = "lone_surrogate"

    EMPTY_FILE = "empty_file"
    LFS_POINTER = "lfs_pointer"
    NOT_UTF8 = "not_utf8"
    DAMAGED_GZIP = "damaged_gzip"
    MALFORMED_JSON = "malformed_json"
    MALFORMED_PARQUET = "malformed_parquet"
    UNRELATED_JSON = "unrelated_json"
    NO_USABLE_GOLDS = "no_usable_golds"

    MISSING_METADATA = "missing_metadata"
    NO_QUESTIONS = "no_questions"
    NON_NFC_CONTEXT = "non_nfc_context"
    NON_NFC_QUESTION = "non_nfc_question"
    BYTE_ORDER_MARK = "byte_order_mark"
    ZERO_WIDTH_NON_JOINER = "zero_width_non_joiner"
    CARRIAGE_RETURN = "carriage_return"
    CUT_WORD = "cut_word"
    BLANK_EDGE = "blank_edge"

    @property
    def is_defect(self) -> bool:
        """Whether strict reading refuses it."""
        return self not in _NOTES


_NOTES = frozenset(
    {
        Kind.MISSING_METADATA,
        Kind.NO_QUESTIONS,
        Kind.NON_NFC_CONTEXT,
        Kind.NON_NFC_QUESTION,
        Kind.BYTE_ORDER_MARK,
        Kind.ZERO_WIDTH_NON_JOINER,
        Kind.CARRIAGE_RETURN,
        Kind.CUT_WORD,
        Kind.BLANK_EDGE,
    }
)


class Cause(StrEnum):
    """Why a gold does not stand where its offset says."""

    UTF16_COUNT = "utf16_count"
    OUTER_BLANK = "outer_blank"
    CASE_DIFFERENCE = "case_difference"
    BLANK_DIFFERENCE = "blank_difference"
    OTHER_OCCURRENCE = "other_occurrence"
    NORMALISATION = "normalisation"
    SPREADSHEET_NUMBER = "spreadsheet_number"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a corpus file.

    Args:
        kind: what it is.
        message: a sentence for people: what must be, what is instead.
        record: id of the question, or a name of the paragraph; "" for the file as a whole.
        offset: the offset the file gives (of a gold), or code point of the context (of a note).
        cause: for a wrong or negative offset, why the gold is not there.
        line: line of the file, from 1, where it is known.
        is_repairable: whether there is a repair that cannot change what was meant.
    """

    kind: Kind
    message: str
    record: str = ""
    offset: int | None = None
    cause: Cause | None = None
    line: int | None = None
    is_repairable: bool = False

    @property
    def reason(self) -> str:
        """Kind and cause in one word, the key of every count."""
        return f"{self.kind}/{self.cause}" if self.cause else str(self.kind)


class CorpusError(ValueError):
    """A corpus cannot be read as it is; the message names file, record, offset and remedy.

    Args:
        source: the file or the repository.
        finding: what is wrong with it.
    """

    def __init__(self, source: str | Path, finding: Finding) -> None:
        line = f", line {finding.line}" if finding.line else ""
        remedy = _REMEDY.get(finding.kind, _DEFAULT_REMEDY if finding.record else "")
        super().__init__(f"{source}{line}: {finding.message}{remedy}")
        self.source = str(source)
        self.finding = finding

    def __reduce__(self) -> tuple[type[CorpusError], tuple[str, Finding]]:
        return CorpusError, (self.source, self.finding)


_DEFAULT_REMEDY = " Run `hf-xlqa doctor --repair OUT FILE`, or read with on_defect='repair' or 'drop'."
_REMEDY = {
    Kind.LFS_POINTER: " Fetch the file itself with `git lfs pull`.",
    Kind.NO_GOLDS: " Read questions without answers with require_answers=False.",
    Kind.NO_USABLE_GOLDS: " See `hf-xlqa doctor FILE`; read questions without answers with require_answers=False.",
}
