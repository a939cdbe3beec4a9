"""What leaves the app on paper: a page's numbers as one self-contained file, or as text for a chat."""
