"""Recognise the kind of an organisation from the words that offices use."""

import re
from collections.abc import Iterable

from common.folding import fold
from partners.models import Organisation

Kind = Organisation.Kind
SchoolType = Organisation.SchoolType
SchoolAuthority = Organisation.SchoolAuthority
ActorKind = Organisation.ActorKind

_KINDS = {
    "schule": Kind.SCHOOL, "schulen": Kind.SCHOOL, "allgemeinbildende schule": Kind.SCHOOL,
    "betrieb": Kind.COMPANY, "betriebe": Kind.COMPANY, "unternehmen": Kind.COMPANY, "firma": Kind.COMPANY,
    "wirtschaft": Kind.COMPANY, "arbeitgeber": Kind.COMPANY, "ausbildungsbetrieb": Kind.COMPANY,
    "am akteur": Kind.LABOUR_MARKET_ACTOR, "arbeitsmarktakteur": Kind.LABOUR_MARKET_ACTOR,
    "akteur": Kind.LABOUR_MARKET_ACTOR, "institution": Kind.LABOUR_MARKET_ACTOR, "ama": Kind.LABOUR_MARKET_ACTOR,
    "kommune": Kind.LABOUR_MARKET_ACTOR, "gemeinde": Kind.LABOUR_MARKET_ACTOR, "behorde": Kind.LABOUR_MARKET_ACTOR,
    "kammer": Kind.LABOUR_MARKET_ACTOR, "verwaltung": Kind.LABOUR_MARKET_ACTOR, "trager": Kind.LABOUR_MARKET_ACTOR,
    "bildungstrager": Kind.LABOUR_MARKET_ACTOR, "verband": Kind.LABOUR_MARKET_ACTOR,
}  # fmt: skip

# Longer words first: „Haupt- und Realschule“ is neither a Hauptschule nor a Realschule.
_SCHOOL_TYPES = (
    (r"haupt(?:schule)? (?:und|u) realschule|hrs", SchoolType.HAUPT_UND_REALSCHULE),
    (r"hauptschule", SchoolType.HAUPTSCHULE),
    (r"realschule", SchoolType.REALSCHULE),
    (r"oberschule|obs", SchoolType.OBERSCHULE),
    (r"gymnasium|gym", SchoolType.GYMNASIUM),
    (r"igs|integrierte gesamtschule", SchoolType.IGS),
    (r"kgs|kooperative gesamtschule", SchoolType.KGS),
    (r"forderschule|forderzentrum", SchoolType.FOERDERSCHULE),
    (r"bbs|berufsbildende schulen?|berufsschule|berufskolleg", SchoolType.BBS),
    (r"(?:freie )?waldorfschule", SchoolType.WALDORFSCHULE),
)

_ACTOR_KINDS = (
    (r"agentur fur arbeit|arbeitsagentur|arbeitsamt", ActorKind.EMPLOYMENT_AGENCY),
    (r"jobcenter|massarbeit", ActorKind.JOBCENTER),
    (r"kreishandwerkerschaft", ActorKind.DISTRICT_CRAFTS),
    (r"handwerkskammer|hwk", ActorKind.CHAMBER_OF_CRAFTS),
    (r"ihk|industrie und handelskammer", ActorKind.CHAMBER_OF_COMMERCE),
    (r"bildungsburo|bildungsregion", ActorKind.EDUCATION_OFFICE),
    (r"regionales landesamt|rlsb|landesschulbehorde|schulamt", ActorKind.SCHOOL_OFFICE),
    (r"regionalmanagement", ActorKind.REGIONAL_MANAGEMENT),
    (r"stiftung", ActorKind.FOUNDATION),
    (r"bildungswerk|bildungstrager|volkshochschule|kvhs|vhs|bildungsakademie", ActorKind.EDUCATION_PROVIDER),
    (r"hochschule|universitat|fachhochschule", ActorKind.UNIVERSITY),
    (r"arbeitgeberverband|unternehmerverband|industrieller arbeitgeberverband", ActorKind.EMPLOYERS),
    (r"kreiselternrat|elternrat|elternvertretung", ActorKind.PARENTS),
    (r"samtgemeinde|gemeinde|stadt|kommune|landkreis|rathaus", ActorKind.MUNICIPALITY),
    (r"wirtschaftsforderung|wigos", ActorKind.ECONOMIC_DEVELOPMENT),
)

_AUTHORITIES = (
    (r"landkreis|kreis", SchoolAuthority.DISTRICT),
    (r"samtgemeinde|gemeinde|stadt|kommune", SchoolAuthority.MUNICIPALITY),
    (r"bistum|kirche|stiftung|verein|ev|privat|frei\w*|land niedersachsen|sonstige\w*", SchoolAuthority.OTHER),
)

_LEGAL_FORM = re.compile(
    r"\b(?:g?gmbh(?: (?:und )?co(?: (?:kg|ohg))?)?|ag|kg|ohg|gbr|se|kgaa|ug|eg|ev|ek|mbh|e [kvg]|haftungsbeschrankt)\b"
)


def kind(written: str) -> str:
    """Return the kind of organisation that a cell of the column „Art“ names, or ""."""
    key = fold(written)
    return _label(written, Kind.choices) or _KINDS.get(key, "")


def kind_from_name(name: str) -> str:
    """Return the kind that the words or the legal form of an organisation's name imply, or ""."""
    if school_type(name):
        return Kind.SCHOOL
    if actor_kind(name):
        return Kind.LABOUR_MARKET_ACTOR
    if re.search(r"schule\b", fold(name)):
        return Kind.SCHOOL
    return Kind.COMPANY if _LEGAL_FORM.search(fold(name)) else ""


def school_type(written: str) -> str:
    """Return the school type that a cell or a school's name begins with or contains as a word, or ""."""
    return _label(written, SchoolType.choices) or _first(_SCHOOL_TYPES, written)


def actor_kind(written: str) -> str:
    """Return the kind of labour-market actor that a cell or a name contains as a word, or ""."""
    return _label(written, ActorKind.choices) or _first(_ACTOR_KINDS, written)


def actor_kind_label(written: str, *, name: str) -> str:
    """Return the kind of labour-market actor that a cell names by exactly the label shown on screen, or "".

    „Wirtschaftsförderung“ beside the name of a municipality is its department.
    """
    found = _label(written, ActorKind.choices)
    is_department = found == ActorKind.ECONOMIC_DEVELOPMENT and actor_kind(name) == ActorKind.MUNICIPALITY
    return "" if is_department else found


def school_authority(written: str) -> str:
    """Return the school authority that a cell names, or ""."""
    return _label(written, SchoolAuthority.choices) or _first(_AUTHORITIES, written)


def without_legal_form(key: str) -> str:
    """Return a folded name without GmbH, KG, e. K. and the like."""
    return " ".join(_LEGAL_FORM.sub(" ", key).split())


def _label(written: str, choices: Iterable[tuple[str, str]]) -> str:
    key = fold(written)
    return next((value for value, label in choices if fold(label) == key), "")


def _first(patterns: Iterable[tuple[str, str]], written: str) -> str:
    key = fold(written)
    return next((value for words, value in patterns if re.search(rf"\b(?:{words})\b", key)), "")
