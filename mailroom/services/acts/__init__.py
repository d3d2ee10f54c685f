"""Acts of sending: an act is decided and written, waits while its window to stop runs, and is released or stopped.

The content of the mails and the undoing of the decision belong to the writers of the apps above (`writers`).
"""
