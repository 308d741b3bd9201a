"""A run as its own model and sandbox: they answer from the journal what was answered then.

A replay holds every act it is about to do against the record; the first one that differs is the divergence, and from
there on nothing of the record can be trusted to fit, so the replay stops. A resumed run takes the recorded replies for
as long as it asks the same, and goes on with the model from there.
"""
