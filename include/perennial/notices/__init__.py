"""Notices to people who do not look: `tell` them once, `reset` when it is over, `deliver` what had to wait."""

from perennial.notices.door import deliver, reset, tell
from perennial.notices.notice import Circle, Notice

__all__ = ["Circle", "Notice", "deliver", "reset", "tell"]
