"""Every exercise of the lessons in this folder, proven on a live cluster. `pytest --nbval` runs their notebooks too."""


def test_exercises(exercise_case):
    exercise_case.prove()
