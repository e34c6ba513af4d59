"""What `passrole serve` serves, with room for a million roles: python bench/serve_account.py FILE PORT"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from passrole.account.entities import Kind
from passrole.account.quotas import AccountQuotas
from passrole.server.http import serving

ROOM = 1_000_000


def main() -> None:
    quotas = AccountQuotas(entities=dict.fromkeys(Kind, ROOM))
    with serving(Path(sys.argv[1]), port=int(sys.argv[2]), quotas=quotas):
        threading.Event().wait()


if __name__ == "__main__":
    main()
