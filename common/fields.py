"""Names that published migrations import. Migrations never change; no other module imports from here."""

from common.addresses import validate_reachable
from common.db.fields import FoldedField as FoldedField
from common.db.fields import WebAddressField as WebAddressField

reachable = validate_reachable
