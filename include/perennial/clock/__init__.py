"""What is due in business time: monitoring windows; and in wall time: the end of an emergency."""
