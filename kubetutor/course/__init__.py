"""One file per lesson: title, minutes, needs, exercises, checks, hints, right and wrong answers."""
