"""What the fork server loads, once, before it forks readers: each is then warm from its first page.

Rule: imported by the fork server and by nobody else; importing it takes seconds.
"""

from __future__ import annotations

from newswatch.crawl import warm

warm()
