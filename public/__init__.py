"""Pages for everybody."""

import sys
from typing import Any


def public(thing: Any = None, **names: Any) -> Any:
    """Nothing of ours: flufl.bounce marks what it exports with atpublic's `public.public`, and we have that name."""
    sys._getframe(1).f_globals.update(names)
    return thing
