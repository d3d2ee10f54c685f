"""How ages and sizes read, and a line whose measure breaks."""

from datetime import timedelta

import pytest

from netzwerk.operation.lines import Level, amount, duration, measured

AGES = {
    -5: "weniger als einer Minute",
    59: "weniger als einer Minute",
    60: "einer Minute",
    3599: "59 Minuten",
    3600: "einer Stunde",
    86_399: "23 Stunden",
    86_400: "einem Tag",
    200_000: "2 Tagen",
}
SIZES = {0: "0 Byte", 999: "999 Byte", 1000: "1,0 kB", 3_440_000: "3,4 MB", 271e9: "271 GB", 4e15: "4000 TB"}


@pytest.mark.parametrize(("seconds", "words"), AGES.items())
def test_ages(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("size", "words"), SIZES.items())
def test_sizes(size, words):
    assert amount(size) == words


def test_a_measure_that_breaks_is_a_line_that_says_so(caplog):
    def look():
        raise OSError("secret of the machine")

    line = measured("Speicherplatz", look)
    assert (line.label, line.level) == ("Speicherplatz", Level.WARNING)
    assert line.sentence == "Das ließ sich gerade nicht feststellen (OSError)."
    assert "Speicherplatz could not be measured" in caplog.text
