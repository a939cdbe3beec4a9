"""What the verbs of `watchbill.py` say and how they say it: tables, progress, findings. Rooms compute; this prints."""
