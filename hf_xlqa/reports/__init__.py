"""Scores, and the tables and pictures made of them."""

from hf_xlqa.reports.score import ABSENT as ABSENT
from hf_xlqa.reports.score import NO_TRANSLATIONS as NO_TRANSLATIONS
from hf_xlqa.reports.score import Score as Score
from hf_xlqa.reports.score import mean_scores as mean_scores
from hf_xlqa.reports.xlt import xlt_table as xlt_table
