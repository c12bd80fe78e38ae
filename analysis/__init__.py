"""From a base file to a sample, and from labels to files and figures.

Pure: no network, no database, no clock. Files are read and replaced, times and seeds are arguments.
"""
