"""Model fields and a lookup without domain words."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.models.lookups import In

_BITS = 63  # besides the sign; no column of ours is wider


class FoldedField(models.TextField):
    """A stored value that follows other fields of the same row: `fold(*sources)`, computed on each write.

    `save()` and `bulk_create()` keep it right. `update()` and `bulk_update()` bypass it, as they bypass
    `auto_now`: whoever writes a source that way writes this field too.
    """

    def __init__(self, *, sources: Sequence[str], fold: Callable[..., str], **options: Any) -> None:
        self.sources = tuple(sources)
        self.fold = fold
        options.setdefault("editable", False)
        options.setdefault("default", "")
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Keep sources and fold (a function of a module), so that rows written in a migration are folded too."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "sources": self.sources, "fold": self.fold}

    def value_for(self, instance: models.Model) -> str:
        """The folded value of this row as it stands in memory."""
        return self.fold(*(str(getattr(instance, source) or "") for source in self.sources))

    def clean(self, value: object, model_instance: models.Model | None) -> str:
        """Validation sees the value as it will be stored."""
        return self.value_for(model_instance) if model_instance is not None else str(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.value_for(model_instance)
        setattr(model_instance, self.attname, value)
        return value


class WebAddressField(models.URLField):
    """A URL; one typed without a scheme means https (Django 6's default)."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})


@models.IntegerField.register_lookup
class InRange(In):
    """`in` over whole numbers: one that no row can have is found nowhere, as with `exact`.

    Numbers come from addresses and from fields with several choices; SQLite cannot even be asked (OverflowError).
    """

    def get_prep_lookup(self) -> Any:
        """Leave out what no column can hold."""
        prepared = super().get_prep_lookup()
        if not self.rhs_is_direct_value():
            return prepared
        return [value for value in prepared if not isinstance(value, int) or value.bit_length() <= _BITS]
