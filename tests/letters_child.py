"""A newswatch that does nothing but send the letters that wait: killed by test_post_office in the midst of it.

letters_child.py STORE SMTP NOW     ends with 0 once no letter waits
"""

from __future__ import annotations

import sys
from datetime import datetime

from newswatch import deliver, mail
from newswatch.store import open_ledger


def main(store: str, smtp: str, now: str) -> None:
    ledger = open_ledger(store)
    try:
        deliver.send_waiting(ledger.outbox, mail.transport(smtp), datetime.fromisoformat(now))
    finally:
        ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
