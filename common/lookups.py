"""Database lookups where Django's own ask too much of a database."""

from typing import Any

from django.db.models import IntegerField
from django.db.models.lookups import In

_BITS = 63  # besides the sign; no column of ours is wider


@IntegerField.register_lookup
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
