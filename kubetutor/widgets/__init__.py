"""Live views. A view draws a snapshot; `feed.py` fetches it. Nothing here knows which backend runs."""
