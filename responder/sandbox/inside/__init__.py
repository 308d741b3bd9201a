"""The programs that run inside the walls; standard library only, copied into `CODE_DIR` and never imported by name.

They run on whatever `python3` the image or the machine has, so they keep to Python 3.9.
"""
