"""Hides IPython from a measured server: it comes with the notebooks' tools, and plotly loads it wherever it finds it.

A server installed from requirements.txt has none; with it this one was 13 MB larger.
"""

raise ImportError("a server is measured as requirements.txt installs it")
