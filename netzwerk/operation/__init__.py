"""The page „Betrieb“: the state of processes, mails, data and program, measured whenever the page is opened."""
