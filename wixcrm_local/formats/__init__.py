"""What files of people look like: comma-separated values of several programs, and vCards.

Law: pure. Octets come in as a stream and records go out, contacts come in and octets go out; what
a store makes of a record is decided elsewhere.
"""
