"""What a soak is made of: workers that call the store and die, and books that must balance.

`verbs` say what is called and what that must have led to, `journal` keeps what was acknowledged,
`ledger` what the store should hold by that, `worker` is one process, `books` the reckoning.
"""
