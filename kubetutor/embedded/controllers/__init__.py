"""Control loops, one file each. `base.py` holds the only run loop; decisions are pure functions."""
