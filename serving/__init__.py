"""What is served beside the pages, for programs: health, OpenMetrics, any metric by its address, calendar feeds.

`guard` says who is answered; every other module answers one kind of address. Nothing here writes. An answer depends on
a snapshot and a question alone, so it carries an ETag, and asking again for what is known costs nothing.
"""
