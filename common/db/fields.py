"""Model fields and a lookup without domain words."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.models.lookups import In

_BITS = 63  # without the sign; none of our columns is wider


class FoldedField(models.TextField):
    """A stored value computed from other fields of the same row: `fold(*sources)`, on each write.

    `save()` and `bulk_create()` keep it right. `update()` and `bulk_update()` bypass it, as they bypass `auto_now`:
    code that writes a source that way must write this field too.
    """

    def __init__(self, *, sources: Sequence[str], fold: Callable[..., str], **options: Any) -> None:
        self.sources = tuple(sources)
        self.fold = fold
        options.setdefault("editable", False)
        options.setdefault("default", "")
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Include `sources` and `fold` (a module-level function), so that migrations fold the rows they write."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "sources": self.sources, "fold": self.fold}

    def value_for(self, instance: models.Model) -> str:
        """Return the folded value computed from the row's fields in memory."""
        return self.fold(*(str(getattr(instance, source) or "") for source in self.sources))

    def clean(self, value: object, model_instance: models.Model | None) -> str:
        """Return the value as it will be stored, so that validation checks that one."""
        return self.value_for(model_instance) if model_instance is not None else str(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Set the folded value on the row and return it to be stored. Django calls this in save and bulk_create."""
        value = self.value_for(model_instance)
        setattr(model_instance, self.attname, value)
        return value


class WebAddressField(models.URLField):
    """A URL field whose form reads an address without a scheme as https (the default of Django 6)."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})


@models.IntegerField.register_lookup
class InRange(In):
    """An `in` lookup over integers that drops numbers beyond 64 bits: they match no row, as with `exact`.

    The numbers come from addresses and multiple-choice fields. SQLite raises OverflowError for them.
    """

    def get_prep_lookup(self) -> Any:
        """Return the values without the integers that no column can hold."""
        prepared = super().get_prep_lookup()
        if not self.rhs_is_direct_value():
            return prepared
        return [value for value in prepared if not isinstance(value, int) or value.bit_length() <= _BITS]
