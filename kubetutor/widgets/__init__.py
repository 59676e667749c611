"""Live views, a folder each; `live/` holds what they share. A view draws a snapshot and fetches nothing.

In each folder: `snapshot.py` answers what to draw as a pure function of objects, `text.py` says the same in words,
`view.py` is the widget, and `view.js` and `view.css` draw it. Nothing here knows which backend runs.
"""
