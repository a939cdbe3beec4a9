"""From a store to the planner's question: what history, calendars and settings say of the weeks to come.

`recorded` reads what a store knows of a rota, `outlook` what the queues will bring, `draft` makes a `rotation.Problem`.
"""
