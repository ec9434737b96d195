"""How much the tests do whose promise is about many repetitions."""

import os

LONG = os.environ.get("JANEE_LONG") == "1"
"""Whether this is a run of `scripts/endurance`."""


def times(short: int, long: int) -> int:
    """How often something is repeated: in the quick suite, and in the long one."""
    return long if LONG else short
