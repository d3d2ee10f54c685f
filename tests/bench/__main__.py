"""`python -m tests.bench [lists|bulk]`: what the lists take (the default), or a decision about many meetings."""

import sys

from tests.bench import bulk, lists

BENCHES = {"lists": lists.main, "bulk": bulk.main}

name = sys.argv.pop(1) if len(sys.argv) > 1 and sys.argv[1] in BENCHES else "lists"
sys.exit(BENCHES[name]())
