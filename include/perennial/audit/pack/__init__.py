"""All that an auditor needs of one version, in one zip that checks itself offline.

contents     what goes in, gathered from ledger, evidence, models and lake
pack         the zip: the same records give the same bytes
verify       shipped inside and run there, with checks/: the standard library alone
readme       shipped inside: what the zip proves, and what it cannot
"""

from perennial.audit.pack.pack import pack

__all__ = ["pack"]
