"""Judges the feeling of replies with VADER, which is what most would take.

Prints how many it judged and how long a core was busy with them.
"""

import json
import sys
import time
from itertools import cycle, islice

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

vader = SentimentIntensityAnalyzer()
with open(sys.argv[1], encoding="utf-8") as file:
    replies = file.read().split("\n")
wanted = int(sys.argv[2])
begun = time.process_time()
for reply in islice(cycle(replies), wanted):
    vader.polarity_scores(reply)
seconds = time.process_time() - begun
print(json.dumps({"rows": wanted, "seconds": seconds}))
