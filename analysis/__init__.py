"""From a base file to a sample, and from labels to files and figures.

Pure: no network, no database, no clock. Files are read; those to be written are returned as bytes. Times and seeds are
arguments.
"""
