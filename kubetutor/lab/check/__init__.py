"""Checks the course: what can be read from its files, and what a live cluster must prove. No lesson's content lives here."""
