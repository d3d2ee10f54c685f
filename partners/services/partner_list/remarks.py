"""Recognise remarks that concern the mailing list or the person's post."""

import re

from common.folding import fold

_STOPS = re.compile(
    r"nur (?:per|am) telefon|nur telefonisch|nicht (?:mehr )?anschreiben|ausgeschieden|verstorben|abgemeldet|"
    r"kein(?:e|en)? (?:e ?mails?|mails?|einladung(?:en)?|post)\b|im ruhestand|in rente|aus (?:dem )?verteiler|"
    r"nicht mehr (?:da|hier|tatig|im haus|im dienst|beschaftigt)\b"
)
_MEANS_SOMETHING = re.compile(
    r"verlasst|verabschiedet|scheidet|wechselt|ruhestand|rente|pension|elternzeit|mutterschutz|sabbat|widersp\w+|"
    r"einwillig\w*|nicht mehr|vertretung|befristet|beurlaubt|krank"
)


def stops_invitations(remark: str) -> bool:
    """Return whether a remark says that the person gets no mail: „bitte nur per Telefon“, „ausgeschieden“."""
    return bool(_STOPS.search(fold(remark)))


def is_meaningful(remark: str) -> bool:
    """Return whether a remark asks for action by the team: „verlässt die Schule im Sommer“, „widerspricht Fotos“."""
    return stops_invitations(remark) or bool(_MEANS_SOMETHING.search(fold(remark)))
