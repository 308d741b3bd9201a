"""The built-in analyst: an expert that answers for every role without a key and without a network.

It is no stand-in for a model in tests; it decides from what the agents really returned. `memory` is what it has
learnt from their messages, `moves` what it wants next, `probe` the program that tests a hypothesis, `client` the
`ChatCompletionClient` of each role.
"""
