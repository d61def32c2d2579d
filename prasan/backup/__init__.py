"""One file of all three databases: made while they are in use, proved before it is trusted, put back whole.

`archive` is the file, `reading` what is read in which order and why, `loading` puts it back, `rejoining`
makes the three agree again and lets nothing be said twice.
"""
