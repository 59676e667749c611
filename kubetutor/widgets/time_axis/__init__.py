"""One time axis for all that happens: replicas, pods, endpoints, events, requests, and what was predicted.

Reading order: `lanes.py` (what a recording is made of), `reading.py` (an object -> what it says), `history.py` (changes ->
lanes), `outcomes.py` (requests), `moments.py` (marks and predictions), `figure.py` and `frame.py` (what the page draws), `text.py`.

One clock for all lanes, the kernel's: a change stands where it arrived. Two things bring times of their own and keep
them: what is older than the view, and requests, whose clock is set by the report that arrived the fastest.

Lines are plotly's. Bars, marks and the cursor are our own SVG over the same axis, for plotly was too slow for all of
it: measured with 60 pods in Chromium on two busy cores, redrawing all as one plotly figure took 118 ms in the median, and moving
it 54 ms. As it is now the lines are moved in 12 ms, and the SVG is drawn anew in 11 ms, five times a second.
"""
