"""A class of learners and one instructor: rooms on a shared cluster, and who is where in the course."""
