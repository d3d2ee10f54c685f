"""The act of sending: decided, written, held while its window to stop runs, released or stopped.

What the mails say, and what stopping gives back, is known to the writers that floors above bring along (`writers`).
"""
