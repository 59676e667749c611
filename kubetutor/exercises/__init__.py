"""How exercises work: what a check is, how it waits, what it says. No lesson's content lives here."""
