"""The receiver: for a class without a shared cluster, it takes learners' reports over the network, and gives nothing out.

`app.py` says what may be asked, `roster.py` keeps who has joined and what they told, `limits.py` and `connections.py` bound
what one may cost, `opened.py` puts it together.
"""
