"""What is in every bundle and runs from it: `python3 kubetutor-VERSION.pyz`.

May hold: modules that import the standard library, each other, and those of kubetutor that need no more than that
(PARTS in `writing.py` lists them). May not hold: anything that has to be installed first.
"""
