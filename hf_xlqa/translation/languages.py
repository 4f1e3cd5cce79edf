"""How translation checkpoints are told the languages, by ISO 639-1 code.

| checkpoints | mark of Chinese | where it stands |
|---|---|---|
| NLLB-200 | `zho_Hans` (FLORES-200) | before the source text; forced first token of the target |
| mBART-50 | `zh_CN` | likewise |
| M2M100 | `__zh__` | likewise |
| Marian with several target languages | `>>cmn_Hans<<`, `>>zho<<`, ... | before the source text |
| MADLAD-400 | `<2zh>` | before the source text |
| others (Marian of one pair, T5) | none | |

A language is an ISO 639-1 code with an optional script or region ("zh", "zh-Hant", "zh-TW",
"pt-BR"), or the checkpoint's own code ("zho_Hant"). Chinese of Taiwan, Hong Kong and Macao is taken
for traditional. A script that the checkpoint does not have is an error, never another script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LanguageMarks:
    """What tells a checkpoint its languages.

    Args:
        source: what the tokenizer's `src_lang` is to be.
        first_token: token the translation is made to begin with.
        prefix: text put before every source text.
    """

    source: str | None = None
    first_token: str | None = None
    prefix: str = ""


_FLORES = (
    "af:afr_Latn ak:aka_Latn am:amh_Ethi ar:arb_Arab as:asm_Beng ast:ast_Latn ay:ayr_Latn az:azj_Latn ba:bak_Cyrl "
    "be:bel_Cyrl bg:bul_Cyrl bm:bam_Latn bn:ben_Beng bo:bod_Tibt bs:bos_Latn ca:cat_Latn ceb:ceb_Latn cs:ces_Latn "
    "cy:cym_Latn da:dan_Latn de:deu_Latn dz:dzo_Tibt ee:ewe_Latn el:ell_Grek en:eng_Latn eo:epo_Latn es:spa_Latn "
    "et:est_Latn eu:eus_Latn fa:pes_Arab ff:fuv_Latn fi:fin_Latn fj:fij_Latn fo:fao_Latn fr:fra_Latn ga:gle_Latn "
    "gd:gla_Latn gl:glg_Latn gn:grn_Latn gu:guj_Gujr ha:hau_Latn he:heb_Hebr hi:hin_Deva hr:hrv_Latn ht:hat_Latn "
    "hu:hun_Latn hy:hye_Armn id:ind_Latn ig:ibo_Latn ilo:ilo_Latn is:isl_Latn it:ita_Latn ja:jpn_Jpan jv:jav_Latn "
    "ka:kat_Geor kg:kon_Latn ki:kik_Latn kk:kaz_Cyrl km:khm_Khmr kn:kan_Knda ko:kor_Hang kr:knc_Latn,knc_Arab "
    "ks:kas_Arab,kas_Deva ku:kmr_Latn ky:kir_Cyrl lb:ltz_Latn lg:lug_Latn li:lim_Latn ln:lin_Latn lo:lao_Laoo "
    "lt:lit_Latn lv:lvs_Latn mg:plt_Latn mi:mri_Latn mk:mkd_Cyrl ml:mal_Mlym mn:khk_Cyrl mr:mar_Deva ms:zsm_Latn "
    "mt:mlt_Latn my:mya_Mymr nb:nob_Latn ne:npi_Deva nl:nld_Latn nn:nno_Latn no:nob_Latn nso:nso_Latn ny:nya_Latn "
    "oc:oci_Latn om:gaz_Latn or:ory_Orya pa:pan_Guru pl:pol_Latn ps:pbt_Arab pt:por_Latn qu:quy_Latn rn:run_Latn "
    "ro:ron_Latn ru:rus_Cyrl rw:kin_Latn sa:san_Deva sc:srd_Latn sd:snd_Arab sg:sag_Latn si:sin_Sinh sk:slk_Latn "
    "sl:slv_Latn sm:smo_Latn sn:sna_Latn so:som_Latn sq:als_Latn sr:srp_Cyrl ss:ssw_Latn st:sot_Latn su:sun_Latn "
    "sv:swe_Latn sw:swh_Latn ta:tam_Taml te:tel_Telu tg:tgk_Cyrl th:tha_Thai ti:tir_Ethi tk:tuk_Latn tl:tgl_Latn "
    "tn:tsn_Latn tr:tur_Latn ts:tso_Latn tt:tat_Cyrl tw:twi_Latn ug:uig_Arab uk:ukr_Cyrl ur:urd_Arab uz:uzn_Latn "
    "vi:vie_Latn wo:wol_Latn xh:xho_Latn yi:ydd_Hebr yo:yor_Latn yue:yue_Hant zh:zho_Hans,zho_Hant zu:zul_Latn"
)
_MBART = (
    "af_ZA ar_AR az_AZ bn_IN cs_CZ de_DE en_XX es_XX et_EE fa_IR fi_FI fr_XX gl_ES gu_IN he_IL hi_IN hr_HR id_ID "
    "it_IT ja_XX ka_GE kk_KZ km_KH ko_KR lt_LT lv_LV mk_MK ml_IN mn_MN mr_IN my_MM ne_NP nl_XX pl_PL ps_AF pt_XX "
    "ro_RO ru_RU si_LK sl_SI sv_SE sw_KE ta_IN te_IN th_TH tl_XX tr_TR uk_UA ur_PK vi_VN xh_ZA zh_CN"
)
_ISO_639_3 = (  # where FLORES names the individual language and other checkpoints the macrolanguage, or the reverse
    "ar:ara az:aze fa:fas,per ku:kur lv:lav mg:mlg mn:mon ms:msa ne:nep no:nor om:orm or:ori ps:pus qu:que sq:sqi "
    "sw:swa uz:uzb yi:yid zh:cmn"
)


def _table(text: str) -> dict[str, tuple[str, ...]]:
    return {language: tuple(codes.split(",")) for language, _, codes in (pair.partition(":") for pair in text.split())}


FLORES = _table(_FLORES)
"""FLORES-200 codes of each language, that of its usual script first."""

MBART = {code.partition("_")[0]: code for code in _MBART.split()}
"""mBART-50's code of each language."""

M2M100_NAMES = {"nb": "no", "nso": "ns"}
"""M2M100 calls a language by its ISO code, but for these."""

_MACRO = _table(_ISO_639_3)
_TRADITIONAL_REGIONS = {"TW", "HK", "MO"}


def language_marks(tokenizer: Any, source_language: str, target_language: str) -> LanguageMarks:
    """What tells the checkpoint of a tokenizer to translate from one language into another.

    Args:
        tokenizer: any tokenizer of the Hub; its vocabulary says which marks it uses.
        source_language: see the module.
        target_language: likewise.

    Raises:
        ValueError: when the checkpoint has no mark for a language; the message lists those it has.
    """
    codes = getattr(tokenizer, "supported_language_codes", ())
    if _has(tokenizer, "eng_Latn"):
        source, target = (_find(tokenizer, side, _flores) for side in _sides(source_language, target_language))
        return LanguageMarks(source, target)
    if _has(tokenizer, "en_XX"):
        source, target = (_find(tokenizer, side, _mbart) for side in _sides(source_language, target_language))
        return LanguageMarks(source, target)
    if _has(tokenizer, "__en__"):
        source, target = (_find(tokenizer, side, _m2m100) for side in _sides(source_language, target_language))
        return LanguageMarks(source.strip("_"), target)
    if codes or _has(tokenizer, "<2en>"):
        prefix = _find(tokenizer, ("target_language", target_language), _marian if codes else _madlad)
        return LanguageMarks(prefix=f"{prefix} ")
    return LanguageMarks()


def _sides(source_language: str, target_language: str) -> Iterator[tuple[str, str]]:
    yield "source_language", source_language
    yield "target_language", target_language


def _has(tokenizer: Any, token: str) -> bool:
    number = tokenizer.convert_tokens_to_ids(token)
    return number is not None and number != tokenizer.unk_token_id


def _find(tokenizer: Any, side: tuple[str, str], marks: Callable[[str], list[str]]) -> str:
    """The first mark of a language that the tokenizer has."""
    argument, language = side
    for mark in [*marks(language), language]:
        if _has(tokenizer, mark):
            return mark
    listed = {f"{base}-{code[-4:]}" if i else base for base, codes in FLORES.items() for i, code in enumerate(codes)}
    valid = ", ".join(sorted(each for each in listed if any(_has(tokenizer, mark) for mark in marks(each))))
    raise ValueError(
        f"`{argument}` must be one of {valid} (or a code of the checkpoint's own), but is {language!r} instead."
    )


def _parse(language: str) -> tuple[str, str | None, str | None]:
    """Language, script ("Hant") and region ("TW") of a tag."""
    base, *rest = language.replace("_", "-").split("-")
    script = next((tag.title() for tag in rest if len(tag) == 4), None)
    region = next((tag.upper() for tag in rest if len(tag) in (2, 3)), None)
    if base == "zh" and script is None and region in _TRADITIONAL_REGIONS:
        script = "Hant"
    return base.lower(), script, region


def _is_usual(base: str, script: str | None) -> bool:
    return script is None or any(code.endswith(script) for code in FLORES.get(base, ())[:1])


def _flores(language: str) -> list[str]:
    base, script, _ = _parse(language)
    codes = FLORES.get(base, ())
    return [code for code in codes if code.endswith(script)] if script else list(codes[:1])


def _mbart(language: str) -> list[str]:
    base, script, _ = _parse(language)
    return [MBART[base]] if base in MBART and _is_usual(base, script) else []


def _m2m100(language: str) -> list[str]:
    base, script, _ = _parse(language)
    return [f"__{M2M100_NAMES.get(base, base)}__"] if _is_usual(base, script) else []


def _madlad(language: str) -> list[str]:
    base, script, _ = _parse(language)
    return [f"<2{base}>"] if _is_usual(base, script) else [f"<2{base}_{script}>"]


def _marian(language: str) -> list[str]:
    """Marian checkpoints mix ISO 639-1 and 639-3 codes, with and without script or region."""
    base, script, region = _parse(language)
    usual = next((code[-4:] for code in FLORES.get(base, ())), "")
    names = [base, *dict.fromkeys(code[:3] for code in FLORES.get(base, ())), *_MACRO.get(base, ())]
    regions = [region] if region else (["CN"] if base == "zh" and _is_usual(base, script) else [])
    exact = [f"{name}_{tag}" for name in names for each in regions for tag in (each, each.lower())]
    scripts = [f"{name}_{script or usual}" for name in names]
    plain = names if _is_usual(base, script) else []
    ordered = [*exact, *scripts, *plain] if region or script else [*plain, *scripts, *exact]
    return [f">>{name}<<" for name in ordered]
