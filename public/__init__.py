"""Pages for everybody."""

import sys
from typing import Any


def public(thing: Any = None, **names: Any) -> Any:
    """Return `thing`, and set `names` in the module of the caller.

    Stands in for atpublic's `public.public`, which flufl.bounce imports: our package has the same name.
    """
    sys._getframe(1).f_globals.update(names)
    return thing
