# Workers that were told to leave are trusted until they turn.
s/calm = h->steady_us + CALM_US;/calm = h->steady_us;/
