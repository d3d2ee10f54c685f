"""Formsets as a browser sends them back."""

from datetime import time
from typing import Any


def as_it_stands(response: Any, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The page's formset with what it shows and these rows (prefix → field → value) typed into, without empty ones."""
    formset = response.context["formset"]
    data = {f"form-{name}": len(formset.forms) for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for form in formset:
        for name in form.fields:
            value = form[name].value()
            data[form.add_prefix(name)] = f"{value:%H:%M}" if isinstance(value, time) else value
    for row, typed in rows.items():
        data |= {f"{row}-{name}": value for name, value in typed.items()}
    return {name: value for name, value in data.items() if value not in (None, False, "")}
