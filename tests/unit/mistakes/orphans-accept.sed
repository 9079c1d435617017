# Workers of a dead new master that ignore QUIT are left to accept.
s/if (a->goal == GOAL_BACK \&\& g->orphans_accepting/if (0 \&\& g->orphans_accepting/
