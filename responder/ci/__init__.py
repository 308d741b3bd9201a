"""What belongs to pipelines: which build this is, what failed in it, whose change it was, and where to say so.

The stages before this one explain the evidence; here their report meets the build it came from. Nothing in this
package holds a token or talks to a network: a pipeline's own steps post what is written here.
"""
