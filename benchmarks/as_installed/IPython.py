"""Hides IPython from a measured server: it comes with the notebooks' tools, and plotly loads it wherever it finds it.

A server installed from requirements.txt has none; with it every process is some 13 MB larger and 0.2 s slower to start.
"""

raise ImportError("a server is measured as requirements.txt installs it")
