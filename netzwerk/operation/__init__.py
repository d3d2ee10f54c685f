"""The page „Betrieb“: what runs, what waits, what is to be done. Everything on it is measured when it is opened."""
