"""The colours that static/css/tokens.css names can be told apart, in the light and in the dark (WCAG 1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest

SHEETS = Path(__file__).resolve().parents[2] / "static" / "css"
TEXT, SHAPE = 4.5, 3.0  # least contrast of words, and of borders and marks

HATCH = "repeating-linear-gradient(135deg, var(--warning-soft) 0 4px, transparent 4px 8px)"  # bridge days

BACKGROUNDS = ("paper", "surface", "sunken")
PAIRS = [
    *((TEXT, words, back) for words in ("ink", "ink-soft", "accent", "accent-strong") for back in BACKGROUNDS),
    *((TEXT, words, "accent-soft") for words in ("ink", "ink-soft", "accent", "accent-strong")),
    (TEXT, "on-accent", "accent"),
    (TEXT, "on-accent", "accent-strong"),
    *(
        (TEXT, state, back)
        for state in ("success", "warning", "danger")
        for back in ("paper", "surface", "accent-soft")
    ),
    *((TEXT, state, f"{state}-soft") for state in ("success", "warning", "danger")),
    *((TEXT, "ink", f"{state}-soft") for state in ("success", "warning", "danger")),
    *((TEXT, f"mark-{number}", back) for number in range(1, 8) for back in (*BACKGROUNDS, "accent-soft")),
    *((SHAPE, "line-strong", back) for back in BACKGROUNDS),
    (SHAPE, "tentative", "surface"),
    *(
        (SHAPE, mark, f"shade-{kind}")
        for kind in ("rest", "school", "public")
        for mark in ("accent", *(f"mark-{number}" for number in range(1, 8)))
    ),
]


def tokens(mode: str) -> dict[str, str]:
    """Name → #rrggbb as the light or the dark reader sees it."""
    sheet = (SHEETS / "tokens.css").read_text()
    light, dark = sheet.split("@media (prefers-color-scheme: dark)", 1)
    named = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if mode == "dark":
        named |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark.split("\n}\n", 1)[0]))
    return named


def luminance(color: str) -> float:
    """WCAG's relative luminance, 0 to 1."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_says():
    assert (contrast("#000000", "#ffffff"), round(contrast("#767676", "#ffffff"), 2)) == (21, 4.54)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_and_shapes_stand_out(mode):
    named = tokens(mode)
    too_faint = [
        f"{one} on {other}: {contrast(named[one], named[other]):.2f}"
        for least, one, other in PAIRS
        if contrast(named[one], named[other]) < least
    ]
    assert too_faint == []


def test_the_dark_names_every_colour_anew():
    light, dark = tokens("light"), tokens("dark")
    assert [name for name in light if light[name] == dark[name]] == []


@pytest.mark.parametrize(
    "sheet", sorted({*SHEETS.rglob("*.css")} - {SHEETS / "tokens.css"}), ids=lambda path: path.stem
)
def test_colours_are_named_in_the_tokens_only(sheet):
    rules = re.sub(r'url\("data:.*?"\)', "", sheet.read_text())
    rules = rules.replace(HATCH, "") if sheet.stem == "months" else rules
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|gradient\(", rules) == []
