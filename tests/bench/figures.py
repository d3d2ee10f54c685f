"""How figures are written: the median of the rounds, the least and the most beside it."""

import statistics
import time
from collections.abc import Sequence

ROUNDS = 5

# Measured elsewhere on machines of this kind, to see one's own figures in proportion.
ELSEWHERE = {
    "Mails in der Sekunde, ein Ticketsystem": 32,
    "Mails in der Sekunde, Django ohne Warteschlange": 918,
    "Mails in der Sekunde, smtplib allein": 6_800,
    "Bestellseiten in der Sekunde, ein Ticketsystem": 33,
    "Seiten in der Sekunde, kleinste Django-Seite": 1_230,
    "Speicher in MB, ein Ticketsystem, Web": 453,
    "Speicher in MB, ein Ticketsystem, Worker": 731,
}


def pace() -> float:
    """Milliseconds that one core takes now for a fixed sum: a rented machine is not always equally fast."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        sum(range(10_000_000))
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def written(values: Sequence[float], unit: str = "/s", digits: int = 0) -> str:
    """„412/s (388–430)“."""
    median, least, most = (f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{median}{unit} ({least}–{most})"


def line(name: str, values: Sequence[float], *beside: str) -> None:
    """One line of the page."""
    print(f"  {name:44}{written(values):>22}   {'   '.join(beside)}".rstrip(), flush=True)


def verdict(name: str, value: float, aim: float, unit: str = "") -> list[str]:
    """Print whether the aim is reached; the name where it is not."""
    is_well = value >= aim
    print(f"  {'erfüllt' if is_well else 'VERFEHLT'}: {name} {value:.3g}{unit}, Ziel {aim:g}{unit}", flush=True)
    return [] if is_well else [name]


def verdict_below(name: str, value: float, most: float, unit: str = "") -> list[str]:
    """Print whether it stays under what is allowed; the name where it does not."""
    is_well = value < most
    print(f"  {'erfüllt' if is_well else 'VERFEHLT'}: {name} {value:.3g}{unit}, Ziel unter {most:g}{unit}", flush=True)
    return [] if is_well else [name]
