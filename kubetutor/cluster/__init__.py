"""Which cluster am I talking to? Choosing, making, finding and ending one."""
