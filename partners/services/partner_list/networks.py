"""Recognise the networks that a cell names; an unknown name becomes a question with a suggestion, never a guess."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from common.folding import fold, match_key
from partners.models import NetworkAlias
from partners.services.partner_list.cells import line
from regions.models import Municipality, Network

_SEPARATORS = re.compile(r"[,;+&\n|]|\s+und\s+|\s+u\.\s+")
_COMPASS = re.compile("nord|sud|ost|west")
_LIKENESS = 80


@dataclass(frozen=True, slots=True)
class Named:
    """The networks of a cell (ids, in its order), and the unknown names as written."""

    networks: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class NetworkNames:
    """All certain spellings of networks: their names, and the team's earlier answers."""

    by_key: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, networks: Iterable[Network], aliases: Iterable[NetworkAlias]) -> "NetworkNames":
        """Return the index of names, short names and slugs (without „Netzwerk“).

        Earlier answers of the team take precedence; their networks may be none.
        """
        names = cls()
        for network in networks:
            for label in (network.name, network.short_name, network.slug):
                names.by_key.setdefault(network_key(label), (network.pk,))
        for alias in aliases:
            names.by_key[alias.key] = tuple(network.pk for network in alias.networks.all())
        return names

    def read(self, cell: object) -> Named:
        """Return the networks of a cell, each once, and the unknown names, cut to 120 characters.

        The whole cell is tried first, because „/“ and „und“ are part of names.
        """
        written = line(cell)
        parts = [written] if network_key(written) in self.by_key else _SEPARATORS.split(written)
        found: dict[int, None] = {}
        unknown: dict[str, None] = {}
        for part in parts:
            label = line(part)
            networks = self._lookup(label)
            if networks is not None:
                found.update(dict.fromkeys(networks))
            elif label:
                unknown[label[:120]] = None
        return Named(tuple(found), tuple(unknown))

    def _lookup(self, label: str) -> tuple[int, ...] | None:
        """Return the networks that a name means, None for an unknown one; () is the answer „kein Netzwerk“.

        A name with „/“ is also known when each of its parts is.
        """
        known = self.by_key.get(network_key(label))
        if known is not None or "/" not in label:
            return known
        parts = [self.by_key.get(network_key(part)) for part in label.split("/")]
        return None if None in parts else tuple(pk for part in parts for pk in part or ())


def network_key(label: str) -> str:
    """Return the folded name without the word „Netzwerk“. A "?" counts: „Nord?“ is not „Nord“."""
    return re.sub(r"^netzwerk ", "", match_key(label.replace("?", " fraglich ")))[:120]


def suggest(label: str, networks: Iterable[Network], municipalities: Iterable[Municipality]) -> list[Network]:
    """Return the networks that an unknown name may mean. The page offers them; nothing applies them by itself.

    These are all for „alle“, else those whose names, or whose municipalities' names, fit best and at least 80 of 100;
    none when nothing fits so well.
    """
    active = list(networks)
    key = re.sub(r"^netzwerk ", "", fold(label))
    if re.fullmatch(r"alle(?: netzwerke)?", key):
        return active
    names: dict[int, list[str]] = {network.pk: [fold(network.short_name), fold(_bare(network))] for network in active}
    for municipality in municipalities:
        if municipality.network_id in names:
            names[municipality.network_id] += [fold(municipality.name), fold(municipality.joint_municipality)]
    scores = {network.pk: max(_likeness(key, name) for name in names[network.pk]) for network in active}
    best = max(scores.values(), default=0)
    return [network for network in active if scores[network.pk] == best] if best >= _LIKENESS else []


def _bare(network: Network) -> str:
    return re.sub(r"^Netzwerk\s+", "", network.name)


def _likeness(key: str, name: str) -> float:
    """Return from 0 to 100 how well a written name fits the name of a network or municipality, both folded.

    Equal names give 100, abbreviated words 95, up to four letters that occur in this order 85, the same compass
    direction at the beginning 82. Otherwise it is the similarity of the spellings.
    """
    if not key or not name:
        return 0
    if key == name:
        return 100
    if _abbreviates(key.split(), name.split()):
        return 95
    if len(key) <= 4 and " " not in key and _is_subsequence(key, name):
        return 85
    if (side := _COMPASS.match(key)) and name.startswith(side.group()):
        return 82
    return max(fuzz.ratio(key, name), fuzz.token_set_ratio(key, name) - 5)


def _abbreviates(short: list[str], words: list[str]) -> bool:
    """Return whether each word of `short` begins, in order, a word of the name; single letters are ignored.

    The first word needs three letters. For example „sudl os land“ abbreviates „sudliches osnabrucker land“.
    """
    rest = iter(words)
    return all(any(word.startswith(part) for word in rest) for part in short if len(part) > 1) and len(short[0]) > 2


def _is_subsequence(key: str, name: str) -> bool:
    """Return whether the name has the key's letters in this order, beginning with the same letter."""
    letters = iter(name)
    return name[0] == key[0] and all(char in letters for char in key)
