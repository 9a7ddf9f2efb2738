"""Brings people in from files of other programs, and takes them out to such files.

Law: a chunk of rows is one transaction, with its part of the receipt in it; what a row does is
what `create_contact` would do with it.
"""
