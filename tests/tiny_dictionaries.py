"""Small hand-written dictionaries in the forms of MUSE and CC-CEDICT."""

from __future__ import annotations

from pathlib import Path

ENGLISH_CHINESE = """the 這
king 國王
king 王
norway 挪威
law 法律
died 死
queen 女王
of 的
"""
ENGLISH_FRENCH = "king roi\nking monarque\nlaw loi\nlaw droit\nlondon londres\nof de\nthe le\n"
CEDICT = """# CC-CEDICT
#! version=1
% % [pa1] /percent (Tw)/
國王 国王 [guo2 wang2] /king/CL:個|个[ge4]/
法律 法律 [fa3 lu:4] /law/CL:條|条[tiao2]/
發展 发展 [fa1 zhan3] /development; growth/to develop (fast)/
臺灣 台湾 [Tai2 wan1] /Taiwan/
死 死 [si3] /to die/dead/
北京 北京 [Bei3 jing1] /Beijing, capital of China/(bound form) see 京/
的 的 [de5] /of/also pr. [di4]/
"""


def write_dictionary(folder: Path, name: str, text: str) -> Path:
    """The path of a dictionary of that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
