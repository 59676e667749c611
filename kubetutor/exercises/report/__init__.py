"""What a learner who has joined a class tells the instructor, and how it travels.

`report.py` says what is told, and nothing else ever is; `membership.py` which class was joined; `join_code.py` what the
instructor reads out; `in_cluster.py` and `to_receiver.py` are the two ways; `sender.py` sends, beside the lesson.
"""
