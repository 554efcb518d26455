UPDATE members SET joined_seq = NULL;
