"""The names under which published migrations, which never change, import what they need; nothing else does."""

from common.addresses import reachable as reachable
from common.db.fields import FoldedField as FoldedField
from common.db.fields import WebAddressField as WebAddressField
