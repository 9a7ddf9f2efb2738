"""One HTML page with everything in a store: no server, no network, nothing beside the file.

Law: whatever the store holds is data to the page. It runs nothing and fetches nothing, in any part.
"""
